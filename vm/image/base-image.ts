/** The unmodified Debian server as a tar file: mmdebstrap's work, cached by the hash of what goes in. */
import { existsSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { hashInputs, makeCacheDir, prune, touch } from '../cache.ts';
import { ofTotal, type ShowProgress } from '../progress.ts';
import { hostSources, SUITE } from './apt-sources.ts';

const here = import.meta.dirname;
const packageList = join(here, 'packages.txt');
const BUILD_TIMEOUT_MS = 30 * 60_000;
const KEPT = 2;

/** Path of the tar file. Builds it when its package list or this recipe changed; as root or through mmdebstrap's own means. */
export async function buildBaseImage(show: ShowProgress, signal?: AbortSignal): Promise<string> {
  const directory = await makeCacheDir('images');
  const hash = await hashInputs({ files: [packageList, import.meta.filename] });
  const tar = join(directory, `base-${hash}.tar.zst`);
  if (existsSync(tar)) {
    show('Debian base').done(`reused (${hash})`);
    await touch(tar);
    return tar;
  }
  const unfinished = join(directory, `base-${hash}.${process.pid}.unfinished.tar.zst`);
  try {
    await runMmdebstrap(unfinished, show, signal);
    await rename(unfinished, tar);
  } finally {
    await rm(unfinished, { force: true });
  }
  await prune(directory, 'base-', KEPT);
  return tar;
}

async function runMmdebstrap(tar: string, show: ShowProgress, signal: AbortSignal | undefined): Promise<void> {
  const packages = parsePackages(await readFile(packageList, 'utf8'));
  const sources = await hostSources();
  const progress = show(`Debian base (${packages.length} packages and what they need)`);
  const child = execa('mmdebstrap', [...mmdebstrapArguments(packages), SUITE, tar, ...(sources === undefined ? [] : ['-'])], {
    input: sources ?? '',
    all: true,
    reject: false,
    timeout: BUILD_TIMEOUT_MS,
    env: { LC_ALL: 'C' },
    ...(signal === undefined ? {} : { cancelSignal: signal, forceKillAfterDelay: 10_000 }),
  });
  const counted = { total: 0, configured: 0 };
  const last: string[] = [];
  for await (const line of child.iterable({ from: 'all' })) {
    last.push(line);
    if (last.length > 15) last.shift();
    const detail = followLine(line, counted);
    if (detail !== undefined) progress.update(detail);
  }
  const result = await child;
  signal?.throwIfAborted();
  if (result.failed) throw new Error(`mmdebstrap failed (${result.shortMessage}):\n${last.join('\n')}`);
  progress.done(`built, ${counted.configured} packages`);
}

/** The root's type is told before the kernel's hook makes the initrd: without it, no e2fsck goes in (the hook asks the block device). */
function mmdebstrapArguments(packages: readonly string[]): readonly string[] {
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
  ];
}

/** Names from the list; blank lines and `# reasons` are skipped. */
export function parsePackages(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((name) => name !== '');
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
