/** `npm run test:fuzz`: hostile input for every parser and for the whole rescue sshd; the same seed gives the same inputs. */
import { parseArgs } from 'node:util';
import { parserTargets } from './parser-targets.ts';
import { runFuzz } from './run-fuzz.ts';
import { sshdTargets } from './sshd-targets.ts';

const usage = `usage: npm run test:fuzz -- [--seed N] [--inputs N] [--seconds N] [--only TARGET] [--index N]
  --seed     of all random numbers (1)
  --inputs   how many in all (120000)
  --seconds  ends after so long: a marathon is --inputs 1000000000 --seconds 3600
  --only     targets whose name has this in it
  --index    this one input alone, as a failure names it`;

const options = { seed: { type: 'string' }, inputs: { type: 'string' }, seconds: { type: 'string' }, only: { type: 'string' } } as const;
const { values } = parseArgs({ options: { ...options, index: { type: 'string' }, help: { type: 'boolean' } } });
if (values.help) {
  console.log(usage);
  process.exit(0);
}

const targets = [...parserTargets, ...sshdTargets()].filter(({ name }) => name.includes(values.only ?? ''));
const seed = number(values.seed) ?? 1;
const index = number(values.index);
if (targets.length === 0) throw new Error(`no target is called ${values.only}\n${usage}`);
if (index === undefined) {
  const seconds = number(values.seconds);
  const { fed, grownBytes } = await runFuzz(targets, {
    seed,
    inputs: number(values.inputs) ?? 120_000,
    ...(seconds === undefined ? {} : { seconds }),
  });
  for (const [name, count] of Object.entries(fed)) console.log(`${String(count).padStart(9)}  ${name}`);
  const sum = Object.values(fed).reduce((total, count) => total + count, 0);
  console.log(`${String(sum).padStart(9)}  inputs, seed ${seed}; the heap grew by ${(grownBytes / 1024 / 1024).toFixed(1)} MiB`);
} else await runFuzz(targets, { seed, inputs: 1, from: index });
process.exit(0);

function number(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new Error(`${text} is no whole number\n${usage}`);
  return Number(text);
}
