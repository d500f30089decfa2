/** The audit of one rescue process: what its sessions do is told, their terminals are recorded, the recordings are kept. */
import { type BootState, readBootState } from '../../sys/boot-state.ts';
import { paths } from '../../sys/paths.ts';
import { rotateFile } from '../../sys/rotate-file.ts';
import type { Sys } from '../../sys/sys.ts';
import type { Rescue } from '../rescue-parts.ts';
import type { Client, SessionObserver } from '../session/session-observer.ts';
import { auditClient } from './audit-client.ts';
import { type RootNow, type RootState, startKeeper } from './keep-recordings.ts';
import { openRecordings } from './recordings.ts';

export interface Audit {
  readonly observe: (client: Client) => SessionObserver;
  /** The root is about to be left: see Keeper. */
  readonly keepLast: () => Promise<string>;
}

const MIB = 1024 * 1024;
/** It lies in memory, and a monitor that logs in every second adds a hundred megabytes a day. One older file of this size is there as well. */
const EVENTS_BYTES = 16 * MIB;
const EVENTS_CHECK_MS = 60_000;

/** What an earlier rescue of this boot recorded is kept whether recording is on or off. Never rejects. */
export async function openAudit({ sys, options, loaded }: Rescue): Promise<Audit> {
  const { recording, recording_input, recording_max_mib, recordings_total_mib } = loaded.config.rescue;
  const mostBytes = recordings_total_mib * MIB;
  const { memory, kept } = options.recordings;
  const recordings = await openRecordings(sys, {
    directory: memory,
    mostBytesEach: Math.min(recording_max_mib * MIB, mostBytes),
    mostBytesTogether: mostBytes,
  });
  const keeper = startKeeper(sys, { recordings, directory: kept, mostBytes, root: () => rootNow(sys) });
  void boundEvents(sys);
  const recorder = recording ? { start: recordings.start, withInput: recording_input } : undefined;
  return { observe: (client) => auditClient(sys, client, recorder), keepLast: keeper.keepLast };
}

/** INVARIANT: only rescue rotates the event log: two processes that did would lose a file. */
async function boundEvents(sys: Sys): Promise<never> {
  for (;;) {
    try {
      rotateFile(paths.events, EVENTS_BYTES);
    } catch (error) {
      sys.console(`lifeboot: ${error instanceof Error ? error.message : String(error)}`);
    }
    await sys.sleep(EVENTS_CHECK_MS);
  }
}

async function rootNow(sys: Sys): Promise<RootNow> {
  const boot = await readBootState(sys);
  return { state: rootState(boot), round: boot?.round?.count ?? 0 };
}

/** Ready when the filesystems below it are mounted, which the early tiers do: what is written before is hidden by /var. */
function rootState(boot: BootState | undefined): RootState {
  const status = (name: string) => boot?.phases.find((phase) => phase.name === name)?.status ?? 'waiting';
  if (status('enter-root') !== 'done' || status('leave-root') === 'done') return 'apart';
  return boot?.ending === undefined && ['done', 'skipped', 'failed'].includes(status('early-tiers')) ? 'ready' : 'entered';
}
