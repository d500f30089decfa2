/** `npm run test:soak`: cuts the power at random moments, again and again, and insists that the machine always comes back good. */
import { parseArgs } from 'node:util';
import { progressOn } from './progress.ts';
import { runMain } from './run-main.ts';
import { type CutResult, Soak } from './soak/cut-power.ts';
import { planCuts } from './soak/plan-cuts.ts';
import { findTarget } from './target.ts';

const usage = `usage: npm run test:soak -- [OPTIONS]
  --cuts N    how often the power is cut (default 20): in boots, at work, on the way down
  --small     a server with hardly more than sshd, which boots in a third of the time
  --seed N    the moments again that an earlier run had (default: new ones)
The consoles, and the disk after a cut that did harm, are kept in the cache, vm/soak. Exit status 1 when a boot after a cut was not good, or a file of lifeboot's was torn.
`;
const LARGEST = 2 ** 32 - 1;

async function main(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      cuts: { type: 'string', default: '20' },
      seed: { type: 'string' },
      small: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const output = process.stdout;
  if (values.help) {
    output.write(usage);
    return 0;
  }
  const cuts = parseNumber('--cuts', values.cuts, 1);
  const seed = values.seed === undefined ? Math.floor(Math.random() * LARGEST) : parseNumber('--seed', values.seed, 0);
  const target = await findTarget({
    ...(values.small ? { kind: 'peers' } : {}),
    initrd: 'loader',
    show: progressOn(process.stderr),
    signal,
  });
  output.write(`${cuts} power cuts, seed ${seed}\n`);
  await using soak = await Soak.begin(target, signal);
  output.write(`a boot takes ${(soak.bootMs / 1000).toFixed(0)} s here\n${formatRow(header)}\n`);
  const faulty: CutResult[] = [];
  for (const [index, cut] of planCuts(cuts, seed).entries()) {
    const result = await soak.cut(cut);
    output.write(`${formatRow(rowOf(index + 1, result))}\n`);
    for (const fault of result.faults) output.write(`    FAULT: ${fault}\n`);
    if (result.faults.length > 0) faulty.push(result);
  }
  output.write(`${cuts - faulty.length} of ${cuts} cuts did no harm (seed ${seed})\n`);
  return faulty.length === 0 ? 0 : 1;
}

const header = [
  'cut',
  'moment',
  'share',
  'the last event before it',
  "lifeboot's own files",
  'check-root of the next boot',
  'verdict',
  's',
];
const widths = [3, 8, 5, 42, 40, 50, 7, 3];

function rowOf(number: number, { cut, during, files, check, verdict, seconds }: CutResult): readonly string[] {
  return [`${number}`, cut.moment, cut.share.toFixed(2), during, files, check, verdict, `${seconds}`];
}

const formatRow = (cells: readonly string[]): string =>
  cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join('  ')
    .trimEnd();

function parseNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= LARGEST && text !== '') return value;
  throw new Error(`${option} ${text}: accepted is a whole number from ${least} to ${LARGEST}`);
}

await runMain('soak', main);
