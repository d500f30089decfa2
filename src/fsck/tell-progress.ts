/** Tells how a check gets on: to the console every five seconds, to `fsck.json` every second, so that no hour is silent. */
import { emit } from '../sys/events.ts';
import type { Sys } from '../sys/sys.ts';
import { type CheckProgress, formatProgress, measureProgress, progressFile } from './check-progress.ts';
import type { FsckProgress } from './fsck-progress.ts';

const CONSOLE_MS = 5_000;
const FILE_MS = 1_000;

export interface ProgressTeller {
  readonly tell: (rung: string, progress: FsckProgress) => void;
  /** The check is over: what stood in the file is of no use any more. */
  end(): Promise<void>;
}

/** Nothing it does can fail a check: a full tmpfs costs the file, not the repair. */
export function openProgress(sys: Sys, device: string, onShown: (progress: CheckProgress) => void = () => undefined): ProgressTeller {
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
    void emit(sys, { subject: 'phase', name: 'check-root', what: 'progress', detail, data: { ...progress } });
  }

  return {
    tell(name, told) {
      const nowMs = sys.uptimeMs();
      if (name !== rung) [rung, startedMs] = [name, nowMs];
      const progress = measureProgress({ device, rung, startedMs }, told, nowMs);
      if (nowMs - consoleMs >= CONSOLE_MS) show(progress);
      if (nowMs - fileMs < FILE_MS) return;
      fileMs = nowMs;
      writing = writing.then(() => sys.writeAtomic(progressFile, `${JSON.stringify(progress)}\n`)).catch(() => undefined);
    },
    async end() {
      await writing;
      await sys.remove(progressFile).catch(() => undefined);
    },
  };
}
