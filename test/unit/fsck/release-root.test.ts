import { expect, test } from 'vitest';
import { releaseRoot, verifyReleased } from '../../../src/fsck/release-root.ts';
import { FakeSys } from '../../fake/fake-sys.ts';
import { setMounts, sysroot, toolboxTable } from './mount-table.ts';

const umount = 'run /run/lifeboot/bin/busybox umount';
const command = (words: string) => `/run/lifeboot/bin/busybox ${words}`;
const proc = { at: '/sysroot/proc', type: 'proc' };

test('releaseRoot() has nothing to do when the root is released', async () => {
  const sys = setMounts(new FakeSys(), toolboxTable());
  expect(await releaseRoot(sys)).toEqual({ kind: 'done' });
  expect(sys.journal).toEqual([]);
});

test('releaseRoot() unmounts all below the old root in one call, deepest first', async () => {
  const sys = setMounts(new FakeSys(), toolboxTable(sysroot, proc, { at: '/sysroot/proc/sys/fs/binfmt_misc', type: 'binfmt_misc' }));
  sys.answer(
    command('umount /sysroot/proc/sys/fs/binfmt_misc /sysroot/proc /sysroot'),
    {},
    { effect: () => setMounts(sys, toolboxTable()) },
  );
  expect(await releaseRoot(sys)).toEqual({ kind: 'done' });
});

test('releaseRoot() holds with every holder named once and a command for each', async () => {
  const sys = setMounts(new FakeSys(), toolboxTable(sysroot));
  sys.answer(command('umount /sysroot'), { code: 1, stderr: "umount: can't unmount /sysroot: Device or resource busy" });
  sys.holder('/sysroot', { pid: 412, comm: 'bash', via: 'cwd' }).holder('/sysroot', { pid: 412, comm: 'bash', via: 'exe' });
  sys.holder('/sysroot', { pid: 0, comm: 'loop3', via: '/sysroot/disk.img' });
  expect(await releaseRoot(sys)).toEqual({
    kind: 'held',
    reason: 'cannot release the root: /sysroot is busy',
    evidence: ['pid 412 (bash) holds /sysroot through cwd', 'kernel (loop3) holds /sysroot through /sysroot/disk.img'],
    advice: [
      { command: 'kill 412', does: 'ends bash (or leave the directory there: cd /)' },
      { command: 'losetup -d /dev/loop3', does: 'detaches loop3 from /sysroot/disk.img' },
    ],
  });
  expect(sys.uptimeMs()).toBeGreaterThanOrEqual(11_000);
  expect(sys.events).toEqual(['phase release-root waiting']);
});

test('releaseRoot() shows what umount said when no holder is found', async () => {
  const sys = setMounts(new FakeSys(), toolboxTable(sysroot)).answer(command('umount /sysroot'), { code: 1, stderr: 'busy' });
  expect(await releaseRoot(sys, { deadlineMs: 0 })).toMatchObject({
    kind: 'held',
    evidence: ['no process was found that holds it', `${command('umount /sysroot')}: exit 1`, 'busy'],
    advice: [],
  });
});

test('releaseRoot() goes on by itself when a passing holder goes away', async () => {
  const sys = setMounts(new FakeSys(), toolboxTable(sysroot)).holder('/sysroot', { pid: 9, comm: 'udevd', via: 'exe' });
  sys.answer(command('umount /sysroot'), { code: 1 }, { times: 3 });
  sys.answer(command('umount /sysroot'), {}, { effect: () => setMounts(sys, toolboxTable()) });
  expect(await releaseRoot(sys)).toEqual({ kind: 'done', detail: '/sysroot is free now' });
  expect(sys.journal.filter((line) => line.startsWith(umount))).toHaveLength(4);
});

test('releaseRoot() detaches kernel interfaces that stay busy, never disks', async () => {
  const sys = setMounts(new FakeSys(), toolboxTable(sysroot, proc));
  sys.answer(command('umount /sysroot/proc /sysroot'), { code: 1 });
  sys.answer(command('umount -l /sysroot/proc'), {}, { effect: () => setMounts(sys, toolboxTable(sysroot)) });
  sys.answer(command('umount /sysroot'), {}, { effect: () => setMounts(sys, toolboxTable()) });
  expect(await releaseRoot(sys)).toMatchObject({ kind: 'done' });
});

test('releaseRoot() stops waiting when told to', async () => {
  const sys = setMounts(new FakeSys(), toolboxTable(sysroot)).answer(command('umount /sysroot'), { code: 1 });
  expect(await releaseRoot(sys, { signal: AbortSignal.abort() })).toMatchObject({ kind: 'held' });
  expect(sys.uptimeMs()).toBe(1000);
});

test('verifyReleased() names what is still mounted', async () => {
  expect(await verifyReleased(setMounts(new FakeSys(), toolboxTable()))).toBeUndefined();
  expect(await verifyReleased(setMounts(new FakeSys(), toolboxTable(sysroot, proc)))).toBe('still mounted: /sysroot/proc /sysroot');
});
