/** The recordings that lie in memory: the open ones, and the closed ones that wait for the root. */
import { appendAfterCrash, createAppendFile } from '../../sys/append-file.ts';
import { emit } from '../../sys/events.ts';
import { paths } from '../../sys/paths.ts';
import { type Sys, SysError } from '../../sys/sys.ts';
import type { Client, ProgramStart } from '../session/session-observer.ts';
import { formatCastEvent, parseCastEvent } from './asciicast.ts';
import { bounded, factsOf } from './client-facts.ts';
import { CAST_SUFFIX, type CastOrigin } from './parse-recording.ts';
import type { StoredRecording } from './plan-retention.ts';
import { marks, type Recording, startRecording } from './recording.ts';

export interface RecordingsOptions {
  readonly directory: string;
  readonly mostBytesEach: number;
  readonly mostBytesTogether: number;
}

export interface Recordings {
  readonly directory: string;
  /** Starts one; undefined when no file is to be had, which is told. Never throws. */
  start(client: Client, program: ProgramStart): Recording | undefined;
  /** Those nobody writes to any more. */
  closed(): readonly StoredRecording[];
  /** Makes what is recorded so far of the open ones whole, with a marker, and tells which they are. */
  mark(text: string): readonly StoredRecording[];
  /** It is safe elsewhere, or given up. */
  drop(id: string): Promise<void>;
  /** Called when one is closed. */
  onClosed: () => void;
}

/** Takes over what an earlier rescue of this boot left, closing what it could not close. Never rejects. */
export async function openRecordings(sys: Sys, options: RecordingsOptions): Promise<Recordings> {
  const { directory, mostBytesEach, mostBytesTogether } = options;
  const closed = await adoptAll(sys, directory).catch(() => new Map<string, number>());
  const open = new Map<string, Recording>();
  const told = new Set<string>();
  const fileOf = (id: string) => `${directory}/${id}${CAST_SUFFIX}`;

  function tell(what: 'dropped' | 'failed', detail: string): void {
    if (told.has(detail)) return;
    told.add(detail);
    void emit(sys, { subject: 'session', name: 'recordings', what, detail });
  }

  function admit(bytes: number): boolean {
    const size = () => sum([...closed.values()]) + sum([...open.values()].map((recording) => recording.bytes));
    while (size() + bytes > mostBytesTogether) {
      const [oldest] = [...closed.keys()].sort();
      if (oldest === undefined) return false;
      void recordings.drop(oldest);
      tell('dropped', 'the oldest ones in memory, for want of room: see recordings_total_mib');
    }
    return true;
  }

  const recordings: Recordings = {
    directory,
    onClosed: () => undefined,
    start(client, program) {
      const id = newId(sys);
      try {
        const file = createAppendFile(fileOf(id));
        file.append(formatHeader(sys, client, program));
        const onEnded = () => {
          open.delete(id);
          closed.set(id, file.bytes);
          recordings.onClosed();
        };
        const recording = startRecording(sys, { id, file, mostBytes: mostBytesEach, admit, onEnded });
        open.set(id, recording);
        return recording;
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        tell('failed', error.message);
        void recordings.drop(id);
        return undefined;
      }
    },
    closed: () => [...closed].map(([id, bytes]) => ({ id, bytes })),
    mark(text) {
      return [...open.values()].map((recording) => {
        recording.mark(text);
        return { id: recording.id, bytes: recording.bytes };
      });
    },
    async drop(id) {
      closed.delete(id);
      await sys.remove(fileOf(id)).catch((error: Error) => tell('failed', error.message));
    },
  };
  return recordings;
}

/** Sizes by id. */
async function adoptAll(sys: Sys, directory: string): Promise<Map<string, number>> {
  await sys.makeDir(directory, 0o700);
  const adopted = new Map<string, number>();
  for (const name of (await sys.listDir(directory)) ?? []) {
    if (!name.endsWith(CAST_SUFFIX)) continue;
    const path = `${directory}/${name}`;
    adoptOne(path);
    adopted.set(name.slice(0, -CAST_SUFFIX.length), (await sys.facts(path))?.size ?? 0);
  }
  return adopted;
}

function adoptOne(path: string): void {
  try {
    appendAfterCrash(path, (line) => {
      const last = parseCastEvent(line);
      if (last?.code === 'm' && (last.data.startsWith(marks.closed) || last.data.startsWith(marks.interrupted))) return '';
      const [, seconds = '0'] = /^\[([0-9.]+),/.exec(line) ?? [];
      const truncated = last?.code === 'm' && last.data.startsWith(marks.truncated) ? `; ${last.data}` : '';
      return formatCastEvent(Number(seconds) * 1000, 'm', `${marks.interrupted}: rescue ended${truncated}`);
    });
  } catch (error) {
    // The memory is full: the list calls it interrupted all the same.
    if (!(error instanceof SysError)) throw error;
  }
}

/** Time first: a list sorted by name is sorted by age, as far as the clock was right. */
function newId(sys: Sys): string {
  const time = sys.wallClock().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  return `${time}-${Buffer.from(crypto.getRandomValues(new Uint8Array(3))).toString('hex')}`;
}

function formatHeader(sys: Sys, client: Client, { asked, forced, terminal }: ProgramStart): string {
  const command = bounded(forced ?? asked);
  const origin: CastOrigin = { client: factsOf(client), name: client.name, command, uptimeMs: Math.round(sys.uptimeMs()) };
  const header = {
    version: 2,
    width: terminal?.cols ?? 80,
    height: terminal?.rows ?? 24,
    timestamp: sys.wallClock().getTime() / 1000,
    title: `rescue session ${client.name} from ${client.peer.address}`,
    env: { TERM: terminal?.term ?? 'dumb', SHELL: paths.shell },
    ...(command === '' ? {} : { command }),
    lifeboot: origin,
  };
  return `${JSON.stringify(header)}\n`;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
