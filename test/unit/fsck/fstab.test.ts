import fc from 'fast-check';
import { expect, test } from 'vitest';
import { kernelOptions, parseFstab, wantsReadOnly } from '../../../src/fsck/fstab.ts';

test('parseFstab() reads fields, comments, tabs and escapes', () => {
  const text = '# root\n/dev/vda1 / ext4 errors=remount-ro 0 1\n\nLABEL=my\\040disk\t/srv/a\\040b\txfs\n  none swap swap sw\n';
  const { entries, problems } = parseFstab(text, '/etc/fstab');
  expect(problems).toEqual([]);
  expect(entries).toEqual([
    { source: '/dev/vda1', mountPoint: '/', fsType: 'ext4', options: ['errors=remount-ro'], pass: 1, line: 2 },
    { source: 'LABEL=my disk', mountPoint: '/srv/a b', fsType: 'xfs', options: ['defaults'], pass: 0, line: 4 },
    { source: 'none', mountPoint: 'swap', fsType: 'swap', options: ['sw'], pass: 0, line: 5 },
  ]);
});

test.each([
  ['/dev/vda1', 'has 1 of at least 3 fields'],
  ['/dev/vda1 / ', 'has 2 of at least 3 fields'],
  ['/dev/vda1 srv ext4', 'mount point srv does not begin with /'],
  ['/dev/vda1 / ext4 defaults zero 1', 'fifth field zero is not a number'],
  ['/dev/vda1 / ext4 defaults 0 one', 'sixth field one is not a number'],
])('parseFstab() reports %j with file, line and value', (text, message) => {
  const { entries, problems } = parseFstab(`\n${text}\n`, '/etc/fstab');
  expect(entries).toEqual([]);
  expect(problems).toEqual([expect.objectContaining({ file: '/etc/fstab', line: 2, value: text.trim(), message })]);
});

test('parseFstab() takes any text without throwing, and accounts for every line', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const { entries, problems } = parseFstab(text, 'f');
      return entries.length + problems.length <= text.split('\n').length;
    }),
  );
});

test('kernelOptions() drops what mount(2) does not know', () => {
  expect(kernelOptions('defaults,rw,nofail,_netdev,x-systemd.device-timeout=5,noatime,errors=remount-ro,ro,'.split(','))).toEqual([
    'noatime',
    'errors=remount-ro',
  ]);
});

test('wantsReadOnly() lets the last word count', () => {
  expect(wantsReadOnly(['ro'])).toBe(true);
  expect(wantsReadOnly(['ro', 'rw'])).toBe(false);
  expect(wantsReadOnly(['defaults'])).toBe(false);
});
