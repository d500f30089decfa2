/** `npm run bench`: measures lifeboot against dropbear-initramfs, initramfs-tools, dracut, sysvinit and systemd in one run, and prints the ratios. */
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { formatNotes, formatTable } from './bench/format-table.ts';
import { type Subject, subjects } from './bench/plan-boots.ts';
import { benchPlan } from './bench/plan-growth.ts';
import { formatRaces } from './bench/races/format-races.ts';
import { type RacesBenchOptions, runRacesBench } from './bench/races/run-races.ts';
import { runRescueBench } from './bench/rescue/run-rescue.ts';
import { formatRootTables } from './bench/root/format-root.ts';
import { runRootBench } from './bench/root/run-root.ts';
import { formatDuration, runBench } from './bench/run-bench.ts';
import { progressOn } from './progress.ts';
import { runMain } from './run-main.ts';

const usage = `usage: npm run bench -- [rescue|plan|root|races] [OPTIONS]
  rescue           log-in, transfer and memory of the rescue sshd beside OpenSSH's and dropbear's; without it, boots
  plan             how long lifeboot plan takes for 10 to 10,000 scripts
  root             from PID 1 to a read-write root beside initramfs-tools and dracut; size of the initrd, memory that stays
  races            what the race detector says of the cases, and how many boots it takes to see each of them
  --runs N         boots of each system, in turn (default 3)
  --quick          one boot of each
  --only SUBJECT   only this of door, boot, memory, size; may be repeated
  --trace FILE     races: score this recorded boot, record none; may be repeated
  --report FILE    races: score this report of \`npm run vm -- races\` on the image of the cases
  --keep DIR       races: leave the recorded boots there
  --json FILE      every sample and the table, for machines
The first run builds an image for each peer (mmdebstrap, a few minutes each); later ones reuse them.
Leave the host alone meanwhile: boots beside other work are marked, and left out of the medians where there are clean ones.
`;

async function main(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      runs: { type: 'string', default: '3' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      json: { type: 'string' },
      trace: { type: 'string', multiple: true },
      report: { type: 'string' },
      keep: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const output = process.stdout;
  if (values.help) {
    output.write(usage);
    return 0;
  }
  const startedMs = performance.now();
  const runs = values.quick ? 1 : parseRuns(values.runs);
  const [what] = positionals;
  if (positionals.length > 1 || (what !== undefined && !['rescue', 'plan', 'root', 'races'].includes(what))) {
    throw new Error(`${positionals.join(' ')}: accepted is rescue, plan, root or races`);
  }
  if (what === 'plan') {
    await benchPlan(runs, output, signal);
    return 0;
  }
  if (what === 'root') return await benchRoot(runs, values.json, signal);
  if (what === 'races')
    return await benchRaces({ runs, traces: values.trace ?? [], report: values.report, keep: values.keep, json: values.json, signal });
  if (what === 'rescue') return await benchRescue(runs, values.json, signal);
  const result = await runBench({ runs, wanted: parseSubjects(values.only), output, signal });
  if (result.rows.length > 0) output.write(`\n${formatTable(result.rows)}\n\n`);
  for (const note of formatNotes(result.samples, result.rows, result.failures)) output.write(`${note}\n`);
  output.write(`${cpus().length} cores, ${result.samples.length} boots in ${formatDuration(performance.now() - startedMs)}\n`);
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify({ at: new Date(), runs, ...result }, undefined, 2)}\n`);
  // A benchmark is no test: a bound that is not met is no failure, a figure that could not be taken is.
  return result.unmeasured.length === 0 ? 0 : 1;
}

async function benchRescue(runs: number, json: string | undefined, signal: AbortSignal): Promise<number> {
  const result = await runRescueBench(runs, signal);
  process.stdout.write(`\n${formatTable(result.rows)}\n\n${cpus().length} cores, medians of ${runs} alternating runs\n`);
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ at: new Date(), runs, ...result }, undefined, 2)}\n`);
  return 0;
}

type RacesWords = Pick<RacesBenchOptions, 'runs' | 'traces' | 'signal'> & {
  readonly report: string | undefined;
  readonly keep: string | undefined;
  readonly json: string | undefined;
};

async function benchRaces({ report, keep, json, ...options }: RacesWords): Promise<number> {
  const startedMs = performance.now();
  const result = await runRacesBench({
    ...options,
    ...(report !== undefined && { report }),
    ...(keep !== undefined && { keep }),
    show: progressOn(process.stdout),
  });
  process.stdout.write(`\n${formatRaces(result)}\n\n${formatDuration(performance.now() - startedMs)}\n`);
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ at: new Date(), ...result }, undefined, 2)}\n`);
  return 0;
}

async function benchRoot(runs: number, json: string | undefined, signal: AbortSignal): Promise<number> {
  const startedMs = performance.now();
  const { sizes, memory, ...result } = await runRootBench({ runs, states: ['clean', 'unclean'], show: progressOn(process.stdout), signal });
  process.stdout.write(`\n${formatRootTables({ ...result, sizes, memory })}\n\n`);
  for (const failure of result.failures) process.stdout.write(`failed: ${failure}\n`);
  process.stdout.write(`${cpus().length} cores, medians of ${runs} alternating runs, ${formatDuration(performance.now() - startedMs)}\n`);
  const whole = { at: new Date(), runs, ...result, sizes: Object.fromEntries(sizes), memory: Object.fromEntries(memory) };
  if (json !== undefined) await writeFile(json, `${JSON.stringify(whole, undefined, 2)}\n`);
  return result.failures.length === 0 ? 0 : 1;
}

function parseRuns(text: string): number {
  const runs = Number(text);
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs ${text}: accepted is a whole number from 1`);
  return runs;
}

function parseSubjects(only: readonly string[] | undefined): ReadonlySet<Subject> {
  const unknown = only?.find((name) => !subjects.includes(name as Subject));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: accepted are ${subjects.join(', ')}`);
  return new Set((only as readonly Subject[] | undefined) ?? subjects);
}

await runMain('bench', main);
