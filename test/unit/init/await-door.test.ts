import { expect, test } from 'vitest';
import { awaitDoor } from '../../../src/init/await-door.ts';
import { paths } from '../../../src/sys/paths.ts';
import { FakeSys } from '../../fake/fake-sys.ts';
import { contextOn } from './context.ts';

const rescue = (patch: object): string =>
  JSON.stringify({ listening: true, settled: true, port: 2222, sshCommands: ['ssh -p 2222 root@10.0.2.15'], ...patch });

test('awaitDoor() is done when rescue listens and has an address', async () => {
  const context = await contextOn(new FakeSys().file(paths.rescueState, rescue({})));
  expect(await awaitDoor(context)).toEqual({ kind: 'done', detail: 'ssh -p 2222 root@10.0.2.15' });
});

test('awaitDoor() does not wait for an address that cannot come', async () => {
  const context = await contextOn(new FakeSys().file(paths.rescueState, rescue({ sshCommands: [] })));
  expect(await awaitDoor(context)).toEqual({ kind: 'done', detail: 'port 2222, no address' });
});

for (const [what, patch] of [
  ['listen', { listening: false }],
  ['settle its network', { settled: false }],
] as const) {
  test(`awaitDoor() gives rescue its time to ${what}, and no more`, async () => {
    const sys = new FakeSys().file(paths.rescueState, rescue(patch));
    const context = await contextOn(sys);
    const startedMs = sys.uptimeMs();
    expect(await awaitDoor(context)).toMatchObject({ kind: 'held' });
    expect(sys.uptimeMs() - startedMs).toBe(20_000);
  });
}
