import fc from 'fast-check';
import { expect, test } from 'vitest';
import { safeJson } from '../../../src/sys/safe-json.ts';

test('safeJson() makes one line without control characters, of the same value', () => {
  expect(safeJson({ a: '\x1b[2J\x9b\u2028é' })).toBe('{"a":"\\u001b[2J\\u009b\\u2028é"}');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const line = safeJson([text]);
      expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/);
      expect(JSON.parse(line)).toEqual([text]);
    }),
  );
});
