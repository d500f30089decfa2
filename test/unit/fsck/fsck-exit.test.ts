import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeFsckExit, isUsable, readFsckExit } from '../../../src/fsck/fsck-exit.ts';

test('readFsckExit() reads bits, not values', () => {
  expect(readFsckExit(7)).toMatchObject({ clean: false, corrected: true, rebootWanted: true, uncorrected: true, operational: false });
  expect(readFsckExit(0)).toEqual({
    clean: true,
    corrected: false,
    rebootWanted: false,
    uncorrected: false,
    operational: false,
    usage: false,
    cancelled: false,
    library: false,
  });
});

test('isUsable() says yes to exactly 0, 1, 2 and 3', () => {
  const usable = Array.from({ length: 256 }, (_, code) => code).filter((code) => isUsable(readFsckExit(code)));
  expect(usable).toEqual([0, 1, 2, 3]);
});

test('isUsable() never says yes to a code outside one byte', () => {
  fc.assert(fc.property(fc.integer(), (code) => (code >= 0 && code < 256 ? true : !isUsable(readFsckExit(code)))));
});

test('describeFsckExit() names every bit that is set', () => {
  expect(describeFsckExit(readFsckExit(0))).toBe('clean');
  expect(describeFsckExit(readFsckExit(1 + 4))).toBe('errors were corrected; errors were left uncorrected');
  expect(describeFsckExit(readFsckExit(8 + 16 + 32 + 128))).toBe(
    'the check could not be done; the command line was wrong; the check was cancelled; a shared library failed',
  );
});
