import { expect, test } from 'vitest';
import { type InitctlAction, type InitctlEnvironment, planInitRequest, watchInitctl } from '../../../src/init/initctl.ts';
import type { FifoReader } from '../../../src/sys/fifo.ts';
import { FakeSys } from '../../fake/fake-sys.ts';
import { initRequestBytes } from '../../fake/init-request-bytes.ts';

const plan = (runlevel: string, environment: InitctlEnvironment = {}, defaults?: string) =>
  planInitRequest({ kind: 'runlevel', runlevel, sleepSeconds: 3 }, environment, defaults);

test.each<[string, string, InitctlEnvironment, string | undefined, string]>([
  ['6', 'reboots', { INIT_HALT: 'HALT' }, undefined, 'reboot'],
  ['0', 'powers off when nobody says otherwise', {}, undefined, 'poweroff'],
  ['0', 'halts after shutdown -H', { INIT_HALT: 'HALT' }, undefined, 'halt'],
  ['0', 'powers off after shutdown -P in spite of the default', { INIT_HALT: 'POWEROFF' }, 'HALT=halt', 'poweroff'],
  ['0', "follows Debian's default", {}, '# comment\nHALT=poweroff\nHALT="halt"\n', 'halt'],
])('planInitRequest() on run level %s %s', (runlevel, _criterion, environment, defaults, ending) => {
  expect(plan(runlevel, environment, defaults)).toEqual({ do: 'end', ending, by: `initctl run level ${runlevel}`, graceMs: 3000 });
});

test('planInitRequest() reads inittab again on telinit q, and only says what it does not do', () => {
  expect(plan('Q').do).toBe('reload');
  for (const level of ['1', 'S', '2', '5']) expect(plan(level)).toEqual({ do: 'level', level, by: 'telinit' });
  for (const runlevel of ['U', '7', 'A']) expect(plan(runlevel).do).toBe('say');
  expect(planInitRequest({ kind: 'power', power: 'failing' }, {}, undefined)).toEqual({ do: 'power', power: 'failing' });
});

test('watchInitctl() makes the FIFO, takes requests in order and survives garbage', async () => {
  const sys = new FakeSys().answer('/run/lifeboot/bin/busybox mkfifo -m 600 /run/initctl');
  const actions: InitctlAction[] = [];
  const ended = Promise.withResolvers<void>();
  const reader = await open(sys, (action) => {
    actions.push(action);
    if (action.do === 'end') ended.resolve();
  });
  reader.onData(Buffer.from('hello'));
  reader.onData(initRequestBytes({ command: 1, runlevel: 'Q' }));
  reader.onData(initRequestBytes({ command: 6, data: 'INIT_HALT=HALT\0' }));
  reader.onData(initRequestBytes({ command: 1, runlevel: '0', sleepSeconds: 5 }));
  await ended.promise;
  expect(sys.ran).toEqual(['/run/lifeboot/bin/busybox mkfifo -m 600 /run/initctl']);
  expect(actions).toEqual([
    { do: 'say', text: expect.stringContaining('"5 bytes"') },
    { do: 'reload', by: 'initctl run level Q' },
    { do: 'end', ending: 'halt', by: 'initctl run level 0', graceMs: 5000 },
  ]);
});

test('watchInitctl() keeps a FIFO that is there and replaces anything else', async () => {
  const there = new FakeSys().special('/run/initctl', 'fifo');
  await open(there, () => undefined);
  expect(there.journal).toEqual([]);
  const file = new FakeSys().file('/run/initctl', 'x').answer('/run/lifeboot/bin/busybox mkfifo -m 600 /run/initctl');
  await open(file, () => undefined);
  expect(file.journal).toEqual(['remove /run/initctl', 'run /run/lifeboot/bin/busybox mkfifo -m 600 /run/initctl']);
});

test('watchInitctl() throws when the FIFO cannot be made', async () => {
  const sys = new FakeSys().answer('/run/lifeboot/bin/busybox mkfifo -m 600 /run/initctl', { code: 1, stderr: 'mkfifo: No space left' });
  await expect(open(sys, () => undefined)).rejects.toThrow('No space left');
});

/** Watches a FIFO that the test writes into through the reader it gets. */
async function open(sys: FakeSys, onAction: (action: InitctlAction) => void): Promise<FifoReader> {
  const opened = Promise.withResolvers<FifoReader>();
  await watchInitctl(sys, {
    onAction,
    open: async (reader) => {
      await reader.make();
      opened.resolve(reader);
      return { [Symbol.asyncDispose]: async () => undefined };
    },
  });
  return opened.promise;
}
