/** What the kernel and the disk itself say about a device that fails. */
import type { Sys } from '../sys/sys.ts';

const LOOK_MS = 15_000;
/** The kernel's log and /proc/uptime are two clocks. */
const CLOCK_SLACK_MS = 1_000;
const KERNEL_LINES = 12;
const SMART_LINES = 12;

/** Lines for a hold. A disk or a tool that does not answer adds nothing and is not waited for longer than 15 s. */
export async function readDiskEvidence(sys: Sys, device: string): Promise<readonly string[]> {
  const [kernel, smart] = await Promise.all([
    sys.run(['dmesg'], { timeoutMs: LOOK_MS }).catch(() => undefined),
    sys.run(['smartctl', '-H', '-A', device], { timeoutMs: LOOK_MS }).catch(() => undefined),
  ]);
  return [...pickKernelLines(kernel?.stdout ?? '', device), ...pickSmartLines(smart?.stdout ?? '')];
}

/**
 * What the kernel said of blocks of this disk that could not be read or written since then: damage has no such lines, a dying disk does.
 * A kernel log that cannot be read says nothing.
 */
export async function findDiskFault(sys: Sys, device: string, sinceMs: number): Promise<readonly string[]> {
  const ran = await sys.run(['dmesg'], { timeoutMs: LOOK_MS }).catch(() => undefined);
  return pickFaultLines(ran?.stdout ?? '', device, sinceMs);
}

/** All that the kernel said since then. */
export async function kernelLinesSince(sys: Sys, sinceMs: number): Promise<readonly string[]> {
  const ran = await sys.run(['dmesg'], { timeoutMs: LOOK_MS }).catch(() => undefined);
  return (ran?.stdout ?? '').split('\n').filter((line) => isSince(line, sinceMs));
}

/** Pure. A line without a time of its own does not count. */
export function pickFaultLines(dmesg: string, device: string, sinceMs: number): readonly string[] {
  return pickKernelLines(dmesg, device).filter(
    (line) =>
      isSince(line, sinceMs) && /I\/O error|medium error|critical target error|read error|write error/i.test(line) && !isDamage(line),
  );
}

/** xfs calls whatever it cannot use an I/O error: without EIO it is damage that was read well (EFSCORRUPTED, EFSBADCRC), or its own shutdown. */
const isDamage = (line: string): boolean => /\bXFS \(/.test(line) && !/\berror -?5\b/.test(line);

function isSince(line: string, sinceMs: number): boolean {
  const seconds = /\[\s*(\d+\.\d+)\]/.exec(line)?.[1];
  return seconds !== undefined && Number(seconds) * 1000 >= sinceMs - CLOCK_SLACK_MS;
}

/** The last lines about this disk, its partitions and its bus. Pure. */
export function pickKernelLines(dmesg: string, device: string): readonly string[] {
  const name = device.slice(device.lastIndexOf('/') + 1);
  const disk = name.replace(/(?<=\d)p\d+$|(?<=^(?:[shv]|xv)d[a-z]+)\d+$/, '');
  const about = new RegExp(
    `\\b(?:${disk}\\w*)\\b.*(?:error|fail|timeout|reset|offline)|(?:error|fail|timeout|reset).*\\b${disk}\\w*\\b`,
    'i',
  );
  return dmesg
    .split('\n')
    .filter((line) => about.test(line))
    .slice(-KERNEL_LINES);
}

/** The verdict and the counters that foretell an end: reallocated, pending and uncorrectable sectors. Pure. */
export function pickSmartLines(smartctl: string): readonly string[] {
  const telling =
    /overall-health|SMART Health Status|Reallocated|Pending|Uncorrect|Media_Wearout|Percentage Used|Media and Data Integrity/i;
  return smartctl
    .split('\n')
    .filter((line) => telling.test(line))
    .slice(0, SMART_LINES)
    .map((line) => `SMART: ${line.trim()}`);
}
