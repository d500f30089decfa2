/** An agent that acts upon scripts by hand on a tier machine; its state outlives it, as on the tmpfs. */
import { readFileSync } from 'node:fs';
import type { OperateContext } from '../../src/init/operate/operate-context.ts';
import { findRow } from '../../src/init/operate/operation.ts';
import { createOperations } from '../../src/init/operate/operations.ts';
import { readTiers, startDirectories } from '../../src/init/read-tiers.ts';
import { runTiers } from '../../src/init/run-tiers.ts';
import type { BootState, ScriptState } from '../../src/sys/boot-state.ts';
import type { PhaseResult } from '../../src/sys/phase-result.ts';
import { createTierMachine, type TierMachine, tierContext } from './tier-machine.ts';

export interface HandAgent {
  readonly machine: TierMachine;
  readonly context: OperateContext;
  readonly state: () => BootState;
  readonly row: (script: string) => ScriptState | undefined;
  /** `NAME WHAT DETAIL` of every event of a script. */
  readonly events: () => readonly string[];
  boot(retry?: boolean): Promise<PhaseResult>;
  /** The next agent of this boot: what was only in memory is lost. */
  successor(patch?: Partial<OperateContext>): OperateContext;
}

export function createHandAgent(patch: Partial<OperateContext> = {}): HandAgent {
  const machine = createTierMachine();
  let state: BootState = { version: 1, agentStarts: 1, phases: [], tiers: [], health: [], overrides: [], problems: [] };
  const change = async (next: (old: BootState) => BootState): Promise<void> => {
    state = next(state);
  };
  const successor = (more: Partial<OperateContext> = {}): OperateContext => {
    const operations = createOperations();
    return {
      ...tierContext(machine, { turns: operations.turns }),
      tiers: () => state.tiers,
      update: (next) => change((old) => ({ ...old, tiers: next(old.tiers) })),
      operations,
      startTimeoutMs: 30_000,
      stopTimeoutMs: 30_000,
      state: () => state,
      change,
      tiersNow: async () => (await readTiers(machine.sys, startDirectories(2), { root: machine.root })).tiers,
      ...patch,
      ...more,
    };
  };
  const context = successor();
  return {
    machine,
    context,
    state: () => state,
    row: (script) => findRow(state, script),
    events: () => scriptEvents(`${machine.root}/events.ndjson`),
    async boot(retry = false) {
      const result = await runTiers({ ...context, timeoutMs: 30_000 }, await context.tiersNow(), { retry });
      if (result.kind === 'done') state = { ...state, verdict: { outcome: 'good', reasons: [], atMs: machine.sys.uptimeMs() } };
      return result;
    },
    successor,
  };
}

function scriptEvents(file: string): readonly string[] {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  return text
    .split('\n')
    .filter((line) => line.includes('"subject":"script"'))
    .map((line) => JSON.parse(line))
    .map(({ name, what, detail }) => `${name} ${what}${detail === undefined ? '' : ` ${detail}`}`);
}
