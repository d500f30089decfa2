import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isWarned, parseWhen, untilNextStep, warningText } from '../../../../src/init/shutdown/plan-shutdown.ts';

const noon = new Date(2026, 10, 24, 12, 0, 30);
const minutes = (count: number) => count * 60_000;

test.each([
  ['now', 0],
  ['+0', 0],
  ['+5', minutes(5)],
  ['90', minutes(90)],
  ['12:01', 30_000],
  ['23:30', minutes(11 * 60 + 30) - 30_000],
  // Tomorrow.
  ['12:00', minutes(24 * 60) - 30_000],
  ['0:05', minutes(12 * 60 + 5) - 30_000],
])('parseWhen() reads %s as shutdown(8) does', (word, ms) => {
  expect(parseWhen(word, noon)).toBe(ms);
});

test.each(['', 'noon', '+', '-5', '+5m', '24:00', '12:60', '12:5', '+9999999', '999999', '1e3'])('parseWhen() refuses %j', (word) => {
  expect(parseWhen(word, noon)).toBeUndefined();
});

test('isWarned() speaks more and more often, as sysvinit does', () => {
  const warned = Array.from({ length: 400 }, (_, minute) => minute).filter(isWarned);
  expect(warned).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 30, 45, 60, 90, 120, 150, 180, 240, 300, 360]);
});

test('untilNextStep() comes to the end in finite steps, each of them a warning', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: minutes(3000) }), (start) => {
      let left = start;
      for (let steps = 0; left > 0; steps += 1) {
        const step = untilNextStep(left);
        expect(step).toBeGreaterThan(0);
        left -= step;
        expect(left % 60_000).toBe(0);
        expect(isWarned(left / 60_000)).toBe(true);
        expect(steps).toBeLessThan(100);
      }
      expect(left).toBe(0);
    }),
  );
});

test('warningText() says when, what, who and why', () => {
  const plan = { kind: 'poweroff', by: 'lifeboot poweroff', atMs: 0, message: 'a new fan' } as const;
  expect(warningText(plan, minutes(5))).toBe('a new fan\nThe machine is going down in 5 minutes (poweroff, asked by lifeboot poweroff).');
  expect(warningText({ kind: 'halt', by: 'x', atMs: 0 }, 59_000)).toBe('The machine is going down in 1 minute (halt, asked by x).');
});
