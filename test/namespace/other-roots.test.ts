/** Roots on xfs and on a btrfs of two devices, found, judged, mounted and entered in initramfs mode, with the checkers in the toolbox. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { optionalToolbox } from '../../vm/optional-toolbox.ts';
import { startMachine } from './machine.ts';

const BOOT_MS = 90_000;
const kept = process.env['PATH'];
let directory = '';
let toolbox = '';
const loops: string[] = [];

beforeAll(async () => {
  process.env['PATH'] = `${kept}:/usr/sbin:/sbin`;
  directory = mkdtempSync(join(tmpdir(), 'lifeboot-roots-'));
  toolbox = join(await optionalToolbox(['btrfs', 'xfs']), 'toolbox');
}, 300_000);
afterAll(() => {
  // The machine has detached those of its own image.
  for (const loop of loops) spawnSync('losetup', ['-d', loop], { stdio: 'ignore' });
  process.env['PATH'] = kept;
  rmSync(directory, { recursive: true, force: true });
});

const run = (program: string, ...words: readonly string[]): string =>
  execFileSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

function sparse(image: string, mib: number): string {
  writeFileSync(image, '');
  truncateSync(image, mib * 1024 * 1024);
  return image;
}

function attach(image: string): string {
  const loop = run('losetup', '--find', '--show', image);
  loops.push(loop);
  return loop;
}

/** In namespaces of its own: a machine that is started just then would keep a copy of the mount, and so the disks busy. */
const FILL = `root=$1 mounted=$2 at=$2$3 fstab=$4 last=$5
shift 5
mount "$@" "$mounted"
[ "$at" = "$mounted" ] || btrfs subvolume create "$at"
cp -a "$root/." "$at/"
printf '%s\\n' "$fstab" >"$at/etc/fstab"
eval "$last"
umount "$mounted"`;

/** Fills what the words mount, with the root's files below `at`. */
function fill(root: string, words: readonly string[], { at = '', fstab, last = '' }: Filling): void {
  const mounted = mkdtempSync(join(directory, 'mnt-'));
  run('unshare', '--mount', '--propagation', 'private', 'sh', '-ec', FILL, 'sh', root, mounted, at, fstab, last, ...words);
}

interface Filling {
  readonly at?: string;
  readonly fstab: string;
  /** Shell text; the filesystem is at `$mounted`. */
  readonly last?: string;
}

const xfs =
  (last = '') =>
  (root: string, image: string): void => {
    run('mkfs.xfs', '-q', sparse(image, 400));
    fill(root, ['-o', 'loop', image], { fstab: '/dev/root / xfs noatime 0 1', last });
  };
const breakXfs = (image: string): void => void run('xfs_db', '-x', '-c', 'agi 0', '-c', 'write -d magicnum 0', image);
const deviceOf = (image: string): string => run('losetup', '-nO', 'NAME', '-j', image);

test('initramfs mode replays the log of an xfs root by a mount, and gives it back clean', { timeout: 200_000 }, async () => {
  // What was written is on the disk, and the log has more to say.
  const cutPower = 'sync -f "$mounted"; mkdir "$mounted/late"; xfs_io -x -c "shutdown -f" "$mounted"';
  await using machine = await startMachine({ initramfs: true, toolbox, makeImage: xfs(cutPower) });
  const text = await machine.expect(/verdict boot: good/, BOOT_MS);
  expect(text).toMatch(/find-root: done \(\/dev\/loop\d+ 400 MiB xfs/);
  expect(text).toMatch(/check-root: done \(no check for xfs: a mount replays its log, and one went well\)/);
  expect(machine.inside('cat /proc/mounts; ls -d /late')).toMatch(/^\/dev\/loop\d+ \/ xfs rw,noatime[\s\S]*\n\/late\n$/m);
  machine.end('lifeboot poweroff');
  await machine.ended;
  run('xfs_repair', '-n', machine.image);
});

test('initramfs mode holds a damaged xfs root with its words, and goes on once it is repaired, which can be taken back', {
  timeout: 300_000,
}, async () => {
  await using machine = await startMachine({ initramfs: true, toolbox, makeImage: xfs(), damage: breakXfs });
  await machine.expect(/HELD at check-root: xfs_repair -n of \/dev\/loop\d+: errors are left \(exit 1\)/, BOOT_MS);
  const device = deviceOf(machine.image);
  const status = machine.ssh('lifeboot status').stdout;
  expect(status).toMatch(/Structure needs cleaning/);
  expect(status).toContain(`lifeboot fsck repair ${device} `);
  const repaired = machine.ssh(`lifeboot fsck repair ${device}`, BOOT_MS);
  expect(repaired).toMatchObject({ code: 1 });
  expect(repaired.stdout).toContain(`to take it back: lifeboot fsck undo ${device}`);
  expect(machine.ssh(`lifeboot fsck undo ${device}`, BOOT_MS)).toMatchObject({ code: 0 });
  expect(machine.ssh(`lifeboot fsck check ${device}`, BOOT_MS)).toMatchObject({ code: 4 });
  expect(machine.ssh(`lifeboot fsck repair ${device}`, BOOT_MS)).toMatchObject({ code: 1 });
  expect(machine.ssh('lifeboot retry').code).toBe(0);
  await machine.expect(/verdict boot: good/, BOOT_MS);
});

test('initramfs mode repairs a damaged xfs root under fsck.repair=yes, tells the way back, and forgets it after a good boot', {
  timeout: 300_000,
}, async () => {
  await using machine = await startMachine({ initramfs: true, toolbox, makeImage: xfs(), damage: breakXfs, cmdline: 'fsck.repair=yes' });
  const text = await machine.expect(/verdict boot: good/, BOOT_MS);
  expect(text).toMatch(/check-root: done \(errors corrected, undo in \/run\/lifeboot\/undo\/dev-loop\d+\)/);
  expect(machine.inside('ls /run/lifeboot/undo').trim()).toBe('');
  machine.end('lifeboot poweroff');
  await machine.ended;
  run('xfs_repair', '-n', machine.image);
});

interface Pair {
  readonly uuid: string;
  readonly second: string;
}

/** One btrfs on two images, everything twice, the root in a subvolume. */
function pairOf(): { readonly makeImage: (root: string, image: string) => void; readonly made: Pair } {
  const made = { uuid: '', second: '' };
  const makeImage = (root: string, image: string): void => {
    made.second = sparse(join(mkdtempSync(join(directory, 'second-')), 'image'), 500);
    const devices = [sparse(image, 500), made.second].map((file) => run('losetup', '--find', '--show', file));
    run('mkfs.btrfs', '-q', '-f', '-m', 'raid1', '-d', 'raid1', ...devices);
    made.uuid = run('blkid', '-p', '-s', 'UUID', '-o', 'value', devices[0] ?? '');
    const words = ['-t', 'btrfs', '-o', devices.map((device) => `device=${device}`).join(','), devices[0] ?? ''];
    fill(root, words, { at: '/@', fstab: '/dev/root / btrfs noatime,subvol=@ 0 0' });
    run('btrfs', 'device', 'scan', '--forget', devices[0] ?? '');
    run('btrfs', 'device', 'scan', '--forget', devices[1] ?? '');
    for (const device of devices) run('losetup', '-d', device);
  };
  return { makeImage, made };
}

/** The UUID is known once the image is made. */
const wordsFor = ({ uuid }: Pair): string => `root=UUID=${uuid} rootflags=subvol=@`;

test('initramfs mode mounts a subvolume of a btrfs on two devices, and gives it back clean', { timeout: 200_000 }, async () => {
  const { makeImage, made } = pairOf();
  await using machine = await startMachine({
    ...{ initramfs: true, toolbox, makeImage, damage: () => void attach(made.second) },
    get cmdline() {
      return wordsFor(made);
    },
  });
  await machine.expect(/verdict boot: good/, BOOT_MS);
  expect(machine.inside('cat /proc/mounts')).toMatch(/ \/ btrfs rw,noatime.*subvol=\/@ /);
  expect(machine.inside('btrfs filesystem show /')).toMatch(/Total devices 2/);
  machine.end('lifeboot poweroff');
  await machine.ended;
  const first = attach(machine.image);
  run('btrfs', 'check', '--readonly', first);
});

test('initramfs mode holds a btrfs that lacks a device, mounts nothing degraded, and goes on when the operator did', {
  timeout: 200_000,
}, async () => {
  const { makeImage, made } = pairOf();
  await using machine = await startMachine({
    ...{ initramfs: true, toolbox, makeImage },
    get cmdline() {
      return wordsFor(made);
    },
  });
  await machine.expect(/mount-root: waiting \(up to 2 s for a device of \/dev\/loop\d+: .*devid 2 uuid \S+ is missing/, BOOT_MS);
  await machine.expect(/HELD at mount-root: cannot mount \/dev\/loop\d+: it lacks a device, and is not mounted degraded unasked/, BOOT_MS);
  expect(machine.inside('cat /proc/mounts')).not.toMatch(/ btrfs /);
  const advice = /mount -t btrfs -o rw,degraded,subvol=@ \/dev\/loop\d+ \/sysroot/.exec(machine.ssh('lifeboot status').stdout)?.[0] ?? '';
  expect(machine.ssh(advice)).toMatchObject({ code: 0 });
  expect(machine.ssh('lifeboot continue').code).toBe(0);
  await machine.expect(/verdict boot: good/, BOOT_MS);
});
