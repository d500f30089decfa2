/** Debian with packages of one's choice as a tar file: mmdebstrap's work. */
import { execa } from 'execa';
import { ofTotal, type ShowProgress } from '../progress.ts';
import { hostSources, SUITE } from './apt-sources.ts';

export interface DebianBaseOptions {
  readonly title: string;
  readonly packages: readonly string[];
  /** The tar.zst to write; what is there after a failure is the caller's to remove. */
  readonly tar: string;
  /** Public key that may log in to the initramfs. */
  readonly initramfsKey?: string;
  readonly show: ShowProgress;
  readonly signal?: AbortSignal;
}

const BUILD_TIMEOUT_MS = 30 * 60_000;
const KILL_AFTER_MS = 10_000;
const LAST_LINES = 15;

/** Builds it; throws with mmdebstrap's last lines. */
export async function buildDebianBase({ title, packages, tar, initramfsKey, show, signal }: DebianBaseOptions): Promise<void> {
  const sources = await hostSources();
  const progress = show(`Debian base of ${title} (${packages.length} packages and what they need)`);
  const child = execa('mmdebstrap', [...baseArguments(packages, initramfsKey), SUITE, tar, ...(sources === undefined ? [] : ['-'])], {
    input: sources ?? '',
    all: true,
    reject: false,
    timeout: BUILD_TIMEOUT_MS,
    env: { LC_ALL: 'C' },
    ...(signal === undefined ? {} : { cancelSignal: signal, forceKillAfterDelay: KILL_AFTER_MS }),
  });
  const counted = { total: 0, configured: 0 };
  const last: string[] = [];
  for await (const line of child.iterable({ from: 'all' })) {
    last.push(line);
    if (last.length > LAST_LINES) last.shift();
    const detail = followLine(line, counted);
    if (detail !== undefined) progress.update(detail);
  }
  const result = await child;
  signal?.throwIfAborted();
  if (result.failed) throw new Error(`mmdebstrap failed (${result.shortMessage}):\n${last.join('\n')}`);
  progress.done(`built, ${counted.configured} packages`);
}

/** What goes into the initramfs is told before the kernel's hook makes it: the root's type, so that e2fsck is in, and the key. */
export function baseArguments(packages: readonly string[], initramfsKey: string | undefined): readonly string[] {
  const key = '"$1/etc/dropbear/initramfs"';
  return [
    '--variant=minbase',
    '--mode=auto',
    '--verbose',
    '--format=tar',
    '--aptopt=APT::Install-Recommends "false"',
    '--aptopt=Acquire::Languages "none"',
    // Mirrors may be snapshots: signed, but of another day.
    '--aptopt=Acquire::Check-Valid-Until "false"',
    '--aptopt=Acquire::Check-Date "false"',
    `--include=${packages.join(',')}`,
    `--essential-hook=mkdir -p "$1/etc/initramfs-tools/conf.d" && echo FSTYPE=ext4 > "$1/etc/initramfs-tools/conf.d/root-type"`,
    ...(initramfsKey === undefined ? [] : [`--essential-hook=mkdir -p ${key} && echo '${initramfsKey}' > ${key}/authorized_keys`]),
  ];
}

/** Follows apt and dpkg through mmdebstrap's output; a text when there is something new to show. */
export function followLine(line: string, counted: { total: number; configured: number }): string | undefined {
  const announced = /(\d+) newly installed/.exec(line);
  if (announced) counted.total = Math.max(counted.total, Number(announced[1]));
  if (/^Setting up /.test(line)) {
    counted.configured += 1;
    return `configured ${ofTotal(counted.configured, Math.max(counted.total, counted.configured))}`;
  }
  if (/^Unpacking /.test(line)) return `unpacking ${line.split(' ')[1] ?? ''}`;
  const fetched = /^Get:(\d+) /.exec(line);
  if (fetched) return `fetching ${ofTotal(Number(fetched[1]), counted.total)}`;
  return /^I: /.test(line) ? line.slice(3) : undefined;
}
