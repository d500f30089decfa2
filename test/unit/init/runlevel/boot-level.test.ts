import { expect, test } from 'vitest';
import { bootLevelWord, bootRunlevel } from '../../../../src/init/runlevel/boot-level.ts';
import type { BootState, Round } from '../../../../src/sys/boot-state.ts';
import { splitCmdline } from '../../../../src/sys/cmdline-words.ts';

test.each([
  ['ro quiet', undefined],
  ['ro single', 'S'],
  ['ro s', 'S'],
  ['S ro', 'S'],
  ['ro 1', 'S'],
  ['ro 3', '3'],
  ['3 single', 'S'],
  ['single -- 5', '5'],
  ['panic=1 console=ttyS0 single=no 0 6 7', undefined],
])('bootLevelWord() of "%s" is %s', (text, level) => {
  expect(bootLevelWord(splitCmdline(text))).toBe(level);
});

test('bootRunlevel() is single user in the first boot of the kernel only, and never over a level that is there', () => {
  const single = { current: 'S', previous: 'N', multiUser: '2' };
  const round: Round = { count: 1, fsck: false };
  expect(bootRunlevel({} as BootState, 'S', 2)).toEqual(single);
  expect([bootRunlevel({} as BootState, '3', 3), bootRunlevel({ round } as BootState, 'S', 2)]).toEqual([undefined, undefined]);
  const left = { ...single, current: '2', previous: 'S' };
  expect(bootRunlevel({ runlevel: left } as BootState, 'S', 2)).toBe(left);
});
