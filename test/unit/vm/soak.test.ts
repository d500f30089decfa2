import fc from 'fast-check';
import { expect, test } from 'vitest';
import { faultOfRecording } from '../../../vm/soak/own-files.ts';
import { planCuts } from '../../../vm/soak/plan-cuts.ts';

test('planCuts() has the same moments for the same seed, and shares from 0 up to 1', () => {
  fc.assert(
    fc.property(fc.nat(200), fc.nat(), (count, seed) => {
      const cuts = planCuts(count, seed);
      expect(cuts).toEqual(planCuts(count, seed));
      expect(cuts).toHaveLength(count);
      expect(cuts.every(({ share }) => share >= 0 && share < 1)).toBe(true);
    }),
  );
});

test('planCuts() hits every moment, the boot most', () => {
  const count = (moment: string) => planCuts(1000, 7).filter((cut) => cut.moment === moment).length;
  expect(count('boot')).toBeGreaterThan(count('steady'));
  expect(count('steady')).toBeGreaterThan(count('shutdown'));
  expect(count('shutdown')).toBeGreaterThan(100);
});

test.for([
  ['{"version":2}\n[0.1,"o","x"]\n', undefined],
  ['{"version":2}\n', undefined],
  ['', 'it is empty'],
  ['{"version":2}\n[0.1,"o"', 'its last line is cut off'],
  ['{"version":1}\n', 'line 1 is none of a recording: "{\\"version\\":1}"'],
  ['{"version":2}\n\0\0\0\n', 'line 2 is none of a recording: "\\u0000\\u0000\\u0000"'],
  ['{"version":2}\nnull\n', 'line 2 is none of a recording: "null"'],
] as const)('faultOfRecording() sees what a power cut would leave: %j', ([text, fault]) => {
  expect(faultOfRecording(text)).toBe(fault ?? undefined);
});
