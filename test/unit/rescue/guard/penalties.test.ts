import { describe, expect, test } from 'vitest';
import { createPenalties } from '../../../../src/rescue/guard/penalties.ts';

function penaltiesAt(mostMs = 60_000) {
  const clock = { nowMs: 1_000_000 };
  return { clock, penalties: createPenalties(() => clock.nowMs, mostMs) };
}

describe('createPenalties()', () => {
  test.each([
    ['nothing', 14, 15],
    ['refused', 2, 3],
    ['slow', 1, 2],
  ] as const)('serves a source with %s at once %i times, and late after %i', (offence, once, late) => {
    const { penalties } = penaltiesAt();
    for (let i = 0; i < once; i += 1) penalties.add('scanner', offence);
    expect(penalties.begin('scanner')).toBe(0);
    for (let i = once; i < late; i += 1) penalties.add('scanner', offence);
    expect(penalties.begin('scanner')).toBe(3000);
    expect(penalties.begin('operator')).toBe(0);
  });

  test('lets a health check pass that asks every second', () => {
    const { clock, penalties } = penaltiesAt();
    for (let i = 0; i < 100; i += 1) {
      expect(penalties.begin('check')).toBe(0);
      penalties.add('check', 'nothing');
      clock.nowMs += 1000;
    }
  });

  test('refuses a source only while five of it wait', () => {
    const { penalties } = penaltiesAt();
    for (let i = 0; i < 5; i += 1) penalties.add('scanner', 'slow');
    expect(Array.from({ length: 6 }, () => penalties.begin('scanner'))).toEqual([3000, 3000, 3000, 3000, 3000, undefined]);
    penalties.end('scanner');
    expect(penalties.begin('scanner')).toBe(3000);
  });

  test('ends by itself after its longest, however much was done', () => {
    const { clock, penalties } = penaltiesAt(60_000);
    for (let i = 0; i < 1000; i += 1) penalties.add('scanner', 'slow');
    clock.nowMs += 44_000;
    expect(penalties.begin('scanner')).toBe(3000);
    clock.nowMs += 16_001;
    expect(penalties.begin('scanner')).toBe(0);
  });

  test('forgives a source from where somebody logs in', () => {
    const { penalties } = penaltiesAt();
    for (let i = 0; i < 5; i += 1) penalties.add('bastion', 'refused');
    penalties.forgive('bastion');
    expect(penalties.begin('bastion')).toBe(0);
  });

  test('is off at 0', () => {
    const { penalties } = penaltiesAt(0);
    for (let i = 0; i < 50; i += 1) penalties.add('scanner', 'slow');
    expect([penalties.begin('scanner'), penalties.size]).toEqual([0, 0]);
  });

  test('keeps its table bounded', () => {
    const { penalties } = penaltiesAt();
    for (let i = 0; i < 20_000; i += 1) penalties.add(`source${i}`, 'slow');
    expect(penalties.size).toBe(4096);
  });
});
