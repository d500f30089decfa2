/** The rescue part of the bench, inside its namespaces: see run-rescue.ts. Prints its rows as one line of JSON. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { makeRescueRows } from './figures.ts';
import { measureOnce, noSamples } from './measure.ts';
import { prepareServers } from './servers.ts';

const [toolbox = '', runs = '3'] = process.argv.slice(2);
const FILE_BYTES = 100_000_000;

await execa('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'none', '/run']);
await execa('ip', ['link', 'set', 'lo', 'up']);
const directory = await mkdtemp(join('/run', 'bench-'));
await writeFile(join(directory, 'data'), randomBytes(FILE_BYTES));
await prepareServers(directory, toolbox);
const samples = noSamples();
for (let run = 0; run < Number(runs); run += 1) await measureOnce(directory, samples);
process.stdout.write(`${JSON.stringify({ rows: makeRescueRows(samples), samples })}\n`);
process.exit(0);
