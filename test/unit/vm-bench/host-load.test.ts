import { expect, test } from 'vitest';
import { parseBusySeconds, parseProcessSeconds } from '../../../vm/bench/host-load.ts';

test('parseBusySeconds() counts everything but idle and iowait, and guest time only once', () => {
  const stat = 'cpu  100 20 30 4000 500 6 7 8 90 9\ncpu0 1 2 3 4 5 6 7 8 9 10\n';
  expect(parseBusySeconds(stat)).toBeCloseTo(1.71);
});

test('parseProcessSeconds() is not misled by the name of the process', () => {
  const stat = '4321 (qemu) S (x) R 1 4321 4321 0 -1 4194304 100 0 0 0 250 50 7 8 20 0 4 0';
  expect(parseProcessSeconds(stat)).toBeCloseTo(3);
});
