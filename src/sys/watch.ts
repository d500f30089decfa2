/** Waits until something in a directory changes. */
import { type FSWatcher, statSync, watch } from 'node:fs';

/** How often to look when the directory cannot be watched: it is not there yet, or inotify(7) has no watch left. */
const POLL_MS = 200;

/** Resolves at the next change of an entry of `directory`, after `timeoutMs`, or when aborted. Never throws. */
export async function waitForChange(directory: string, timeoutMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  const onAbort = () => resolve();
  signal?.addEventListener('abort', onAbort, { once: true });
  const stop = startWatching(directory, resolve);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    stop();
  }
}

function startWatching(directory: string, changed: () => void): () => void {
  let stop: () => void = () => undefined;
  const poll = () => {
    stop = startPolling(directory, changed);
  };
  try {
    const watcher: FSWatcher = watch(directory, changed);
    watcher.on('error', () => {
      watcher.close();
      poll();
    });
    stop = () => watcher.close();
  } catch {
    poll();
  }
  return () => stop();
}

function startPolling(directory: string, changed: () => void): () => void {
  const before = changeTimeOf(directory);
  const timer = setInterval(() => {
    if (changeTimeOf(directory) !== before) changed();
  }, POLL_MS);
  return () => clearInterval(timer);
}

function changeTimeOf(directory: string): number | undefined {
  try {
    return statSync(directory).mtimeMs;
  } catch {
    return undefined;
  }
}
