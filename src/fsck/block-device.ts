/** A block device as the kernel knows it. */
import { isWithin, type Mount } from '../sys/mountinfo.ts';
import type { Sys } from '../sys/sys.ts';

const CLASS = '/sys/class/block';

/**
 * The kernel's name of a device node: `dm-0` of `/dev/mapper/x`, which is a symbolic link where udev runs and a node of its own elsewhere. Of
 * what sysfs does not know it is the last part of the path.
 */
export async function kernelName(sys: Sys, device: string): Promise<string> {
  const target = (await sys.facts(device))?.target ?? device;
  const base = target.slice(target.lastIndexOf('/') + 1);
  if (!/(^|\/)mapper\/[^/]+$/.test(target)) return base;
  for (const name of ((await sys.listDir(CLASS)) ?? []).filter((each) => each.startsWith('dm-')))
    if ((await sys.readText(`${CLASS}/${name}/dm/name`))?.trim() === base) return name;
  return base;
}

/** `major:minor` of a device node; undefined when sysfs does not know it. */
export async function deviceNumber(sys: Sys, device: string): Promise<string | undefined> {
  return (await sys.readText(`${CLASS}/${await kernelName(sys, device)}/dev`))?.trim();
}

/** The mounts of a device. btrfs shows anonymous device numbers, so the source counts, too. */
export async function mountsOf(sys: Sys, mounts: readonly Mount[], device: string): Promise<readonly Mount[]> {
  const number = await deviceNumber(sys, device);
  return mounts.filter((mount) => mount.device === number || (isWithin(mount.source, '/dev') && mount.source === device));
}
