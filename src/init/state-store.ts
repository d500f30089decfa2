/** Keeps the boot's state on tmpfs, so that an agent killed at any point comes back knowing where it stood. */
import type { BootState, PhaseState, PhaseStatus } from '../sys/boot-state.ts';
import { readBootState } from '../sys/boot-state.ts';
import { degradedScripts } from '../sys/daemon-text.ts';
import { paths } from '../sys/paths.ts';
import type { Sys } from '../sys/sys.ts';

export interface StateStore {
  current(): BootState;
  /** Applies `change` at once in memory, then writes; resolves when that state, or a newer one, is on the tmpfs. Never rejects. */
  update(change: (state: BootState) => BootState): Promise<void>;
}

const firstState: BootState = { version: 1, agentStarts: 0, phases: [], tiers: [], health: [], overrides: [], problems: [] };

/** Reads what an earlier agent of this boot left, and counts this start. */
export async function openStateStore(sys: Sys): Promise<StateStore> {
  let state = (await readBootState(sys)) ?? firstState;
  let writing: Promise<void> | undefined;
  let dirty = false;
  let complained = false;

  /** INVARIANT: `writing` is cleared in the same turn in which nothing was dirty any more, so no change is left behind. */
  async function writeUntilClean(): Promise<void> {
    while (dirty) {
      dirty = false;
      await write().catch(complain);
    }
    writing = undefined;
  }

  async function write(): Promise<void> {
    await sys.writeAtomic(paths.state, `${JSON.stringify(state)}\n`);
    await sys.writeAtomic(paths.prompt, promptText(state), 0o644);
  }

  /** A full tmpfs costs what a crash would need, not the boot. */
  function complain(error: Error): void {
    if (!complained) sys.console(`lifeboot: cannot write ${paths.state}: ${error.message}`);
    complained = true;
  }

  const store: StateStore = {
    current: () => state,
    update(change) {
      state = change(state);
      dirty = true;
      writing ??= Promise.resolve().then(writeUntilClean);
      return writing;
    },
  };
  await store.update((old) => ({ ...old, agentStarts: old.agentStarts + 1 }));
  return store;
}

/** What the rescue shell's prompt says: where the machine stands, in few words. */
export function promptText(state: BootState): string {
  if (state.ending !== undefined) return `going down: ${state.ending.kind}`;
  if (state.handedOver !== undefined) return 'handed over';
  if (state.hold !== undefined) return `HELD at ${state.hold.phase}`;
  const running = state.phases.findLast((phase) => phase.status === 'running');
  if (running !== undefined) return [running.name, progressOf(running, state)].filter((word) => word !== '').join(' ');
  if (state.verdict === undefined) return 'boot';
  if (degradedScripts(state).length > 0) return 'up, DEGRADED';
  return state.verdict.outcome === 'good' ? 'up' : 'up, BAD';
}

/** The percentage of a check, or the tier that starts. */
function progressOf({ name, percent }: PhaseState, { tiers }: BootState): string {
  if (percent !== undefined) return `${Math.floor(percent)} %`;
  if (!name.endsWith('tiers')) return '';
  return tiers.find(({ status }) => status === 'running')?.name ?? '';
}

/** The state with one phase's row changed, or added at the end. */
export function withPhase(state: BootState, name: string, status: PhaseStatus, patch: Partial<PhaseState> = {}): BootState {
  const known = state.phases.some((phase) => phase.name === name);
  const phases = known
    ? state.phases.map((phase) => (phase.name === name ? { ...phase, ...patch, status } : phase))
    : [...state.phases, { name, ...patch, status }];
  return { ...state, phases };
}

export const statusOf = (state: BootState, phase: string): PhaseStatus =>
  state.phases.find(({ name }) => name === phase)?.status ?? 'waiting';
