/** A block device as the kernel knows it. */
import { isWithin, type Mount } from '../sys/mountinfo.ts';
import type { Sys } from '../sys/sys.ts';

/** `major:minor` of a device node, its symbolic links followed one step (`/dev/mapper/x`); undefined when sysfs does not know it. */
export async function deviceNumber(sys: Sys, device: string): Promise<string | undefined> {
  const target = (await sys.facts(device))?.target ?? device;
  const name = target.slice(target.lastIndexOf('/') + 1);
  return (await sys.readText(`/sys/class/block/${name}/dev`))?.trim();
}

/** The mounts of a device. btrfs shows anonymous device numbers, so the source counts, too. */
export async function mountsOf(sys: Sys, mounts: readonly Mount[], device: string): Promise<readonly Mount[]> {
  const number = await deviceNumber(sys, device);
  return mounts.filter((mount) => mount.device === number || (isWithin(mount.source, '/dev') && mount.source === device));
}
