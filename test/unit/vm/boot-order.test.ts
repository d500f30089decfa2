import { expect, test } from 'vitest';
import { bootOrder } from '../../../vm/boot-order.ts';

const events = (...lines: readonly string[]) =>
  lines.map((line) => {
    const [subject = '', name = '', what = ''] = line.split(' ');
    return { subject, name, what };
  });
const one = [
  'tier a/S01 started',
  'script x started',
  'script y started',
  'script y done',
  'script x done',
  'tier a/S01 done',
  'phase tiers done',
];

test('bootOrder() is the same whichever script of a tier comes first, and another one when tiers change places', () => {
  const other = ['tier a/S01 started', 'script y started', 'script x started', 'tier a/S01 done', 'phase tiers done'];
  expect(bootOrder(events(...one))).toEqual(['a/S01: x y', 'tiers']);
  expect(bootOrder(events(...other))).toEqual(bootOrder(events(...one)));
  const moved = [
    'tier a/S01 started',
    'script x started',
    'tier a/S01 done',
    'tier a/S02 started',
    'script y started',
    'tier a/S02 done',
    'phase tiers done',
  ];
  expect(bootOrder(events(...moved))).not.toEqual(bootOrder(events(...one)));
});
