/** The device mapper's devices and the arrays that belong to the root: what it lies on, and what else lies on that. */
import type { Sys } from '../../sys/sys.ts';
import { kernelName } from '../block-device.ts';

const BLOCK = '/sys/class/block';

interface StackedDevice {
  readonly name: string;
  /** Names of the devices that lie on it. */
  readonly holders: readonly string[];
  /** Of the device mapper's; empty for an array. */
  readonly mapperName: string;
  /** The subsystem is in front: `CRYPT-LUKS2-…`, `LVM-…`. */
  readonly mapperUuid: string;
}

/** From the top down: nothing of the list lies on one that comes after it. Devices of the machine that have nothing to do with the root are not in it. */
export async function readRootStack(sys: Sys, source: string): Promise<readonly StackedDevice[]> {
  const devices = new Map<string, StackedDevice>();
  const slaves = new Map<string, readonly string[]>();
  for (const name of ((await sys.listDir(BLOCK)) ?? []).filter((each) => /^(dm-|md[\d_])/.test(each))) {
    const read = async (file: string): Promise<string> => ((await sys.readText(`${BLOCK}/${name}/${file}`).catch(() => '')) ?? '').trim();
    const holders = (await sys.listDir(`${BLOCK}/${name}/holders`)) ?? [];
    devices.set(name, { name, holders, mapperName: await read('dm/name'), mapperUuid: await read('dm/uuid') });
    slaves.set(name, (await sys.listDir(`${BLOCK}/${name}/slaves`)) ?? []);
  }
  const top = devices.get(await kernelName(sys, source));
  return top === undefined ? [] : orderFromTop(reach(top.name, devices, slaves), devices);
}

/** Down to what it lies on, and from there up again. */
function reach(
  start: string,
  devices: ReadonlyMap<string, StackedDevice>,
  slaves: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const found = new Set<string>([start]);
  for (const name of found) {
    for (const below of slaves.get(name) ?? []) if (devices.has(below)) found.add(below);
    for (const above of devices.get(name)?.holders ?? []) if (devices.has(above)) found.add(above);
    // The other volumes of a group on a plain disk: they share the disk or the partition.
    for (const [other, below] of slaves) if (below.some((slave) => (slaves.get(name) ?? []).includes(slave))) found.add(other);
  }
  return found;
}

function orderFromTop(names: ReadonlySet<string>, devices: ReadonlyMap<string, StackedDevice>): readonly StackedDevice[] {
  const left = new Set(names);
  const ordered: StackedDevice[] = [];
  while (left.size > 0) {
    const tops = [...left].filter((name) => !(devices.get(name)?.holders ?? []).some((holder) => left.has(holder)));
    // A circle cannot be; if it were, its order would not matter.
    for (const name of tops.length > 0 ? tops : [...left]) {
      const device = devices.get(name);
      if (device !== undefined) ordered.push(device);
      left.delete(name);
    }
  }
  return ordered;
}
