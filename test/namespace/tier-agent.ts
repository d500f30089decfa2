/** An agent that does nothing but run the tiers of one root, its state on disk: to be killed by a test. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { readTiers, startDirectories } from '../../src/init/read-tiers.ts';
import { runTiers } from '../../src/init/run-tiers.ts';
import type { Tiers } from '../../src/init/tier-state.ts';
import { createTierMachine, tierContext } from './tier-machine.ts';

const [, , root = ''] = process.argv;
const machine = createTierMachine(root);
const file = `${root}/state.json`;

function readState(): Tiers {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return [];
  }
}

let state = readState();
const { tiers } = await readTiers(machine.sys, startDirectories(2), { root });
const context = tierContext(machine, {
  tiers: () => state,
  update: async (change) => {
    state = change(state);
    writeFileSync(`${file}.new`, JSON.stringify(state));
    renameSync(`${file}.new`, file);
  },
});
await runTiers(context, tiers);
