import { expect, test } from 'vitest';
import { leaveRoot, planDetach, planLeave, planUnmount, verifyLeft } from '../../../src/fsck/leave-root.ts';
import { parseMountinfo } from '../../../src/sys/mountinfo.ts';
import { FakeSys } from '../../fake/fake-sys.ts';
import { rootTable, setMounts, sysroot, toolboxTable } from './mount-table.ts';

const bb = '/run/lifeboot/bin/busybox';
const disk = (at: string, type = 'ext4') => ({ at, type, device: '254:16', source: '/dev/vdb' });
const freed = (text = toolboxTable()) => ({ effect: (sys: FakeSys) => void setMounts(sys, text) });
const gone = (text = toolboxTable()) => ({ ...freed(text), times: 1 });

test('planLeave() binds /run first and pivots last', () => {
  const steps = planLeave(parseMountinfo(rootTable()));
  expect(steps.map(({ argv, cwd = '/' }) => `${argv.slice(1).join(' ')} in ${cwd}`)).toEqual([
    'mount -o rbind /run /run/lifeboot/run in /',
    'mount -o rbind /proc /run/lifeboot/proc in /',
    'mount -o rbind /sys /run/lifeboot/sys in /',
    'mount -o rbind /dev /run/lifeboot/dev in /',
    'pivot_root . sysroot in /run/lifeboot',
  ]);
});

test('planUnmount() takes all of the old root and every disk, but nothing in memory', () => {
  const rows = [
    sysroot,
    { at: '/sysroot/tmp' },
    disk('/sysroot/srv'),
    disk('/run/media/usb'),
    { at: '/proc', type: 'proc' },
    { at: '/run/lock' },
  ];
  expect(planUnmount(parseMountinfo(toolboxTable(...rows))).map((mount) => mount.mountPoint)).toEqual([
    '/run/media/usb',
    '/sysroot/srv',
    '/sysroot/tmp',
    '/sysroot',
  ]);
});

test('planDetach() names the copies in the old root', () => {
  const rows = [sysroot, { at: '/sysroot/run' }, { at: '/sysroot/run/lock' }, { at: '/sysroot/dev' }];
  expect(planDetach(parseMountinfo(toolboxTable(...rows)))?.argv.slice(1)).toEqual(['umount', '-l', '/sysroot/run', '/sysroot/dev']);
  expect(planDetach(parseMountinfo(toolboxTable(sysroot)))).toBeUndefined();
});

test('leaveRoot() stops swapping by name before anything else', async () => {
  const sys = setMounts(new FakeSys(), toolboxTable()).file(
    '/proc/swaps',
    'Filename Type Size Used Priority\n/srv/my\\040swap file 1 0 -2\n/dev/vdc partition 1 0 -3\n',
  );
  sys.answer(`${bb} swapoff /srv/my swap /dev/vdc`);
  expect(await leaveRoot(sys)).toEqual({ kind: 'done' });
});

test('leaveRoot() detaches a dead server, and never a disk', async () => {
  const sys = setMounts(new FakeSys(), toolboxTable(sysroot, disk('/sysroot/nfs', 'nfs4')));
  sys.answer(`${bb} umount /sysroot/nfs`, { takesMs: Number.POSITIVE_INFINITY });
  sys.answer(`${bb} umount -f -l /sysroot/nfs`, {}, freed(toolboxTable(sysroot)));
  sys.answer(`${bb} umount /sysroot`, {}, freed());
  expect(await leaveRoot(sys)).toEqual({ kind: 'done' });
  expect(sys.uptimeMs()).toBe(11_000);
});

test('leaveRoot() signals each holder once, TERM and then KILL, and never those it spares', async () => {
  const sys = setMounts(new FakeSys(), toolboxTable(sysroot)).file('/run/lifeboot/rescue.json', '{"pid":50}');
  sys
    .process({ pid: 50 })
    .process({ pid: 51, ppid: 50 })
    .process({ pid: 60 }, { ignores: ['SIGTERM'] })
    .process({ pid: 70, argv: ['@storage'] });
  for (const pid of [51, 60, 70, 1]) sys.holder('/sysroot', { pid, comm: `p${pid}`, via: 'cwd' });
  sys.answer(`${bb} umount /sysroot`, { code: 1 }).answer(`${bb} mount -o remount,ro /sysroot`);
  expect(await leaveRoot(sys)).toMatchObject({
    kind: 'done',
    detail: expect.stringMatching(/^\/sysroot busy, made read-only: pid 51 \(p51\).*pid 70/),
  });
  expect(sys.journal.filter((line) => line.startsWith('kill'))).toEqual(['kill 60 SIGTERM', 'kill 60 SIGKILL']);
});

test('leaveRoot() that may not kill waits for who lets go by itself, and signals nobody', async () => {
  const sys = setMounts(new FakeSys(), toolboxTable(sysroot));
  sys.process({ pid: 60 }).holder('/sysroot', { pid: 60, comm: 'p60', via: 'cwd' });
  sys.answer(`${bb} umount /sysroot`, { code: 1 }, { times: 1 }).answer(`${bb} umount /sysroot`, {}, gone());
  expect(await leaveRoot(sys, { mayKill: false })).toEqual({ kind: 'done' });
  expect(sys.journal.filter((line) => line.startsWith('kill'))).toEqual([]);
});

test('leaveRoot() that may not kill names who holds on, after as long as a TERM would get', async () => {
  const sys = setMounts(new FakeSys(), toolboxTable(sysroot));
  sys.process({ pid: 60 }).holder('/sysroot', { pid: 60, comm: 'p60', via: 'cwd' });
  sys.answer(`${bb} umount /sysroot`, { code: 1 });
  expect(await leaveRoot(sys, { mayKill: false })).toMatchObject({
    kind: 'held',
    reason: '/sysroot busy: pid 60 (p60) holds /sysroot through cwd',
  });
  expect(sys.uptimeMs()).toBeGreaterThanOrEqual(3_000);
  expect(sys.journal.filter((line) => line.startsWith('kill'))).toEqual([]);
});

test('leaveRoot() frees loop devices and swap files that the kernel holds', async () => {
  const sys = setMounts(new FakeSys(), toolboxTable(sysroot));
  sys
    .holder('/sysroot', { pid: 0, comm: 'loop4', via: '/sysroot/disk' })
    .holder('/sysroot', { pid: 0, comm: 'swap', via: '/sysroot/swap' });
  sys.answer(`${bb} umount /sysroot`, { code: 1 }, { times: 1 }).answer(`${bb} umount /sysroot`, {}, gone());
  sys.answer(`${bb} losetup -d /dev/loop4`).answer(`${bb} swapoff /sysroot/swap`);
  expect(await leaveRoot(sys)).toMatchObject({ kind: 'done', detail: expect.stringContaining('kernel (loop4) holds /sysroot') });
});

test('leaveRoot() holds when the root can neither be unmounted nor made read-only', async () => {
  const sys = setMounts(new FakeSys(), toolboxTable(sysroot));
  sys.answer(`${bb} umount /sysroot`, { code: 1 }).answer(`${bb} mount -o remount,ro /sysroot`, { code: 255, stderr: 'mount: busy' });
  expect(await leaveRoot(sys, { signal: AbortSignal.abort() })).toEqual({
    kind: 'held',
    reason: 'cannot unmount /sysroot, and something stays writable',
    evidence: ['/sysroot: mount: busy', 'no holder found'],
    advice: [],
  });
});

test('leaveRoot() unmounts a disk in /run before /run is bound away', async () => {
  const sys = setMounts(new FakeSys(), rootTable(disk('/run/media')));
  for (const name of ['run', 'proc', 'sys', 'dev', 'sysroot']) sys.dir(`/run/lifeboot/${name}`);
  sys.answer(`${bb} umount /run/media`, {}, freed(rootTable())).answer(`${bb} mount -o rbind /run /run/lifeboot/run`, { code: 255 });
  expect(await leaveRoot(sys)).toMatchObject({
    kind: 'held',
    reason: 'cannot leave the root: mount -o rbind /run /run/lifeboot/run: exit 255',
  });
});

test('verifyLeft() names what is left', async () => {
  expect(await verifyLeft(setMounts(new FakeSys(), rootTable()))).toBe('the real root is still /');
  expect(await verifyLeft(setMounts(new FakeSys(), toolboxTable(sysroot)))).toBe('still mounted: /sysroot');
  expect(await verifyLeft(setMounts(new FakeSys(), toolboxTable()))).toBeUndefined();
});
