import { expect, test } from 'vitest';
import { createTrialControl } from '../../../../../src/init/races/force/trial-control.ts';
import { scriptPaths } from '../../../../../src/init/script-paths.ts';
import type { Message } from '../../../../../src/sys/sys.ts';
import { FakeSys } from '../../../../fake/fake-sys.ts';

test('createTrialControl() has a boot wait once for an explorer that is not there, not at every tier', async () => {
  const said: Message[] = [];
  const { barrier } = createTrialControl({
    sys: new FakeSys(),
    paths: scriptPaths,
    holds: { program: '/bin/call-hold', directory: '/run/holds' },
    port: { send: async (message) => void said.push(message), next: async () => undefined },
    observer: { begin: async () => undefined, started: () => undefined, facts: async () => ({}) },
    perturb: async () => [],
  });
  for (const name of ['rcS.d/S01', 'rcS.d/S02', 'rc2.d/S01']) {
    expect(await barrier({ name, runlevel: '2', scripts: [] })).toBeUndefined();
  }
  expect(await barrier()).toBeUndefined();
  expect(said.map(({ op, tier }) => `${op} ${tier}`)).toEqual(['barrier rcS.d/S01']);
});
