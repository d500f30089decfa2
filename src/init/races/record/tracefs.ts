/** The kernel's tracing as files (Documentation/trace/ftrace.rst). We have a ring buffer of our own there: other tracing goes on beside it. */
import { asSysError, type Sys } from '../../../sys/sys.ts';
import { GROUP } from './plan-recording.ts';

export const TRACING = '/sys/kernel/tracing';
/** Our ring buffer, with switches of its own for every event. */
export const INSTANCE = `${TRACING}/instances/${GROUP}`;
const DEFINITIONS = `${TRACING}/dynamic_events`;
/** The source of a mount that we made, and take away again. */
const MOUNT_SOURCE = 'lifeboot-tracing';
const STEP_MS = 10_000;

/** Resolves with why it cannot be had; undefined when it is there. */
export async function mountTracing(sys: Sys): Promise<string | undefined> {
  if ((await sys.facts(DEFINITIONS)) !== undefined) return undefined;
  if ((await sys.facts(TRACING)) === undefined) return 'the kernel has no tracing';
  const ran = await sys.run(['mount', '-n', '-t', 'tracefs', '-o', 'nosuid,nodev,noexec', MOUNT_SOURCE, TRACING], { timeoutMs: STEP_MS });
  if (ran.code !== 0) return `tracefs cannot be mounted: ${ran.stderr.trim()}`;
  return (await sys.facts(DEFINITIONS)) === undefined ? 'the kernel has no probes' : undefined;
}

/** Resolves with why the kernel does not take it, in its own words. */
export async function tryWrite(sys: Sys, file: string, text: string): Promise<string | undefined> {
  try {
    await sys.appendLine(file, text);
    return undefined;
  } catch (error) {
    return asSysError(error, file).message;
  }
}

export async function defineProbe(sys: Sys, definition: string): Promise<string | undefined> {
  const why = await tryWrite(sys, DEFINITIONS, definition);
  return why === undefined ? undefined : (lastError(await sys.readText(`${TRACING}/error_log`).catch(() => '')) ?? why);
}

/** `[ 2.1] trace_kprobe: error: Failed to register probe event`: the last one counts. */
const lastError = (log = ''): string | undefined => [...log.matchAll(/\w+: error: (.+)/g)].at(-1)?.[1];

/** Takes everything of ours away, whoever began it. What cannot be taken away is told in a sentence. */
export async function clearTracing(sys: Sys): Promise<string | undefined> {
  try {
    if ((await sys.facts(DEFINITIONS)) === undefined) return undefined;
    // rmdir(2) of an instance switches its events off; a probe that is switched on cannot be removed.
    await sys.remove(INSTANCE);
    const ours = ((await sys.readText(DEFINITIONS)) ?? '').matchAll(new RegExp(`^[a-z]\\d*:(${GROUP}/\\w+) `, 'gm'));
    for (const [, event = ''] of ours) await sys.appendLine(DEFINITIONS, `-:${event}`);
    const mounted = ((await sys.readText('/proc/self/mounts')) ?? '').includes(`${MOUNT_SOURCE} ${TRACING} `);
    if (mounted) await sys.run(['umount', '-n', TRACING], { timeoutMs: STEP_MS });
    return undefined;
  } catch (error) {
    return asSysError(error, INSTANCE).message;
  }
}
