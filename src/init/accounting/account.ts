/** What init(8) writes into utmp and wtmp. Each can be called again after a crash: a record that is there is not written twice. */
import { emit } from '../../sys/events.ts';
import { paths } from '../../sys/paths.ts';
import type { Sys } from '../../sys/sys.ts';
import { addWtmp, isSameSlot, makeUtmp, putUtmp, readUtmp, readWtmp } from './account-files.ts';
import { type UtmpRecord, utmpTypes } from './utmp-record.ts';

/** What `runlevel` calls the level before the first one. */
export const NO_LEVEL = 'N';

/**
 * The machine has booted; `who -b` and `last reboot` show it. INVARIANT: called when `/run/utmp` has been emptied, which Debian's
 * bootmisc.sh does at the end of rcS.d. `sinceMs`: uptime at which this boot began. Never throws.
 */
export async function accountBoot(sys: Sys, sinceMs: number): Promise<void> {
  await guarded(sys, async () => {
    await makeUtmp(sys, paths.busybox);
    const known = (await readUtmp(sys)).find(({ type }) => type === utmpTypes.bootTime);
    const fresh = await systemRecord(sys, { type: utmpTypes.bootTime, user: 'reboot' });
    const record = known ?? { ...fresh, atMs: Math.floor(fresh.atMs - sys.uptimeMs() + sinceMs) };
    if (known === undefined) await putUtmp(sys, record);
    await addOnce(sys, record);
  });
}

/** The run level is, or becomes, `level`. Never throws. */
export async function accountLevel(sys: Sys, level: string, previous: string): Promise<void> {
  await guarded(sys, async () => {
    const pid = level.charCodeAt(0) + 256 * previous.charCodeAt(0);
    const fresh = await systemRecord(sys, { type: utmpTypes.runLevel, user: 'runlevel', pid });
    const known = (await readUtmp(sys)).find((old) => isSameSlot(old, fresh) && old.pid === pid);
    const record = known ?? fresh;
    if (known === undefined) await putUtmp(sys, record);
    await addOnce(sys, record);
  });
}

/** The machine ends: the last record before the root is unmounted, as `halt -w` writes it. Never throws. */
export async function accountShutdown(sys: Sys): Promise<void> {
  await guarded(sys, async () => {
    const last = (await readWtmp(sys))?.at(-1);
    if (last?.user === 'shutdown' && last.line === '~~') return;
    await addWtmp(sys, { ...(await systemRecord(sys, { type: utmpTypes.runLevel, user: 'shutdown' })), line: '~~' });
  });
}

/** A process of inittab(5) was started. Never throws. */
export async function accountStart(sys: Sys, id: string, pid: number): Promise<void> {
  await guarded(sys, async () => {
    // getty itself goes on in this record.
    if ((await readUtmp(sys)).some((old) => old.pid === pid && old.type !== utmpTypes.deadProcess)) return;
    const record = { type: utmpTypes.initProcess, pid, line: '', id, user: '', host: '', atMs: sys.wallClock().getTime() };
    await putUtmp(sys, record);
    await addWtmp(sys, record);
  });
}

/** It has ended. wtmp gets its line, by which last(1) knows when a login ended. Never throws. */
export async function accountEnd(sys: Sys, id: string, pid: number): Promise<void> {
  await guarded(sys, async () => {
    const known = (await readUtmp(sys)).find((old) => old.id === id && old.pid === pid);
    if (known === undefined || known.type === utmpTypes.deadProcess) return;
    const record = { ...known, type: utmpTypes.deadProcess, user: '', host: '', atMs: sys.wallClock().getTime() };
    await putUtmp(sys, record);
    await addWtmp(sys, record);
  });
}

async function systemRecord(sys: Sys, { type, user, pid = 0 }: { type: number; user: string; pid?: number }): Promise<UtmpRecord> {
  const host = (await sys.readText('/proc/sys/kernel/osrelease'))?.trim() ?? '';
  return { type, user, pid, host, id: '~~', line: '~', atMs: sys.wallClock().getTime() };
}

/** INVARIANT: the record stands in utmp already, so one with its time is this one. */
async function addOnce(sys: Sys, record: UtmpRecord): Promise<void> {
  const last = (await readWtmp(sys))?.findLast(({ type, line }) => type === record.type && line === record.line);
  if (last?.atMs !== record.atMs || last.pid !== record.pid) await addWtmp(sys, record);
}

/** Nobody boots worse for want of a record. */
async function guarded(sys: Sys, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    await emit(sys, { subject: 'boot', name: 'accounting', what: 'failed', detail });
  }
}
