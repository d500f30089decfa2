/** Drivers of disks and their controllers, without udev: each device's modalias is given to modprobe(8), as coldplugging does. */
import { modprobe } from '../../sys/modprobe.ts';
import type { Sys } from '../../sys/sys.ts';

/** A controller brings a bus, a bus brings a disk: PCI → virtio, PCI → USB → SCSI. */
const PASSES = 8;

/**
 * Loads what the devices without a driver ask for, until none asks for anything new. What is in `tried` is not tried again. Never
 * throws: a driver that fails shows in the list of the disks that are there.
 */
export async function loadStorageDrivers(sys: Sys, tried: Set<string>): Promise<void> {
  for (let pass = 0; pass < PASSES; pass++) {
    const fresh = (await readModaliases(sys)).filter((modalias) => !tried.has(modalias));
    if (fresh.length === 0) return;
    for (const modalias of fresh) tried.add(modalias);
    // All in one: what has no module is no error of the others.
    await modprobe(sys, ['modprobe', '-a', '-b', '-q', ...fresh]);
  }
}

/** Of devices that no driver has taken, each once. */
async function readModaliases(sys: Sys): Promise<readonly string[]> {
  const quietly = <T>(reading: Promise<T>): Promise<T | undefined> => reading.catch(() => undefined);
  const found = new Set<string>();
  for (const bus of (await quietly(sys.listDir('/sys/bus'))) ?? []) {
    const devices = `/sys/bus/${bus}/devices`;
    for (const name of (await quietly(sys.listDir(devices))) ?? []) {
      const modalias = ((await quietly(sys.readText(`${devices}/${name}/modalias`))) ?? '').trim();
      if (modalias !== '' && (await quietly(sys.facts(`${devices}/${name}/driver`))) === undefined) found.add(modalias);
    }
  }
  return [...found];
}
