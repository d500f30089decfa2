import { expect, test } from 'vitest';
import { isNetworkScript } from '../../../src/init/network-scripts.ts';
import { script } from './scripted-runs.ts';

test.each<[string, readonly string[], boolean]>([
  ['networking', ['networking'], true],
  ['my-net', ['my-net', 'ifupdown'], true],
  ['ssh', ['sshd'], false],
])('isNetworkScript() of %s, which provides %j, is %s', (name, provides, expected) => {
  expect(isNetworkScript(script(name, { provides }))).toBe(expected);
});
