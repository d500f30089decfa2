/** The real operating system. */
import { setTimeout as timer } from 'node:timers/promises';
import { openConsole } from './console.ts';
import { askControl, serveControl } from './control.ts';
import { diskFiles } from './disk-files.ts';
import type { Files } from './files.ts';
import { findHolders } from './holders.ts';
import { launchProgram } from './launch.ts';
import { isInMemory, memoryFiles } from './memory-files.ts';
import { readProcesses } from './processes.ts';
import { reach } from './reach.ts';
import { runProgram } from './run.ts';
import { asSysError, type Sys } from './sys.ts';
import { waitForChange } from './watch.ts';

const NANOSECONDS_PER_MS = 1_000_000n;
/** The longest that setTimeout takes. */
const MAX_SLEEP_MS = 2 ** 31 - 1;

/** The operating system itself. `consolePath` is where `console` writes; standard error when that cannot be opened. */
export function createLinuxSys({ consolePath = '/dev/console' } = {}): Sys {
  const system = openConsole(consolePath);
  return {
    run: runProgram,
    launch: launchProgram,
    kill,
    processes: readProcesses,
    holders: findHolders,
    readText: (path) => filesAt(path).readText(path),
    readBytes: (path, from) => filesAt(path).readBytes(path, from),
    listDir: (path) => filesAt(path).listDir(path),
    facts: (path) => filesAt(path).facts(path),
    writeAtomic: (path, text, mode) => filesAt(path).writeAtomic(path, text, mode),
    appendLine: (path, line) => filesAt(path).appendLine(path, line),
    patchBytes: (path, bytes, at) => filesAt(path).patchBytes(path, bytes, at),
    makeDir: (path, mode) => filesAt(path).makeDir(path, mode),
    remove: (path) => filesAt(path).remove(path),
    waitForChange,
    reach,
    serve: serveControl,
    request: askControl,
    uptimeMs,
    wallClock: () => new Date(),
    sleep,
    console: (line) => system.add(line),
  };
}

const filesAt = (path: string): Files => (isInMemory(path) ? memoryFiles : diskFiles);

/** kill(2). False on ESRCH; throws SysError EPERM. */
function kill(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    const wrapped = asSysError(error, `pid ${pid}`);
    if (wrapped.code === 'ESRCH') return false;
    throw wrapped;
  }
}

/** hrtime(3) of Node is CLOCK_MONOTONIC, which clock_gettime(2) counts from the start of the kernel; /proc/uptime has only hundredths. */
function uptimeMs(): number {
  return Number((process.hrtime.bigint() * 1000n) / NANOSECONDS_PER_MS) / 1000;
}

/** Resolves early, and without an error, when aborted. */
async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  const options = signal === undefined ? {} : { signal };
  await timer(Math.min(Math.max(0, ms), MAX_SLEEP_MS), undefined, options).catch(() => undefined);
}
