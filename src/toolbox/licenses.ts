/** Licence names, as Debian and npm write them, made into SPDX identifiers where that is certain. Pure. */

/** Short names of Debian's copyright format 1.0 that differ from SPDX in more than `+` or case. */
const SPDX: Readonly<Record<string, string>> = {
  apache2: 'Apache-2.0',
  'apache-2': 'Apache-2.0',
  'apache-2.0': 'Apache-2.0',
  artistic: 'Artistic-1.0-Perl',
  beerware: 'Beerware',
  'bsd-2-clause': 'BSD-2-Clause',
  'bsd-2-clause-netbsd': 'BSD-2-Clause',
  'bsd-3-clause': 'BSD-3-Clause',
  'bsd-4-clause': 'BSD-4-Clause',
  'bsd-4-clause-uc': 'BSD-4-Clause-UC',
  'cc0-1.0': 'CC0-1.0',
  expat: 'MIT',
  isc: 'ISC',
  mit: 'MIT',
  x11: 'X11',
  unlicense: 'Unlicense',
  zlib: 'Zlib',
};
const GNU = /^(A?GPL|LGPL|GFDL)-(\d)(?:\.(\d))?(\+)?$/i;

/** `GPL-2+` is `GPL-2.0-or-later`; undefined for a name SPDX has no certain word for. */
export function spdxId(name: string): string | undefined {
  const gnu = GNU.exec(name);
  if (gnu === null) return SPDX[name.toLowerCase()];
  const [, family = '', major, minor = '0', later] = gnu;
  return `${family.toUpperCase()}-${major}.${minor}-${later === undefined ? 'only' : 'or-later'}`;
}

/**
 * Licences a Debian copyright file names, sorted, once each: its `License:` fields, or in a file of the old free form the texts of
 * /usr/share/common-licenses it points to. They are those of the whole source package, of which the toolbox has a part.
 */
export function findLicenses(copyright: string): readonly string[] {
  const fields = [...copyright.matchAll(/^License:[ \t]*(\S.*)$/gm)].flatMap(([, text = '']) =>
    text.split(/\s+(?:and|or|and\/or)\s+|,\s*/i),
  );
  const names = fields.map((name) => name.replace(/^(?:and|or)\s+/i, '').trim()).filter((name) => name !== '');
  if (names.length > 0) return [...new Set(names)].sort();
  const pointed = [...copyright.matchAll(/common-licenses\/([A-Z][A-Za-z]*(?:-\d+(?:\.\d+)?)?)/g)].map(([, name = '']) => name);
  // Which text is known, "only" or "or later" is not: no SPDX identifier may be made of it.
  return [...new Set(pointed)].sort().map((name) => `${name} (text referred to)`);
}

export type LicenseEntry = { readonly license: { readonly id: string } | { readonly name: string } };

/** The entries of a CycloneDX `licenses` list: an SPDX identifier where there is one, the name as written where not. */
export function licenseEntries(names: readonly string[]): readonly LicenseEntry[] {
  const ids = new Set<string>();
  const others = new Set<string>();
  for (const name of names) {
    const id = spdxId(name);
    if (id === undefined) others.add(name);
    else ids.add(id);
  }
  return [...[...ids].sort().map((id) => ({ license: { id } })), ...[...others].sort().map((name) => ({ license: { name } }))];
}
