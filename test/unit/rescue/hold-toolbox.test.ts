import { expect, test } from 'vitest';
import { holdToolbox } from '../../../src/rescue/hold-toolbox.ts';
import { paths } from '../../../src/sys/paths.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

const state = (status: string) => JSON.stringify({ phases: [{ name: 'enter-root', status }] });

test('holdToolbox() binds its socket when the root is entered, and not before: until then the path is another mount', async () => {
  const sys = new FakeSys().file(paths.state, state('running'));
  const held = holdToolbox(sys, '/run/lifeboot/rescue.sock.hold');
  await sys.clock.advance(5_000);
  expect(sys.journal).toEqual([]);
  sys.file(paths.state, state('done'));
  await sys.clock.advance(1_000);
  await held;
  expect(sys.journal).toEqual(['serve /run/lifeboot/rescue.sock.hold']);
});
