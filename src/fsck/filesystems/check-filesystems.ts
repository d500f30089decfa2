/** Checks all of fstab but the root: by pass number, the disks side by side, one check a disk. */
import { emit } from '../../sys/events.ts';
import { readMounts } from '../../sys/mountinfo.ts';
import type { Sys } from '../../sys/sys.ts';
import { openCheckLog } from '../check-log.ts';
import type { FstabEntry } from '../fstab.ts';
import { forgetProgress } from '../tell-progress.ts';
import { type CheckWish, checkFilesystem } from './check-filesystem.ts';
import { type Checked, readCheckReport, writeCheckReport } from './check-report.ts';
import type { Filesystem } from './filesystem.ts';
import { awaitDevice, disksOf, findDevice, listDevices } from './find-devices.ts';
import { planFilesystems } from './plan-filesystems.ts';
import { applySwap } from './swap.ts';

/**
 * Resolves with one result for each filesystem with a pass number. Those that an earlier agent of this boot has checked keep their
 * result, unless that was no good: so that it can be tried again.
 */
export async function checkFilesystems(sys: Sys, entries: readonly FstabEntry[], wish: CheckWish): Promise<readonly Checked[]> {
  const mounts = await readMounts(sys);
  const first = planFilesystems(entries, new Map(), mounts);
  const wanted = first.waves.flatMap(({ lanes }) => lanes.flat());
  const devices = await awaitAll(sys, wanted, wish.signal);
  const disks = new Map<string, readonly string[]>();
  for (const [source, device] of devices) disks.set(source, await disksOf(sys, device));
  for (const swap of first.swapFirst) await applySwap(sys, swap, 0, wish.signal);

  const before = wish.mode === 'force' ? [] : await readCheckReport(sys);
  const known = before.filter(({ outcome }) => outcome === 'clean' || outcome === 'repaired');
  await forgetProgress(sys);
  const log = openCheckLog(sys);
  const results: Checked[] = [];
  const keep = async (checked: Checked): Promise<void> => {
    results.push(checked);
    await writeCheckReport(sys, results);
  };
  for (const { lanes } of planFilesystems(entries, disks, mounts).waves)
    await Promise.all(
      lanes.map(async (lane) => {
        for (const filesystem of lane) {
          const { source, mountPoint } = filesystem.entry;
          const earlier = known.find((checked) => checked.source === source && checked.mountPoint === mountPoint);
          const device = devices.get(source);
          if (earlier !== undefined) await keep(earlier);
          else if (device === undefined) await keep(await tellAbsent(sys, filesystem));
          else await keep(await checkFilesystem(sys, filesystem, device, { ...wish, log }));
        }
      }),
    );
  await writeCheckReport(sys, results);
  return results;
}

/** Each for as long as fstab says, all at the same time; what is absent is not in the result. */
async function awaitAll(
  sys: Sys,
  filesystems: readonly Filesystem[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, string>> {
  const found = await Promise.all(
    filesystems.map(async ({ entry, waitMs }) => {
      const { source, mountPoint } = entry;
      const now = await findDevice(sys, source);
      if (now !== undefined) return [[source, now] as const];
      await emit(sys, { subject: 'filesystem', name: mountPoint, what: 'waiting', detail: `${source}, at most ${waitMs / 1000} s` });
      const device = await awaitDevice(sys, source, waitMs, signal);
      return device === undefined ? [] : [[source, device] as const];
    }),
  );
  return new Map(found.flat());
}

/** Named with how long it was waited for and what is there instead. */
export async function tellAbsent(sys: Sys, { entry, waitMs, nofail }: Filesystem): Promise<Checked> {
  const { source, mountPoint } = entry;
  const reason = `${source} did not appear within ${waitMs / 1000} s${nofail ? ' (nofail)' : ''}`;
  await emit(sys, { subject: 'filesystem', name: mountPoint, what: 'absent', detail: reason });
  return { source, mountPoint, outcome: 'absent', reason, evidence: await listDevices(sys), nofail };
}
