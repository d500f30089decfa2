import { expect, test } from 'vitest';
import { sourceOf } from '../../../../src/rescue/guard/source.ts';

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80::1%eth0'],
  ['unknown', 'unknown'],
])('sourceOf(%s) is %s', (address, source) => {
  expect(sourceOf(address)).toBe(source);
});
