/** A btrfs on several devices: the kernel has to know each of them before a mount, and without udev nobody tells it. */
import { emit } from '../sys/events.ts';
import type { Held } from '../sys/phase-result.ts';
import type { Ran, Sys } from '../sys/sys.ts';
import { kernelLinesSince } from './disk-evidence.ts';
import { readBlockDevices } from './root/block-devices.ts';

const POLL_MS = 1_000;

/** Paths of all its devices that are there, in the order of their names; only itself when it is alone. */
async function findMembers(sys: Sys, device: string): Promise<readonly string[]> {
  const devices = await readBlockDevices(sys, new Map());
  const uuid = devices.find(({ path, links }) => path === device || links.includes(device))?.tags.UUID;
  const members = devices.filter(({ tags }) => tags.TYPE === 'btrfs' && tags.UUID === uuid).map(({ path }) => path);
  return uuid === undefined || members.length === 0 ? [device] : members;
}

/** btrfs(5), `device=`: what `btrfs device scan` does, for this mount alone and without the program. Pure. */
export const memberOptions = (members: readonly string[]): readonly string[] =>
  members.length < 2 ? [] : members.map((member) => `device=${member}`);

/** What the kernel said of devices that this filesystem lacks. Pure. */
export const missingMembers = (kernel: readonly string[]): readonly string[] =>
  kernel.filter((line) => /BTRFS.*\bdevid \d+ .*\bis missing/.test(line));

export interface MemberWait {
  /** How long a device that is missing is waited for. */
  readonly waitMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Mounts it with all its devices. One that the kernel misses is waited for; never mounted without it unless `degraded` is among the
 * flags, which is the operator's word.
 */
export async function mountWithMembers(
  sys: Sys,
  device: string,
  mount: (options: readonly string[]) => Promise<Ran>,
  { waitMs, signal }: MemberWait,
): Promise<Ran> {
  // From the first refusal on: a slow look at the disks takes nothing of it.
  let endMs = Number.POSITIVE_INFINITY;
  for (let members = await findMembers(sys, device); ; ) {
    const sinceMs = sys.uptimeMs();
    const ran = await mount(memberOptions(members));
    if (ran.code === 0) return ran;
    endMs = Math.min(endMs, sys.uptimeMs() + waitMs);
    const [missing] = missingMembers(await kernelLinesSince(sys, sinceMs));
    if (missing === undefined || sys.uptimeMs() >= endMs) return ran;
    // Without the kernel's own stamp: in the middle of a line of the console it would look like a line of the kernel's.
    const detail = `up to ${waitMs / 1000} s for a device of ${device}: ${missing.replace(/^\[[^\]]*\] */, '')}`;
    await emit(sys, { subject: 'phase', name: 'mount-root', what: 'waiting', detail });
    const known = members.join(' ');
    while (members.join(' ') === known && sys.uptimeMs() < endMs && !signal?.aborted) {
      await sys.sleep(POLL_MS, signal);
      members = await findMembers(sys, device);
    }
    if (members.join(' ') === known) return ran;
  }
}

/** Never done unasked: what was written to it meanwhile lies on the others alone. */
export function adviseMissing(device: string, flags: readonly string[], at: string): Held['advice'] {
  const options = ['rw', 'degraded', ...flags].join(',');
  return [
    { command: `btrfs filesystem show ${device}`, does: 'shows which devices it wants, and which are there' },
    { command: `mount -t btrfs -o ${options} ${device} ${at}`, does: 'mounts it without them, at your word; then lifeboot continue' },
  ];
}
