/**
 * What udev would know of the device mapper's devices, had it seen them being made. Its rules take a device for unfinished that is not in
 * its database when it starts later (55-dm.rules: DM_UDEV_PRIMARY_SOURCE_FLAG): no links to it would be made, and systemd would wait
 * for it in vain.
 */
import type { Sys } from '../../sys/sys.ts';

const BLOCK = '/sys/class/block';
const DATABASE = '/run/udev/data';
/** The sticky bit is OPTIONS+="db_persist": `udevadm info --cleanup-db` leaves it, as it does what an initramfs with udev left. */
const PERSISTS = 0o1644;

const STICKY = 0o1000;

/** Records the devices that are there, and keeps what an earlier udev wrote of them. Needed before the machine's own udev starts. */
export async function recordForUdev(sys: Sys): Promise<void> {
  const names = ((await sys.listDir(BLOCK)) ?? []).filter((name) => name.startsWith('dm-'));
  for (const name of names) {
    const number = ((await sys.readText(`${BLOCK}/${name}/dev`).catch(() => '')) ?? '').trim();
    const file = `${DATABASE}/b${number}`;
    if (number === '' || ((await sys.facts(file))?.mode ?? 0) & STICKY) continue;
    await sys.makeDir(DATABASE, 0o755);
    const usec = Math.round(sys.uptimeMs() * 1000);
    const fresh = `I:${usec}\nE:DM_UDEV_PRIMARY_SOURCE_FLAG=1\nE:DM_UDEV_RULES=1\nE:DM_UDEV_RULES_VSN=2\n`;
    await sys.writeAtomic(file, (await sys.readText(file)) ?? fresh, PERSISTS);
  }
}
