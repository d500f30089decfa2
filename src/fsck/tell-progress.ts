/** Tells how a check gets on: to the console every five seconds, to a file of its own every second, so that no hour is silent. */
import { emit } from '../sys/events.ts';
import type { Sys } from '../sys/sys.ts';
import { type CheckProgress, formatProgress, measureProgress, progressDirectory } from './check-progress.ts';
import type { FsckProgress } from './fsck-progress.ts';

const CONSOLE_MS = 5_000;
const FILE_MS = 1_000;

/** Whose check it is: of the root, or of what is mounted there. */
export interface Checking {
  readonly device: string;
  readonly subject: 'phase' | 'filesystem';
  readonly name: string;
}

export interface ProgressTeller {
  readonly tell: (rung: string, progress: FsckProgress) => void;
  /** A rung of which nothing more will be heard than its end. */
  readonly begin: (rung: string) => void;
  /** The check is over: what stood in the file is of no use any more. */
  end(): Promise<void>;
}

/** Nothing it does can fail a check: a full tmpfs costs the file, not the repair. */
export function openProgress(sys: Sys, of: Checking, onShown: (progress: CheckProgress) => void = () => undefined): ProgressTeller {
  const { device, subject, name } = of;
  const file = `${progressDirectory}/${device.replace(/^\/+/, '').replaceAll('/', '-')}.json`;
  let rung = '';
  let startedMs = sys.uptimeMs();
  let consoleMs = startedMs;
  let fileMs = Number.NEGATIVE_INFINITY;
  let writing: Promise<void> = Promise.resolve();

  function show(progress: CheckProgress): void {
    consoleMs = progress.heardMs;
    onShown(progress);
    const detail = formatProgress(progress);
    // Only the log can fail here, and emit() survives that.
    void emit(sys, { subject, name, what: 'progress', detail, data: { ...progress } });
  }

  function write(progress: CheckProgress): void {
    const kept = async (): Promise<void> => {
      await sys.makeDir(progressDirectory, 0o755);
      await sys.writeAtomic(file, `${JSON.stringify(progress)}\n`);
    };
    writing = writing.then(kept).catch(() => undefined);
  }

  return {
    tell(told, progressTold) {
      const nowMs = sys.uptimeMs();
      if (told !== rung) [rung, startedMs] = [told, nowMs];
      const progress = measureProgress({ device, rung, startedMs }, progressTold, nowMs);
      if (nowMs - consoleMs >= CONSOLE_MS) show(progress);
      if (nowMs - fileMs < FILE_MS) return;
      fileMs = nowMs;
      write(progress);
    },
    begin(told) {
      const nowMs = sys.uptimeMs();
      write({ device, rung: told, startedMs: nowMs, heardMs: nowMs });
    },
    async end() {
      await writing;
      await sys.remove(file).catch(() => undefined);
    },
  };
}

/** Before the first check of a phase: what an agent left that died in the middle of one. */
export async function forgetProgress(sys: Sys): Promise<void> {
  for (const name of (await sys.listDir(progressDirectory).catch(() => undefined)) ?? [])
    await sys.remove(`${progressDirectory}/${name}`).catch(() => undefined);
}
