import { expect, test } from 'vitest';
import { beginChange, endChange, formatLevel, levelOf, withWish } from '../../../../src/init/runlevel/level-state.ts';
import type { BootState } from '../../../../src/sys/boot-state.ts';

const booted = levelOf({} as BootState, 2);
const change = { by: 'telinit', stop: [], start: [], prepared: false };

test('levelOf() is the configured level, coming from none', () => {
  expect(formatLevel(booted)).toBe('N 2');
});

test('beginChange() keeps the level before, and the last one with services', () => {
  const one = endChange(beginChange(withWish(booted, '1', 'telinit'), change));
  const single = { ...beginChange(withWish(one, 'S', 'single'), change), single: { pid: 7, startTicks: 70 } };
  expect([formatLevel(one), formatLevel(single), single.multiUser]).toEqual(['2 1', '1 S', '2']);
  expect(beginChange(withWish(endChange(single), '3', 'telinit'), change)).toMatchObject({
    current: '3',
    previous: 'S',
    multiUser: '3',
    change,
  });
});

test('withWish() lets the newest wish count, and the level of now end it', () => {
  const wished = withWish(withWish(booted, '1', 'a'), '3', 'b');
  expect(wished.next).toEqual({ level: '3', by: 'b' });
  expect(withWish(wished, '2', 'c').next).toBeUndefined();
  expect(beginChange(booted, change)).toBe(booted);
});
