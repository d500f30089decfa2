import { expect, test } from 'vitest';
import { freeCopies, planFree } from '../../../../src/fsck/root/free-copies.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';

const TOOLBOX = '/run/lifeboot';
const BUSYBOX = `${TOOLBOX}/bin/busybox`;
const words = (steps: ReturnType<typeof planFree>) => steps.map(({ argv }) => argv.slice(1).join(' '));
const [mv, ln, rm] = [
  `mv ${TOOLBOX}/lib/modules ${TOOLBOX}/lib/modules.old`,
  `ln -s ../sysroot/lib/modules ${TOOLBOX}/lib/modules`,
  `rm -rf ${TOOLBOX}/lib/modules.old`,
];

test.each([
  ['directory', false, [mv, ln, rm]],
  ['absent', true, [ln, rm]],
  ['link', true, [rm]],
  ['link', false, []],
  ['absent', false, []],
] as const)('planFree() of a %s, moved aside: %j', (place, aside, steps) => {
  expect(words(planFree('lib/modules', place, aside))).toEqual(steps);
});

test('freeCopies() keeps our modules while the root has none for this kernel', async () => {
  const sys = new FakeSys().file('/proc/sys/kernel/osrelease', '6.1.0\n').dir(`${TOOLBOX}/lib/modules`);
  expect(await freeCopies(sys)).toBe('our modules stay: the root has no /lib/modules/6.1.0/modules.dep');
  expect(sys.ran).toEqual([]);
});

test('freeCopies() makes links of the copies, and says why when it cannot', async () => {
  const machine = () =>
    new FakeSys().file('/proc/sys/kernel/osrelease', '6.1.0\n').dir(`${TOOLBOX}/lib/modules`).file('/lib/modules/6.1.0/modules.dep', '');
  const sys = machine();
  for (const step of [mv, ln, rm]) sys.answer(`${BUSYBOX} ${step}`);
  expect(await freeCopies(sys)).toBe("drivers come from the root's own modules now");
  const broken = machine().answer(`${BUSYBOX} ${mv}`, { code: 1, stderr: 'mv: no\n' });
  expect(await freeCopies(broken)).toMatch(/^our modules stay: .*mv: no$/);
});
