/** Switches the recording on: our own ring buffer, the probes, the events. */
import type { Sys } from '../../../sys/sys.ts';
import { type PlannedEvent, planRecording } from './plan-recording.ts';
import { clearTracing, defineProbe, INSTANCE, mountTracing, TRACING, tryWrite } from './tracefs.ts';

/** What cannot be seen, in words; or why there is no recording at all. */
export type Begun = { readonly ok: true; readonly missing: readonly string[] } | { readonly ok: false; readonly why: string };

/** Of the memory that is free now, and at most: the kernel takes it at once and gives it back in the end. */
const SHARE_OF_FREE = 8;
const MOST_KIB = 256 * 1024;
const LEAST_KIB_PER_CPU = 1024;

/** Begins anew what an earlier agent may have begun. Whatever happens, no more than the recording is lost. */
export async function beginRecording(sys: Sys): Promise<Begun> {
  const why = (await mountTracing(sys)) ?? (await clearTracing(sys)) ?? (await mountTracing(sys)) ?? (await openBuffer(sys));
  if (why !== undefined) {
    await clearTracing(sys);
    return { ok: false, why };
  }
  const release = ((await sys.readText('/proc/sys/kernel/osrelease')) ?? '').trim();
  const missing: string[] = [];
  const without = new Set<string>();
  for (const planned of planRecording(release)) {
    if (planned.insteadOf !== undefined && !without.has(planned.insteadOf)) continue;
    const lost = await switchOn(sys, planned);
    if (lost === undefined) continue;
    without.add(planned.event);
    missing.push(`${planned.sees} (${planned.event}: ${lost})`);
  }
  const cannotStart = await tryWrite(sys, `${INSTANCE}/tracing_on`, '1');
  return cannotStart === undefined ? { ok: true, missing } : { ok: false, why: cannotStart };
}

async function openBuffer(sys: Sys): Promise<string | undefined> {
  if ((await sys.facts(`${TRACING}/events/syscalls`)) === undefined) return 'the kernel has no events for system calls';
  await sys.makeDir(INSTANCE);
  const sizeKib = planBuffer((await sys.readText('/proc/meminfo')) ?? '', (await sys.listDir(`${INSTANCE}/per_cpu`))?.length ?? 1);
  // Nothing is recorded before everything is switched on. A full buffer keeps its beginning: forks that are missing there cost most.
  const settings = [
    ['tracing_on', '0'],
    ['trace_clock', 'mono'],
    ['options/overwrite', '0'],
    ['buffer_size_kb', `${sizeKib}`],
  ] as const;
  for (const [file, text] of settings) {
    const why = await tryWrite(sys, `${INSTANCE}/${file}`, text);
    if (why !== undefined) return `${file}: ${why}`;
  }
  return undefined;
}

/** KiB for each CPU, from the text of /proc/meminfo. */
export function planBuffer(meminfo: string, cpus: number): number {
  const freeKib = Number(/^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1] ?? 0);
  return Math.max(LEAST_KIB_PER_CPU, Math.floor(Math.min(freeKib / SHARE_OF_FREE, MOST_KIB) / Math.max(1, cpus)));
}

/** Resolves with why it could not be had. */
async function switchOn(sys: Sys, { event, definition, filter, isOptional }: PlannedEvent): Promise<string | undefined> {
  const directory = `${INSTANCE}/events/${event}`;
  if (definition !== undefined) {
    const why = await defineProbe(sys, definition);
    if (why !== undefined) return why;
  } else if ((await sys.facts(directory)) === undefined) return isOptional ? undefined : 'not in this kernel';
  if (filter !== undefined) {
    const why = await tryWrite(sys, `${directory}/filter`, filter);
    if (why !== undefined) return why;
  }
  return tryWrite(sys, `${directory}/enable`, '1');
}
