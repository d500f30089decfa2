/** A tier machine that is driven as a race explorer drives one: by messages at its tier barriers. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createTrialControl, type TrialPort } from '../../src/init/races/force/trial-control.ts';
import type { Hold, Outcome, Trial } from '../../src/init/races/trial/trial.ts';
import { readTiers, startDirectories } from '../../src/init/read-tiers.ts';
import { runTiers } from '../../src/init/run-tiers.ts';
import type { Tiers } from '../../src/init/tier-state.ts';
import type { Message } from '../../src/sys/sys.ts';
import { type TierMachine, tierContext } from './tier-machine.ts';

const stage1 = resolve(import.meta.dirname, '../../src/stage1');

/** Compiles it as the toolbox does. */
export function buildCallHold(root: string): string {
  const program = `${root}/call-hold`;
  execFileSync('gcc', [
    '-static',
    '-O2',
    '-Wall',
    '-Wextra',
    '-Werror',
    `${stage1}/hold/call-hold.c`,
    `${stage1}/hold/calls.c`,
    '-o',
    program,
  ]);
  return program;
}

export const callHold = (
  script: string,
  call: string,
  argument: string,
  until: string,
  more: Partial<Extract<Hold, { kind: 'call' }>> = {},
): Hold => ({
  kind: 'call',
  script,
  call,
  argument,
  nth: 1,
  until,
  timeoutMs: 10_000,
  ...more,
});

export interface Tried {
  readonly tiers: Tiers;
  readonly outcome: Outcome;
  /** What call-hold wrote of a script: `0 held`, `0 go` … */
  readonly holds: (script: string) => readonly string[];
  /** What was said to the explorer. */
  readonly said: readonly Message[];
}

/** Runs the tiers of rc2.d in this trial; without `until`, the first one of them. */
export async function runTrial(machine: TierMachine, program: string, trial: Partial<Trial>): Promise<Tried> {
  const kept: { tiers: Tiers } = { tiers: [] };
  const directory = `${machine.root}/holds`;
  mkdirSync(directory, { recursive: true });
  const said: Message[] = [];
  const told: Message[] = [{ op: 'trial', nonce: 7, quietMs: 200, capMs: 2000, trial: { name: 'test', seed: 1, holds: [], ...trial } }];
  const port: TrialPort = {
    send: async (message) => void said.push(message),
    next: async () => told.shift() ?? { op: 'go' },
  };
  const control = createTrialControl({
    sys: machine.sys,
    paths: machine.paths,
    holds: { program, directory },
    port,
    observer: { begin: async () => undefined, started: () => undefined, facts: async () => ({}) },
    perturb: async () => [],
  });
  const { tiers } = await readTiers(machine.sys, startDirectories(2), { root: machine.root });
  await runTiers(tierContext(machine, { trial: control }, kept), tiers);
  await control.barrier();
  const outcome = said.find(({ op }) => op === 'outcome')?.['outcome'] as Outcome;
  const holds = (script: string) =>
    readFileSync(`${directory}/${script}/log`, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split(' ').slice(1, 3).join(' '));
  return { tiers: kept.tiers, outcome, holds, said };
}
