import { expect, test } from 'vitest';
import { stayReachable } from '../../../../src/rescue/network/stay-reachable.ts';
import { paths } from '../../../../src/sys/paths.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';

/** The addresses at each look, and how long it was waited for the machine's own each time the network was put right. */
async function verified(looks: readonly (readonly string[])[], state: object, machine = new FakeSys()): Promise<readonly unknown[]> {
  const sys = machine.file(paths.state, JSON.stringify(state));
  const stop = new AbortController();
  let look = 0;
  const waits: unknown[] = [];
  await stayReachable(
    sys,
    {
      state() {
        const addresses = looks[look] ?? [];
        look += 1;
        if (look >= looks.length) stop.abort();
        return { addresses, links: [], settled: true, problems: [] };
      },
      verify(waitMs) {
        waits.push(waitMs);
        return Promise.resolve({ outcome: 'restored', links: [] });
      },
    },
    stop.signal,
  );
  return waits;
}

const handedOver = { handedOver: { init: '/sbin/init', atMs: 1 } };

test('stayReachable() puts the network right once each time its addresses are lost', async () => {
  const there = ['10.0.2.15'];
  expect(await verified([there, [], [], ['fe80::1%eth0'], there, there, [], []], handedOver)).toEqual([30_000, 30_000]);
});

test('stayReachable() leaves a machine alone that lifeboot has itself', async () => {
  expect(await verified([['10.0.2.15'], [], []], {})).toEqual([]);
});

test.each([
  ['rc of sysvinit runs', new FakeSys().process({ pid: 900, ppid: 1, argv: ['/bin/sh', '/etc/init.d/rc', '0'] })],
  ['rc runs for a reboot', new FakeSys().process({ pid: 900, ppid: 1, argv: ['/etc/init.d/rc', '6'] })],
  ['nobody may log in any more', new FakeSys().file('/run/nologin', '')],
])('stayReachable() does not wait when the machine goes down: %s', async (_, sys) => {
  expect(await verified([['10.0.2.15'], [], ['10.0.2.15']], handedOver, sys)).toEqual([0]);
});

test('stayReachable() tries again on the way down, where the init may have ended what brings the addresses back', async () => {
  const sys = new FakeSys().file('/run/nologin', '');
  expect(await verified([['10.0.2.15'], [], [], ['10.0.2.15']], handedOver, sys)).toEqual([0, 0]);
});

test('stayReachable() waits for a machine that changes to another run level', async () => {
  const sys = new FakeSys().process({ pid: 900, ppid: 1, argv: ['/bin/sh', '/etc/init.d/rc', '2'] });
  expect(await verified([['10.0.2.15'], [], []], handedOver, sys)).toEqual([30_000]);
});
