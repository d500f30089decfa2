import { describe, expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import type { RouteMessage } from '../../../../../src/init/races/trace/trace.ts';
import { type Actor, boot } from './boot.ts';

type Two = (a: Actor, b: Actor) => void;
const findings = (two: Two) => analyse([boot((begin) => two(started(begin('rc2.d/S01', 'a')), started(begin('rc2.d/S01', 'b'))))]).findings;
const found = (two: Two) => findings(two).map(({ type, scripts }) => `${type} ${scripts.join(' ')}`);
const objects = (two: Two) => findings(two).flatMap(({ witnesses }) => witnesses.map(({ type, object }) => `${type} ${object}`));
const started = (script: Actor): Actor => script.exec(`/etc/init.d/${script.pid}`);

const [EEXIST, ENODEV, ESRCH, EINVAL, ENETUNREACH] = [-17, -19, -3, -22, -101];
const FD = 3;
type Said = Partial<RouteMessage> & Pick<RouteMessage, 'about' | 'does'>;

/** One message by a program of its own, `ip(8)`; `heard`: its answer goes into a pipe of the script. */
function ip(script: Actor, message: Said, { result = 0, heard = false } = {}): void {
  script.run('ip', (tool) => {
    if (heard) tool.call('dup', { fd: FD, result: 1 });
    tool.call('netlink', { message: { isDump: false, ...message }, result });
  });
}
const address = (change: Partial<Said> = {}): Said => ({
  about: 'address',
  does: 'make',
  isExclusive: true,
  family: 4,
  index: 1,
  address: '10.0.0.1',
  prefix: 32,
  ...change,
});
const addresses: Said = { about: 'address', does: 'ask', isDump: true, family: 4, index: 1 };
const route = (change: Partial<Said> = {}): Said => ({
  about: 'route',
  does: 'make',
  isExclusive: true,
  destination: '10.1.0.0/16',
  table: 254,
  text: '1',
  ...change,
});
const rule = (says: Readonly<Record<string, string>>, table: number, change: Partial<Said> = {}): Said => ({
  about: 'rule',
  does: 'make',
  isExclusive: true,
  family: 4,
  table,
  says,
  ...change,
});

describe('addresses', () => {
  test('that both look for and add are looked at, and then acted on: T5', () => {
    const both: Two = (a, b) => {
      ip(a, addresses, { heard: true });
      ip(a, address());
      ip(b, addresses, { heard: true });
      ip(b, address(), { result: EEXIST });
    };
    expect(found(both)).toEqual(['T5 a b']);
    expect(objects(both)[0]).toBe('T5 address 10.0.0.1 of lo');
  });
  test('that both add without a look: one is refused', () => {
    expect(found((a, b) => void [ip(a, address()), ip(b, address(), { result: EEXIST })])).toEqual(['T4 a b']);
  });
  test('of two scripts stand beside each other', () => {
    expect(found((a, b) => void [ip(a, address()), ip(b, address({ address: '10.0.0.2' }))])).toEqual([]);
    expect(found((a, b) => void [ip(a, address()), ip(b, address({ address: '10.0.0.1', index: 2 }))])).toEqual([]);
    const looking: Two = (a, b) => {
      ip(a, addresses, { heard: true });
      ip(a, address());
      ip(b, addresses, { heard: true });
      ip(b, address({ address: '10.0.0.2' }));
    };
    expect(found(looking)).toEqual([]);
  });
  test('are seen by who lists them there, and not by who lists others', () => {
    expect(objects((a, b) => void [ip(a, address()), ip(b, addresses, { heard: true })])).toEqual(['T1 IPv4 addresses of lo']);
    expect(found((a, b) => void [ip(a, address()), ip(b, { ...addresses, index: 2 }, { heard: true })])).toEqual([]);
    expect(found((a, b) => void [ip(a, address()), ip(b, { ...addresses, family: 6 }, { heard: true })])).toEqual([]);
  });
  test('must be there before a route comes from them, or a port is bound to them', () => {
    const source = route({ source: '10.0.0.1', index: 1 });
    expect(found((a, b) => void [ip(a, address({ replaces: true })), ip(b, source)])).toEqual(['T1 a b']);
    expect(objects((a, b) => void [ip(b, source, { result: EINVAL }), ip(a, address())])).toEqual(['T1 address 10.0.0.1']);
    expect(found((a, b) => void [ip(a, address()), ip(b, route({ index: 1 }))])).toEqual([]);
    expect(found((a, b) => void [ip(a, address()), b.bind('tcp:10.0.0.1:80')])).toEqual(['T1 a b']);
    expect(found((a, b) => void [ip(a, address()), b.bind('tcp:10.0.0.2:80')])).toEqual([]);
  });
  test('bring the network of a gateway', () => {
    const gateway = route({ gateway: '10.0.0.254', index: 1 });
    expect(found((a, b) => void [ip(b, gateway, { result: ENETUNREACH }), ip(a, address({ prefix: 24 }))])).toEqual(['T1 a b']);
    expect(found((a, b) => void [ip(b, gateway), ip(a, address({ prefix: 32 }))])).toEqual([]);
  });
});

describe('interfaces', () => {
  const made: Said = { about: 'interface', does: 'make', isExclusive: true, name: 'br0' };
  const asked: Said = { about: 'interface', does: 'ask', name: 'br0' };
  test('must be there before they have an address', () => {
    expect(found((a, b) => void [ip(b, asked, { result: ENODEV }), ip(a, made)])).toEqual(['T1 a b']);
  });
  test('of other names are of no matter', () => {
    expect(found((a, b) => void [ip(b, asked, { result: ENODEV }), ip(a, { ...made, name: 'br1' })])).toEqual([]);
  });
  test('that both set up are up, whoever is first; what both set differently is what the later one says', () => {
    const set = (mtu: string): Said => ({ about: 'interface', does: 'make', index: 1, isUp: true, says: { mtu } });
    expect(found((a, b) => void [ip(a, set('dc05')), ip(b, set('dc05'))])).toEqual([]);
    expect(objects((a, b) => void [ip(a, set('dc05')), ip(b, set('2823'))])).toEqual(['T3 mtu of lo']);
  });
  test('are up before a route goes by them, and before who asks finds them so', () => {
    const up: Said = { about: 'interface', does: 'make', index: 1, isUp: true, says: {} };
    const shown: Said = { about: 'interface', does: 'ask', index: 1 };
    expect(objects((a, b) => void [ip(a, up), ip(b, route({ index: 1 }))])).toEqual(['T1 interface lo up']);
    expect(objects((a, b) => void [ip(a, up), ip(b, shown, { heard: true })])).toEqual(['T1 interface lo up']);
    expect(found((a, b) => void [ip(a, up), ip(b, shown)])).toEqual([]);
    expect(found((a, b) => void [ip(a, up), ip(b, { ...shown, family: 4 }, { heard: true })])).toEqual([]);
  });
  test('of no name and number are a question of ip(8) to the kernel', () => {
    const nothing: Said = { about: 'interface', does: 'make', isExclusive: false, says: {} };
    const listens =
      (message: Said): Two =>
      (a, b) => {
        b.fork('watchd').call('socket', { result: 3, detail: 'netlink:0' }).call('bind', { fd: 3 });
        ip(a, message);
      };
    expect(found(listens({ ...nothing, index: 1 }))).toEqual(['T9 b a']);
    expect(found(listens(nothing))).toEqual([]);
  });
  test('have the name by which their number was asked for', () => {
    const named: Two = (a, b) => {
      for (const each of [a, b]) {
        each.run('ip', (tool) => {
          tool.call('netlink', { message: { isDump: false, about: 'interface', does: 'ask', name: 'eth0' } });
          tool.call('netlink', { message: { isDump: false, ...address({ index: 2 }) }, result: each === a ? 0 : EEXIST });
        });
      }
    };
    expect(objects(named)).toContain('T4 address 10.0.0.1 of eth0');
  });
});

describe('routes', () => {
  test('that both put in place are the same, or what the later one says', () => {
    const replaced = (text: string) => route({ isExclusive: false, replaces: true, text });
    expect(found((a, b) => void [ip(a, replaced('1')), ip(b, replaced('1'))])).toEqual([]);
    expect(found((a, b) => void [ip(a, replaced('1')), ip(b, replaced('2'))])).toEqual(['T3 a b']);
    expect(found((a, b) => void [ip(a, replaced('1')), ip(b, { ...replaced('2'), table: 9 })])).toEqual([]);
  });
  test('that both add: one is refused; of two networks none is', () => {
    expect(objects((a, b) => void [ip(a, route({ table: 9 })), ip(b, route({ table: 9 }), { result: EEXIST })])).toEqual([
      'T4 route 10.1.0.0/16 table 9',
    ]);
    expect(found((a, b) => void [ip(a, route()), ip(b, route({ destination: '10.2.0.0/16' }))])).toEqual([]);
  });
  const all: Said = { about: 'route', does: 'ask', isDump: true, family: 4, table: 9 };
  test('are gone when a table is emptied behind them, also when it was empty before', () => {
    expect(found((a, b) => void [ip(a, all), ip(b, route({ table: 9 }))])).toEqual(['T2 a b']);
    expect(found((a, b) => void [ip(b, route({ table: 9 })), ip(a, all)])).toEqual(['T2 a b']);
    const flush: Two = (a, b) => {
      ip(b, route({ table: 9 }));
      a.run('ip', (tool) => {
        for (const message of [all, { ...route({ table: 9 }), does: 'remove' as const }])
          tool.call('netlink', { message: { isDump: false, ...message } });
      });
    };
    expect(found(flush)).toEqual(['T2 a b']);
    expect(found((a, b) => void [ip(a, all), ip(b, route({ table: 8 }))])).toEqual([]);
  });
  test('are gone also when what begins a script has put its output elsewhere before', () => {
    const begun = (script: Actor): Actor => script.call('dup', { fd: FD, result: 1 }).exec(`/etc/init.d/${script.pid === 100 ? 'a' : 'b'}`);
    expect(found((a, b) => void [ip(begun(a), all), ip(begun(b), route({ table: 9 }))])).toEqual(['T2 a b']);
  });
  test('are seen by who lists them; who shows them to nobody in the script sees nothing', () => {
    expect(found((a, b) => void [ip(a, route({ table: 9 })), ip(b, all, { heard: true })])).toEqual(['T1 a b']);
    const shows: Two = (a, b) => {
      ip(a, route({ table: 9 }));
      b.run('ip', (tool) => void tool.call('netlink', { message: { isDump: false, ...all } }).call('write', { fd: 1 }));
    };
    expect(found(shows)).toEqual([]);
    expect(found((a, b) => void [ip(a, route()), ip(b, { ...all, table: 0 })])).toEqual([]);
  });
  test('that are removed before they are there', () => {
    const removed: Said = { ...route(), does: 'remove' };
    expect(found((a, b) => void [ip(a, removed, { result: ESRCH }), ip(b, route())])).toEqual(['T2 a b']);
  });
});

describe('rules', () => {
  test('without a place stand in the order in which they come, where both select the same', () => {
    const [from, to] = [rule({ from: '10.80.3.0/24' }, 811), rule({ to: '10.80.9.0/24' }, 812)];
    expect(found((a, b) => void [ip(a, from), ip(b, to)])).toEqual(['T3 a b']);
    expect(found((a, b) => void [ip(a, from), ip(b, { ...to, priority: 9 })])).toEqual(['T3 a b']);
    expect(found((a, b) => void [ip(a, { ...from, priority: 8 }), ip(b, { ...to, priority: 9 })])).toEqual([]);
    expect(found((a, b) => void [ip(a, from), ip(b, rule({ from: '10.80.4.0/24' }, 812))])).toEqual([]);
    expect(found((a, b) => void [ip(a, from), ip(b, rule({ from: '10.80.0.0/16' }, 812))])).toEqual(['T3 a b']);
    expect(found((a, b) => void [ip(a, from), ip(b, rule({ to: '10.80.9.0/24' }, 811))])).toEqual([]);
  });
  test('are removed by who says as much of them as he likes', () => {
    const removed = rule({}, 177, { does: 'remove' });
    const added = (table: number) => rule({ from: '10.77.50.0/24' }, table, { priority: 9 });
    expect(found((a, b) => void [ip(a, removed), ip(b, added(177))])).toEqual(['T2 a b']);
    expect(found((a, b) => void [ip(a, removed), ip(b, added(178))])).toEqual([]);
  });
  test('that both add: one is refused', () => {
    const added = rule({ to: '10.0.0.0/8' }, 7, { priority: 9 });
    expect(found((a, b) => void [ip(a, added), ip(b, added, { result: EEXIST })])).toEqual(['T4 a b']);
  });
});
