/** Finds the device that fstab(5) names, waits for it, and tells which disks it lies on. */
import type { Sys } from '../../sys/sys.ts';
import { kernelName } from '../block-device.ts';

const POLL_MS = 250;
const LOOK_MS = 10_000;
/** udev's directories: without udev blkid looks at the disks themselves. */
const linkDirectories: Readonly<Record<string, string>> = {
  LABEL: '/dev/disk/by-label',
  UUID: '/dev/disk/by-uuid',
  PARTLABEL: '/dev/disk/by-partlabel',
  PARTUUID: '/dev/disk/by-partuuid',
  ID: '/dev/disk/by-id',
};

/** The path of the device now, or undefined while it is not there. Quotes around the value of a tag are taken off, as mount(8) does. */
export async function findDevice(sys: Sys, source: string): Promise<string | undefined> {
  const tag = /^(LABEL|UUID|PARTLABEL|PARTUUID|ID)=(.*)$/.exec(source);
  if (tag === null) return (await sys.facts(source)) === undefined ? undefined : source;
  const [, name = '', quoted = ''] = tag;
  const value = quoted.replace(/^(["'])(.*)\1$/, '$2');
  const link = `${linkDirectories[name]}/${encodeUdev(value)}`;
  if ((await sys.facts(link)) !== undefined) return link;
  if (name === 'ID') return undefined;
  const ran = await sys.run(['blkid', '-c', '/dev/null', '-l', '-o', 'device', '-t', `${name}=${value}`], { timeoutMs: LOOK_MS });
  const device = ran.stdout.trim();
  return ran.code === 0 && device !== '' ? device : undefined;
}

/** The device, or undefined when it did not appear within its time or the wait was called off. */
export async function awaitDevice(sys: Sys, source: string, waitMs: number, signal?: AbortSignal): Promise<string | undefined> {
  const endMs = sys.uptimeMs() + waitMs;
  while (true) {
    const device = await findDevice(sys, source);
    const leftMs = endMs - sys.uptimeMs();
    if (device !== undefined || leftMs <= 0 || signal?.aborted) return device;
    await sys.sleep(Math.min(POLL_MS, leftMs), signal);
  }
}

/** The names of the disks below a device: of a partition its disk, of RAID, LVM and LUKS all that they lie on. */
export async function disksOf(sys: Sys, device: string): Promise<readonly string[]> {
  return [...new Set(await disksBelow(sys, await kernelName(sys, device), 0))].sort();
}

/** A stack deeper than this is a circle. */
const DEEPEST = 8;

async function disksBelow(sys: Sys, name: string, depth: number): Promise<readonly string[]> {
  const slaves = (await sys.listDir(`/sys/class/block/${name}/slaves`)) ?? [];
  if (slaves.length > 0 && depth < DEEPEST) return (await Promise.all(slaves.map((slave) => disksBelow(sys, slave, depth + 1)))).flat();
  if ((await sys.facts(`/sys/class/block/${name}/partition`)) === undefined) return [name];
  // …/block/sda/sda1: a partition lies in the directory of its disk.
  return [(await sys.facts(`/sys/class/block/${name}`))?.target?.split('/').at(-2) ?? name];
}

/** What an operator looks for when a device is missing: the block devices that are there, with type and label. */
export async function listDevices(sys: Sys): Promise<readonly string[]> {
  const ran = await sys.run(['blkid', '-c', '/dev/null'], { timeoutMs: LOOK_MS }).catch(() => undefined);
  const known = (ran?.stdout ?? '').split('\n').filter((line) => line !== '');
  return known.length > 0 ? known : ((await sys.listDir('/sys/class/block')) ?? []).map((name) => `/dev/${name}`);
}

/** udev writes everything but these as \xNN in the names of its links. */
function encodeUdev(value: string): string {
  return [...value]
    .map((char) => (/[\w#+\-.:=@]|[^\x00-\x7f]/.test(char) ? char : `\\x${(char.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`))
    .join('');
}
