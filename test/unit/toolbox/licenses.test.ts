import { expect, test } from 'vitest';
import { findLicenses, licenseEntries, spdxId } from '../../../src/toolbox/licenses.ts';

test.each([
  ['GPL-2+', 'GPL-2.0-or-later'],
  ['GPL-2', 'GPL-2.0-only'],
  ['LGPL-2.1+', 'LGPL-2.1-or-later'],
  ['Expat', 'MIT'],
  ['BSD-3-clause', 'BSD-3-Clause'],
  ['GPL-2 with Linux-syscall-note exception', undefined],
  ['permissive', undefined],
])('spdxId() of %s is %s', (name, id) => {
  expect(spdxId(name)).toBe(id);
});

test('findLicenses() reads License fields and takes "and" and "or" apart', () => {
  expect(findLicenses('License: GPL-2+ or Expat\n text\n\nLicense: ISC\n')).toEqual(['Expat', 'GPL-2+', 'ISC']);
});

test('findLicenses() of a free-form file names the texts it points to, without guessing "only" or "or later"', () => {
  const names = findLicenses("can be found in `/usr/share/common-licenses/GPL-2'.");
  expect(names).toEqual(['GPL-2 (text referred to)']);
  expect(licenseEntries(names)).toEqual([{ license: { name: 'GPL-2 (text referred to)' } }]);
});

test('licenseEntries() lists identifiers once, before free names', () => {
  expect(licenseEntries(['own words', 'Expat', 'MIT'])).toEqual([{ license: { id: 'MIT' } }, { license: { name: 'own words' } }]);
});
