import { expect, test } from 'vitest';
import { programPackages } from '../../../src/toolbox/contents.ts';
import { withPaths } from '../../../src/toolbox/replace-paths.ts';

test('withPaths() replaces every path, and what follows stays where it was', () => {
  expect(withPaths('\0/var/lib/a/duid\0\xff/var/lib/a\0', { '/var/lib/a': '/run/own/$' })).toBe('\0/run/own/$/duid\0\xff/run/own/$\0');
});

test('withPaths() refuses a path of another length, and one that is not there', () => {
  expect(() => withPaths('\0/var/a\0', { '/var/a': '/run/ab' })).toThrow('/run/ab is not as long as /var/a');
  expect(() => withPaths('\0/var/b\0', { '/var/a': '/run/a' })).toThrow('the program holds no /var/a');
});

test('the contents of the toolbox replace paths by such that are as long', () => {
  const pairs = programPackages.flatMap(({ paths = {} }) => Object.entries(paths));
  expect(pairs.length).toBeGreaterThan(0);
  for (const [from, to] of pairs) expect(to).toHaveLength(from.length);
});
