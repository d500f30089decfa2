import { expect, test } from 'vitest';
import { enterRoot, planEnter, planTidy, verifyEntered } from '../../../src/fsck/enter-root.ts';
import { parseMountinfo } from '../../../src/sys/mountinfo.ts';
import { FakeSys } from '../../fake/fake-sys.ts';
import { rootTable, setMounts, sysroot, toolboxTable } from './mount-table.ts';

const bb = '/run/lifeboot/bin/busybox';
const words = (steps: ReturnType<typeof planEnter>) =>
  steps.map(({ argv, cwd }) => `${argv.slice(1).join(' ')}${cwd === undefined ? '' : ` in ${cwd}`}`);
const leftovers = ['run', 'proc', 'sys', 'dev'].map((name) => ({ at: `/run/lifeboot/${name}` }));
const mountPoints = (sys: FakeSys) => {
  for (const name of ['run', 'proc', 'sys', 'dev']) sys.dir(`/sysroot/${name}`);
  return sys.file(bb, '');
};

test('planEnter() binds first, detaches nothing in use, pivots last', () => {
  expect(words(planEnter(parseMountinfo(toolboxTable(sysroot))))).toEqual([
    'mount -o rbind /run /sysroot/run',
    'mount -o rbind /proc /sysroot/proc',
    'mount -o rbind /sys /sysroot/sys',
    'mount -o rbind /dev /sysroot/dev',
    'pivot_root . run/lifeboot in /sysroot',
  ]);
});

test('planEnter() binds anew what an agent that died had bound', () => {
  const mounts = parseMountinfo(toolboxTable(sysroot, { at: '/sysroot/run' }, { at: '/sysroot/run/lifeboot', device: '0:30' }));
  expect(words(planEnter(mounts)).slice(0, 2)).toEqual(['umount -l /sysroot/run', 'mount -o rbind /run /sysroot/run']);
});

test('planEnter() makes shared mounts private before anything else', () => {
  expect(words(planEnter(parseMountinfo(toolboxTable({ ...sysroot, propagation: 'shared:1' }))))[0]).toBe('mount --make-rprivate /');
});

test("planTidy() detaches the toolbox's own four in one call, and leaves an operator's mounts", () => {
  const mounts = parseMountinfo(rootTable(...leftovers, { at: '/run/lifeboot/dev/pts' }, { at: '/run/lifeboot/mnt', device: '8:1' }));
  expect(words(planTidy(mounts))).toEqual(['umount -l /run/lifeboot/run /run/lifeboot/proc /run/lifeboot/sys /run/lifeboot/dev']);
  expect(planTidy(parseMountinfo(rootTable()))).toEqual([]);
});

test('enterRoot() only tidies up when the pivot is done already', async () => {
  const sys = mountPoints(setMounts(new FakeSys(), rootTable(...leftovers)));
  sys.answer(`${bb} umount -l ${leftovers.map(({ at }) => at).join(' ')}`);
  expect(await enterRoot(sys)).toEqual({ kind: 'done', detail: '/dev/vda1 is the root' });
});

test('enterRoot() stops at the first step that fails, and shows it', async () => {
  const sys = mountPoints(setMounts(new FakeSys(), toolboxTable(sysroot)));
  sys
    .answer(`${bb} mount -o rbind /run /sysroot/run`)
    .answer(`${bb} mount -o rbind /proc /sysroot/proc`, { code: 255, stderr: 'mount: Permission denied' });
  expect(await enterRoot(sys)).toMatchObject({
    kind: 'held',
    reason: 'cannot enter the root: mount -o rbind /proc /sysroot/proc: exit 255',
    evidence: [`${bb} mount -o rbind /proc /sysroot/proc: exit 255`, 'mount: Permission denied'],
  });
  expect(sys.ran).toHaveLength(2);
});

test('enterRoot() holds when nothing is mounted, and when a mount point cannot be made', async () => {
  expect(await enterRoot(setMounts(new FakeSys(), toolboxTable()))).toMatchObject({
    reason: 'cannot enter the root: nothing is mounted at /sysroot',
  });
  const sys = mountPoints(setMounts(new FakeSys(), toolboxTable(sysroot)));
  await sys.remove('/sysroot/sys');
  sys.fail('mkdir /sysroot/sys', 'EROFS');
  expect(await enterRoot(sys)).toMatchObject({ advice: [{ command: 'mkdir /sysroot/sys', does: 'makes the mount point' }] });
  expect(sys.ran).toEqual([]);
});

test('verifyEntered() looks at what / is', async () => {
  expect(await verifyEntered(setMounts(new FakeSys(), toolboxTable(sysroot)))).toBe('the toolbox is still the root');
  expect(await verifyEntered(setMounts(new FakeSys(), rootTable()))).toBeUndefined();
});
