import { expect, test } from 'vitest';
import { judge, makeRows, spreadOf } from '../../../vm/bench/figures.ts';
import { formatNotes, formatTable } from '../../../vm/bench/format-table.ts';
import type { BootSample } from '../../../vm/bench/measure-boot.ts';

const quiet = (value: number) => ({ value, foreignCores: 0.02 });
const beside = (value: number) => ({ value, foreignCores: 0.9 });
const sample = (system: BootSample['system'], marks: Readonly<Record<string, number>>, foreignCores = 0): BootSample => ({
  system,
  kernelVersion: '6.1.0-56-cloud-amd64',
  busyBefore: 0.1,
  marks: Object.fromEntries(Object.entries(marks).map(([name, seconds]) => [name, { seconds, foreignCores }])),
});

test('spreadOf() leaves boots beside other work out of the median', () => {
  expect(spreadOf([quiet(10), beside(40), quiet(12)])).toEqual({ median: 11, min: 10, max: 12, count: 2, disturbed: false, leftOut: 1 });
});

test('spreadOf() counts disturbed boots, and says so, when there are no others', () => {
  expect(spreadOf([beside(40), beside(20), beside(30)])).toMatchObject({ median: 30, count: 3, disturbed: true, leftOut: 0 });
});

test('spreadOf() of nothing is undefined', () => {
  expect(spreadOf([])).toBeUndefined();
});

test('judge() takes the bounds as inclusive', () => {
  expect(judge(1.0, 1.3, 1.0)).toBe('aim');
  expect(judge(1.3, 1.3, 1.0)).toBe('required');
  expect(judge(1.31, 1.3, 1.0)).toBe('no');
  expect(judge(161, undefined, 160)).toBe('not the aim');
  expect(judge(5, undefined, undefined)).toBe('');
});

test('makeRows() compares medians with each peer', () => {
  const rows = makeRows(
    [
      sample('lifeboot', { rescue: 6, up: 27 }),
      sample('dropbear', { rescue: 6 }),
      sample('sysv', { up: 40 }),
      sample('systemd', { up: 30 }),
    ],
    undefined,
  );
  expect(rows.map(({ peer, ratio, met }) => [peer, ratio, met])).toEqual([
    ['dropbear', 1, 'aim'],
    ['sysv', 0.675, 'aim'],
    ['systemd', 0.9, 'required'],
  ]);
});

test('makeRows() leaves out what was not measured', () => {
  expect(
    makeRows([sample('lifeboot', { rescue: 6 })], { compressedMiB: 42, unpackedMiB: 150 }).map(({ figure, met }) => [figure, met]),
  ).toEqual([
    ['toolbox, compressed', 'not the aim'],
    ['toolbox, unpacked', 'aim'],
  ]);
});

test('formatTable() shows figures, bounds and what is met', () => {
  const samples = [sample('lifeboot', { rescue: 6.04 }), sample('lifeboot', { rescue: 7.04 }), sample('dropbear', { rescue: 5 }, 0.5)];
  const table = formatTable(makeRows(samples, undefined));
  expect(table).toMatch(
    /^QEMU start → rescue ssh banner +6\.5 s \(6\.0-7\.0\) +dropbear-initramfs +5\.0 s \* +1\.31x +≤ 1\.30x +≤ 1\.00x +no$/m,
  );
});

test('formatNotes() says when a figure is disturbed and when a boot went bad', () => {
  const samples = [{ ...sample('lifeboot', { rescue: 6 }, 0.5), verdict: 'bad (ssh: unhealthy)' }, sample('dropbear', { rescue: 5 })];
  const notes = formatNotes(samples, makeRows(samples, undefined), ['boot 3/4: no banner']).join('\n');
  expect(notes).toMatch(/^\* other work/);
  expect(notes).toContain('1 of 2 boots');
  expect(notes).toContain('verdict bad (ssh: unhealthy)');
  expect(notes).toContain('failed: boot 3/4: no banner');
});
