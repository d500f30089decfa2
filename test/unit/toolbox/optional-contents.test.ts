import { expect, test } from 'vitest';
import { libraryPackages, programLinks, programPackages } from '../../../src/toolbox/contents.ts';
import { selectContents } from '../../../src/toolbox/optional-contents.ts';

test('selectContents() adds nothing unasked', () => {
  const contents = selectContents('');
  expect(contents).toMatchObject({
    programs: programPackages,
    libraries: libraryPackages.map(({ name }) => name),
    links: programLinks,
    words: [],
  });
  expect(contents.absent.map(({ soname }) => soname)).toContain('libcrypto.so.3');
});

test('selectContents() takes words in any order, once each', () => {
  expect(selectContents('xfs, btrfs,xfs').words).toEqual(['btrfs', 'xfs']);
  expect(selectContents('xfs,btrfs')).toEqual(selectContents('btrfs,xfs'));
});

test('selectContents() brings the real libcrypto with luks', () => {
  expect(selectContents('luks').absent.map(({ soname }) => soname)).not.toContain('libcrypto.so.3');
});

test('selectContents() names what it accepts', () => {
  expect(() => selectContents('zfs')).toThrow(/--with "zfs": accepted are xfs, btrfs, vfat, f2fs, mdadm, lvm, luks/);
});
