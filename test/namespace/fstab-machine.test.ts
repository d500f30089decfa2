/** A machine with further filesystems in its fstab: images on loop devices, checked and mounted by lifeboot in the place of checkfs.sh and mountall.sh. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startMachine } from './machine.ts';

const scripts = {
  'checkfs.sh': 'echo the script of the image checks',
  'mountall.sh': 'echo the script of the image mounts',
  after: 'echo after up',
};
const links = ['rcS.d/S01checkfs.sh', 'rcS.d/S02mountall.sh', 'rc2.d/S01after'];
const kept = process.env['PATH'];
let directory = '';
const loops: string[] = [];

beforeAll(() => {
  process.env['PATH'] = `${kept}:/usr/sbin:/sbin`;
  directory = mkdtempSync(join(tmpdir(), 'lifeboot-fstab-'));
});
afterAll(() => {
  process.env['PATH'] = kept;
  for (const loop of loops) execFileSync('losetup', ['-d', loop]);
  rmSync(directory, { recursive: true, force: true });
});

function disk(name: string, mib: number, ...make: readonly string[]): string {
  const image = join(directory, name);
  writeFileSync(image, '');
  truncateSync(image, mib * 1024 * 1024);
  execFileSync(make[0] ?? '', [...make.slice(1), image], { stdio: 'ignore' });
  const loop = execFileSync('losetup', ['--find', '--show', image], { encoding: 'utf8' }).trim();
  loops.push(loop);
  return loop;
}

/** Beyond what preen mends: a directory that calls itself a file. */
function ext4(name: string, damaged = false): string {
  const loop = disk(name, 16, 'mke2fs', '-q', '-F', '-t', 'ext4');
  if (damaged)
    for (const request of ['mkdir d', 'sif d mode 0100644', 'ssv state 2'])
      execFileSync('debugfs', ['-w', '-R', request, loop], { stdio: 'ignore' });
  return loop;
}

const fstab = (...lines: readonly string[]) => ({
  '/etc/fstab': ['/dev/root / ext4 defaults 0 1', 'proc /proc proc defaults 0 0', ...lines, ''].join('\n'),
});

test('lifeboot boot checks and mounts ext4, xfs, a bind mount, a tmpfs and an image file of fstab', async () => {
  const [data, big] = [ext4('data'), disk('big', 320, 'mkfs.xfs', '-q')];
  const files = fstab(
    '/srv/in /bound none bind 0 0',
    `${data} /srv ext4 noatime 0 2`,
    `${big} /srv/big\\040one xfs defaults 0 2`,
    'tmpfs /scratch tmpfs size=1m 0 0',
    '/dev/absent /absent ext4 nofail,x-systemd.device-timeout=1 0 2',
    'host:/x /net nfs defaults 0 0',
  );
  execFileSync('debugfs', ['-w', '-R', 'mkdir in', data], { stdio: 'ignore' });
  await using machine = await startMachine({ scripts, links, files });
  await machine.expect(/verdict boot: good/, 60_000);
  const mounts = machine.inside('cat /proc/mounts');
  expect(mounts).toMatch(new RegExp(`^${data} /srv ext4 .*noatime`, 'm'));
  expect(mounts).toMatch(new RegExp(`^${data} /bound ext4`, 'm'));
  expect(mounts).toMatch(new RegExp(`^${big} /srv/big.040one xfs`, 'm'));
  expect(mounts).toMatch(/^tmpfs \/scratch tmpfs .*size=1024k/m);
  expect(machine.console()).toMatch(/filesystem \/srv: clean/);
  expect(machine.console()).toMatch(/filesystem \/absent: absent/);
  expect(machine.console()).not.toMatch(/the script of the image/);
  machine.end('lifeboot poweroff');
  await machine.ended;
  execFileSync('e2fsck', ['-fn', data], { stdio: 'ignore' });
});

test('lifeboot boot goes on without a filesystem whose check leaves errors, mounts nothing on it, and judges the boot bad', async () => {
  const [bad, good] = [ext4('bad', true), ext4('good')];
  const files = fstab(`${bad} /bad ext4 defaults 0 2`, 'tmpfs /bad/below tmpfs defaults 0 0', `${good} /good ext4 defaults 0 2`);
  await using machine = await startMachine({ scripts, links, files });
  await machine.expect(/verdict boot: bad/, 60_000);
  const mounts = machine.inside('cat /proc/mounts');
  expect(mounts).toMatch(/ \/good ext4 /);
  expect(mounts).not.toMatch(/ \/bad/);
  expect(machine.console()).toMatch(/script after: started/);
  expect(machine.console()).toMatch(/filesystem \/bad: held/);
});

test('lifeboot boot holds on such a filesystem if it is told to, and goes on in the same kernel once it is repaired over ssh', async () => {
  const bad = ext4('worse', true);
  const files = { ...fstab(`${bad} /bad ext4 defaults 0 2`), '/etc/lifeboot/lifeboot.toml': '[fsck]\nfailed_filesystem = "hold"\n' };
  await using machine = await startMachine({ scripts, links, files });
  await machine.expect(/hold early-tiers: held/, 60_000);
  expect(machine.ssh('lifeboot status').stdout).toMatch(/\/bad/);
  expect(machine.ssh(`e2fsck -fy ${bad}`).code & 4).toBe(0);
  expect(machine.ssh('lifeboot retry').code).toBe(0);
  await machine.expect(/verdict boot: good/, 60_000);
  expect(machine.inside('cat /proc/mounts')).toMatch(/ \/bad ext4 rw/);
});

test('lifeboot boot leaves fstab to the scripts of the image if it is told to', async () => {
  const data = ext4('left');
  const files = { ...fstab(`${data} /srv ext4 defaults 0 2`), '/etc/lifeboot/lifeboot.toml': '[fsck]\nfilesystems = "image"\n' };
  await using machine = await startMachine({ scripts, links, files });
  await machine.expect(/verdict boot: good/, 60_000);
  expect(machine.inside('cat /proc/mounts')).not.toMatch(/ \/srv /);
  expect(machine.console()).toMatch(/script checkfs.sh: started/);
});
