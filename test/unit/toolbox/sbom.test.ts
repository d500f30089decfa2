import { expect, test } from 'vitest';
import { debComponent, npmComponent, planSbom } from '../../../src/toolbox/sbom.ts';

const deb = {
  name: 'libstdc++6',
  version: '1:12.2-14',
  source: 'gcc-12',
  sourceVersion: '12.2-14',
  architecture: 'amd64',
  maintainer: 'GCC Maintainers',
  tree: '',
  file: '',
};

test('debComponent() names version, source package and where its source is kept', () => {
  const component = debComponent(deb, 'License: Expat\n', 'abc');
  expect(component.purl).toBe('pkg:deb/debian/libstdc%2B%2B6@1%3A12.2-14?arch=amd64');
  expect(component.externalReferences?.[0]).toEqual({
    type: 'source-distribution',
    url: 'https://snapshot.debian.org/package/gcc-12/12.2-14/',
  });
  expect(component.licenses).toEqual([{ license: { id: 'MIT' } }]);
});

test('npmComponent() carries the integrity of the lock file as a hash', () => {
  const component = npmComponent('node_modules/@a/b', { version: '1.0.0', license: 'ISC', integrity: 'sha512-AAEC' }, []);
  expect(component).toMatchObject({ name: '@a/b', purl: 'pkg:npm/%40a/b@1.0.0', hashes: [{ alg: 'SHA-512', content: '000102' }] });
});

test('npmComponent() refuses a package the lock file does not know', () => {
  expect(() => npmComponent('node_modules/x', undefined, [])).toThrow('package-lock.json has no node_modules/x');
});

test('planSbom() gives the same document for the same components and another serial number for others', () => {
  const component = debComponent(deb, '', 'abc');
  const serial = (hash: string) => (planSbom([{ ...component, version: hash }], '1', 0) as { serialNumber: string }).serialNumber;
  expect(serial('a')).toBe(serial('a'));
  expect(serial('a')).not.toBe(serial('b'));
  expect(serial('a')).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
});
