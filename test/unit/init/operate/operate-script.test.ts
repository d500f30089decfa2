import { expect, test } from 'vitest';
import { operateScript } from '../../../../src/init/operate/operate-script.ts';
import { operateContext } from '../../../../src/init/tier-phases.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';
import { contextOn } from '../context.ts';
import { paths } from '../scripted-runs.ts';

const newSys = () =>
  new FakeSys().dir('/etc/init.d').file('/etc/init.d/d', '#!/bin/sh\n', { mode: 0o755 }).dir(paths.scripts).dir(paths.output).dir('/run');

test('operateScript() is over and on record when something of our own goes wrong, so that nobody waits for ever', async () => {
  // Nothing is launchable here.
  const context = operateContext(await contextOn(newSys()));
  const outcome = await operateScript(context, { script: 'd', action: 'start', by: 'me' });
  expect(outcome).toMatchObject({ status: 'failed', exitCode: 1 });
  expect(context.state().operations).toMatchObject([{ script: 'd', outcome: { status: 'failed' } }]);
  expect(context.state().byHand).toMatchObject([{ name: 'd', status: 'failed', by: 'me' }]);
});

test('operateScript() refuses on the way down, and before there is a root', async () => {
  const boot = await contextOn(newSys());
  await boot.operator.requestEnding({ kind: 'reboot', by: 'test' });
  const request = { script: 'd', action: 'start', by: 'me' } as const;
  expect(await operateScript(operateContext(boot), request)).toEqual({ refused: 'the machine is on its way down', exitCode: 1 });
  expect(await operateScript(operateContext(await contextOn(new FakeSys())), request)).toEqual({
    refused: '/etc/init.d has no scripts: the root is not entered yet',
    exitCode: 1,
  });
});
