import { expect, test } from 'vitest';
import { bundledPackages } from '../../../src/toolbox/bundle.ts';

test('bundledPackages() finds scoped and nested packages, and nothing of our own', () => {
  const ids = [
    '/c/src/main.ts',
    '/c/node_modules/ssh2/lib/server.js',
    '/c/node_modules/@a/b/x.js',
    '/c/node_modules/a/node_modules/b/i.js',
    '\0virtual',
  ];
  expect(bundledPackages(ids, '/c')).toEqual(['node_modules/@a/b', 'node_modules/a/node_modules/b', 'node_modules/ssh2']);
});
