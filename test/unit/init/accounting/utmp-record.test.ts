import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeUtmp, encodeUtmp, type UtmpRecord } from '../../../../src/init/accounting/utmp-record.ts';

const narrow = { bytes: 384, seconds: 340, wide: false };
const wide = { bytes: 400, seconds: 344, wide: true };
const text = (maxLength: number) => fc.string({ maxLength, unit: fc.constantFrom('a', 'Z', '~', '9', '/') });
const records: fc.Arbitrary<UtmpRecord> = fc.record({
  type: fc.integer({ min: 0, max: 9 }),
  pid: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  line: text(32),
  id: text(4),
  user: text(32),
  host: text(256),
  atMs: fc.integer({ min: 0, max: (2 ** 32 - 1) * 1000 }),
});

test('encodeUtmp() lays the fields out as glibc on x86-64 (utmp(5))', () => {
  const bytes = encodeUtmp({ type: 1, pid: 0x4e32, line: '~', id: '~~', user: 'runlevel', host: '6.1.0', atMs: 1_795_556_018_123 }, narrow);
  expect(bytes).toHaveLength(384);
  expect(bytes.subarray(0, 8).toString('hex')).toBe('01000000324e0000');
  expect([bytes.toString('latin1', 8, 9), bytes.toString('latin1', 40, 42), bytes.toString('latin1', 44, 52)]).toEqual([
    '~',
    '~~',
    'runlevel',
  ]);
  expect([bytes.readUInt32LE(340), bytes.readUInt32LE(344)]).toEqual([1_795_556_018, 123_000]);
});

test.each([['narrow', narrow] as const, ['wide', wide] as const])('decodeUtmp() reads every record that was encoded, %s', (_, layout) => {
  fc.assert(
    fc.property(fc.array(records, { maxLength: 5 }), fc.integer({ min: 0, max: 383 }), (all, torn) => {
      const bytes = Buffer.concat([...all.map((record) => encodeUtmp(record, layout)), Buffer.alloc(torn)]);
      expect(decodeUtmp(bytes, layout)).toEqual(all);
    }),
  );
});

test('encodeUtmp() cuts what does not fit', () => {
  const long = { type: 7, pid: 1, line: 'x'.repeat(40), id: '12345', user: 'u', host: '', atMs: 0 };
  expect(decodeUtmp(encodeUtmp(long, narrow), narrow)).toEqual([{ ...long, line: 'x'.repeat(32), id: '1234' }]);
});
