import { expect, test } from 'vitest';
import { debCache, parseControl, parsePolicy } from '../../../src/toolbox/debs.ts';

test('parsePolicy() reads candidates and leaves out packages nobody offers', () => {
  const text = [
    'libc6:',
    '  Installed: (none)',
    '  Candidate: 2.36-9',
    '  Version table:',
    'nope:',
    '  Candidate: (none)',
    'mount:',
    '  Candidate: 2.38',
  ];
  expect([...parsePolicy(text.join('\n'))]).toEqual([
    ['libc6', '2.36-9'],
    ['mount', '2.38'],
  ]);
});

test('parseControl() takes source name and version apart, and fills them in when they are the package’s own', () => {
  const shared = 'Version: 12.2.0-14\nArchitecture: amd64\nMaintainer: M <m@example.org>\n';
  expect(parseControl(`Package: libgcc-s1\nSource: gcc-12 (12.2.0-13)\n${shared}`)).toMatchObject({
    source: 'gcc-12',
    sourceVersion: '12.2.0-13',
  });
  expect(parseControl(`Package: less\n${shared}`)).toMatchObject({ source: 'less', sourceVersion: '12.2.0-14' });
});

test('parseControl() keeps Built-Using, which names what is linked in statically', () => {
  expect(parseControl('Package: busybox-static\nVersion: 1\nBuilt-Using: glibc (= 2.36-9)').builtUsing).toBe('glibc (= 2.36-9)');
});

test('debCache() follows LIFEBOOT_CACHE, XDG_CACHE_HOME, HOME in this order', () => {
  expect(debCache({ LIFEBOOT_CACHE: '/c', XDG_CACHE_HOME: '/x', HOME: '/h' })).toBe('/c/debs');
  expect(debCache({ XDG_CACHE_HOME: '/x', HOME: '/h' })).toBe('/x/lifeboot/debs');
  expect(debCache({ XDG_CACHE_HOME: '', HOME: '/h' })).toBe('/h/.cache/lifeboot/debs');
});
