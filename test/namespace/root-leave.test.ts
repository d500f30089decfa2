import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildLabToolbox, type RootLab, startRootLab } from './root-lab.ts';

let toolbox = '';
beforeAll(async () => {
  toolbox = await buildLabToolbox();
});
afterAll(() => rmSync(toolbox, { recursive: true, force: true }));

const bb = '/run/lifeboot/bin/busybox';
const pace = { termMs: 1000, killMs: 1000 };
const fsckOf = (image: string) => spawnSync('e2fsck', ['-f', '-n', image], { encoding: 'utf8' }).status;

async function runningLab(): Promise<RootLab> {
  const lab = await startRootLab(toolbox);
  const root = { source: lab.device, fsType: 'ext4', mode: 'root' };
  lab.phase('releaseRoot');
  lab.phase('mountRoot', { root, lastCheck: 'passed' });
  lab.phase('enterRoot');
  return lab;
}

test('leaveRoot() ends a holder by TERM, and one that ignores TERM by KILL', async () => {
  await using lab = await runningLab();
  const meek = lab.session();
  const stubborn = lab.session();
  await meek.say('cd /srv; exec 7>/srv/log; echo on');
  const pid = await stubborn.say("trap '' TERM; cd /srv/docs; echo $$");
  const result = lab.phase('leaveRoot', { pace });
  expect(result).toMatchObject({ kind: 'done', detail: expect.stringContaining('SIGKILL freed it') });
  expect(result).toMatchObject({ detail: expect.stringContaining(`pid ${pid} (busybox) holds /sysroot through cwd /sysroot/srv/docs`) });
  expect(lab.verify('verifyLeft')).toBeUndefined();
  expect(fsckOf(lab.image)).toBe(0);
});

test('leaveRoot() spares whom it is told to: the root is made read-only and is clean, and the session lives', async () => {
  await using lab = await runningLab();
  const operator = lab.session();
  const pid = Number(await operator.say('cd /srv; echo written > /srv/new; echo $$'));
  expect(lab.phase('leaveRoot', { pace, spare: [pid] })).toMatchObject({
    kind: 'done',
    detail: `/sysroot busy, made read-only: pid ${pid} (busybox) holds /sysroot through cwd /sysroot/srv`,
  });
  expect(await operator.say('/run/lifeboot/bin/busybox cat new')).toBe('written');
  expect(fsckOf(lab.image)).toBe(0);
  await operator.end();
  expect(lab.phase('leaveRoot', { pace })).toEqual({ kind: 'done' });
});

test('leaveRoot() says what stays writable when a spared process writes to the root', async () => {
  await using lab = await runningLab();
  const operator = lab.session();
  const pid = Number(await operator.say('exec 7>/srv/log; echo $$'));
  expect(lab.phase('leaveRoot', { pace, spare: [pid] })).toMatchObject({
    kind: 'held',
    reason: 'cannot unmount /sysroot, and something stays writable',
    advice: [{ command: `kill ${pid}` }],
  });
});

test('leaveRoot() spares the rescue tree without being told', async () => {
  await using lab = await runningLab();
  const rescue = lab.session();
  const pid = await rescue.say('cd /srv; echo $$');
  const child = lab.sh(`echo '{"pid":${pid}}' > /run/lifeboot/rescue.json`);
  expect(child).toBe('');
  expect(lab.phase('leaveRoot', { pace })).toMatchObject({ kind: 'done', detail: expect.stringContaining('made read-only') });
  expect(await rescue.say('echo alive')).toBe('alive');
});

test('leaveRoot() unmounts every disk, wherever it is mounted, and the loop device of a file on the root', async () => {
  await using lab = await runningLab();
  lab.sh(`for i in 1 2; do ${bb} dd if=/dev/zero of=/srv/disk$i bs=1M count=8 2>/dev/null; done`);
  const found = lab.sh('echo /srv/disk1 /srv/disk2');
  expect(found).toBe('/srv/disk1 /srv/disk2');
  // busybox mke2fs makes ext2: enough to be a disk with data.
  lab.sh(`for i in 1 2; do ${bb} mke2fs -F /srv/disk$i >/dev/null; done; ${bb} mkdir -p /run/media/usb /mnt`);
  lab.sh(
    `${bb} mount -t ext2 -o loop /srv/disk1 /mnt; ${bb} mount -t ext2 -o loop /srv/disk2 /run/media/usb; ${bb} mount -t tmpfs t /tmp; ${bb} mount -o bind /srv /boot`,
  );
  expect(lab.mounts().filter(({ fsType }) => fsType === 'ext2')).toHaveLength(2);
  lab.sh('echo data > /mnt/file; echo data > /run/media/usb/file; echo x > /tmp/x');
  expect(lab.phase('leaveRoot', { pace })).toMatchObject({ kind: 'done' });
  expect(lab.verify('verifyLeft')).toBeUndefined();
  expect(lab.mounts().filter(({ fsType }) => /^ext/.test(fsType))).toEqual([]);
  expect(execFileSync('losetup', ['-a'], { encoding: 'utf8' })).not.toContain('/srv/disk');
  expect(fsckOf(lab.image)).toBe(0);
});

test('leaveRoot() works from a hold: the root never entered, mounted or not', async () => {
  await using lab = await startRootLab(toolbox);
  expect(lab.phase('leaveRoot', { pace })).toEqual({ kind: 'done' });
  expect(lab.phase('leaveRoot', { pace })).toEqual({ kind: 'done' });
  expect(lab.verify('verifyLeft')).toBeUndefined();
});
