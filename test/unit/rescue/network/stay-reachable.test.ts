import { expect, test } from 'vitest';
import { stayReachable } from '../../../../src/rescue/network/stay-reachable.ts';
import { paths } from '../../../../src/sys/paths.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';

/** The addresses at each look, and how often the network was put right. */
async function verified(looks: readonly (readonly string[])[], state: object): Promise<number> {
  const sys = new FakeSys().file(paths.state, JSON.stringify(state));
  const stop = new AbortController();
  let look = 0;
  let count = 0;
  await stayReachable(
    sys,
    {
      state() {
        const addresses = looks[look] ?? [];
        look += 1;
        if (look >= looks.length) stop.abort();
        return { addresses, links: [], settled: true, problems: [] };
      },
      verify() {
        count += 1;
        return Promise.resolve({ outcome: 'restored', links: [] });
      },
    },
    stop.signal,
  );
  return count;
}

const handedOver = { handedOver: { init: '/sbin/init', atMs: 1 } };

test('stayReachable() puts the network right once each time its addresses are lost', async () => {
  const there = ['10.0.2.15'];
  expect(await verified([there, [], [], ['fe80::1%eth0'], there, there, [], []], handedOver)).toBe(2);
});

test('stayReachable() leaves a machine alone that lifeboot has itself', async () => {
  expect(await verified([['10.0.2.15'], [], []], {})).toBe(0);
});
