import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRouteMessage, titleOf } from '../../../../../src/init/races/trace/route-message.ts';
import type { RouteMessage } from '../../../../../src/init/races/trace/trace.ts';
import { attribute, bytes, header, route } from './route-bytes.ts';

const [NEWLINK, GETLINK, NEWADDR, GETADDR, NEWROUTE, DELROUTE, GETROUTE, NEWRULE] = [16, 18, 20, 22, 24, 25, 26, 32];
const [CREATE, EXCL, REPLACE, DUMP] = [0x400, 0x200, 0x100, 0x300];
const read = (type: number, flags: number, ...parts: readonly Buffer[]) =>
  parseRouteMessage(type, flags, Buffer.concat(parts).toString('hex'), true);

describe('parseRouteMessage()', () => {
  test('reads an address that is added: ip addr add 10.82.7.1/32 dev lo', () => {
    const told = read(
      NEWADDR,
      CREATE | EXCL,
      header.address(2, 32, 1),
      attribute(2, bytes(10, 82, 7, 1)),
      attribute(1, bytes(10, 82, 7, 1)),
    );
    expect(told).toMatchObject({ about: 'address', does: 'make', isExclusive: true, replaces: false, family: 4, index: 1 });
    expect(told).toMatchObject({ address: '10.82.7.1', prefix: 32 });
  });
  test('reads a route with its source, gateway, table and metric', () => {
    const told = read(
      NEWROUTE,
      CREATE | REPLACE,
      header.route(2, 16, 254),
      attribute(1, bytes(10, 1, 0, 0)),
      attribute(4, bytes(3, 0, 0, 0)),
      attribute(5, bytes(10, 0, 0, 1)),
      attribute(6, bytes(50, 0, 0, 0)),
      attribute(7, bytes(10, 0, 0, 9)),
      attribute(15, bytes(0x2c, 1, 0, 0)),
    );
    expect(told).toMatchObject({ about: 'route', replaces: true, isExclusive: false, destination: '10.1.0.0/16', index: 3 });
    expect(told).toMatchObject({ gateway: '10.0.0.1', source: '10.0.0.9', priority: 50, table: 300 });
    expect(read(DELROUTE, 0, header.route(10, 0, 254))).toMatchObject({ does: 'remove', family: 6, destination: 'default', table: 254 });
  });
  test('reads a route of version 6 as ip(8) writes it', () => {
    const network = Buffer.from('fd000000000000010000000000000000', 'hex');
    expect(read(NEWROUTE, CREATE, header.route(10, 64, 254), attribute(1, network))).toMatchObject({ destination: 'fd00:0:0:1::/64' });
  });
  test('reads a rule, with a place of its own or without one', () => {
    const rule = [header.rule(2, { from: 24, table: 177 }), attribute(2, bytes(10, 77, 50, 0))];
    const told = read(NEWRULE, CREATE | EXCL, ...rule);
    expect(told).toMatchObject({ about: 'rule', table: 177, says: { from: '10.77.50.0/24' } });
    expect(told).not.toHaveProperty('priority');
    expect(read(NEWRULE, CREATE, ...rule, attribute(6, bytes(0x24, 0x45, 0, 0)))).toMatchObject({ priority: 17_700 });
  });
  test('reads which interface is asked for, made, set up', () => {
    const name = attribute(3, Buffer.from('br0\0'));
    expect(read(GETLINK, 1, header.link(0), name)).toMatchObject({ does: 'ask', isDump: false, name: 'br0' });
    expect(read(NEWLINK, CREATE | EXCL, header.link(0), name)).toMatchObject({ does: 'make', isExclusive: true, name: 'br0', says: {} });
    expect(read(NEWLINK, 0, header.link(4, 1, 1), attribute(4, bytes(0xdc, 5, 0, 0)))).toMatchObject({
      index: 4,
      isUp: true,
      says: { mtu: 'dc050000' },
    });
    expect(read(NEWLINK, 0, header.link(4, 0, 1))).toMatchObject({ isUp: false });
    expect(read(NEWLINK, 0, header.link(4))).not.toHaveProperty('isUp');
  });
  test('reads a question for all, which may have no more than its family', () => {
    expect(read(GETADDR, DUMP, header.address(2, 0, 1))).toMatchObject({ does: 'ask', isDump: true, family: 4, index: 1 });
    expect(read(GETADDR, DUMP, bytes(0, 0, 0, 0))).toMatchObject({ isDump: true });
    expect(read(GETADDR, DUMP, bytes(0, 0, 0, 0))).not.toHaveProperty('family');
    expect(read(GETROUTE, DUMP, header.route(2, 0, 177))).toMatchObject({ isDump: true, table: 177 });
  });
  test('has one text for what says the same in another order, and none for what is cut', () => {
    const [one, other] = [attribute(1, bytes(10, 1, 0, 0)), attribute(4, bytes(1, 0, 0, 0))];
    const [mine, theirs] = [
      [one, other],
      [other, one],
    ].map((parts) => read(NEWROUTE, CREATE, header.route(2, 16, 254), ...parts));
    expect(mine?.text).toBe(theirs?.text);
    expect(read(NEWROUTE, CREATE, header.route(2, 17, 254), one, other)?.text).not.toBe(mine?.text);
    expect(parseRouteMessage(NEWROUTE, CREATE, route.toString('hex'), false)).not.toHaveProperty('text');
  });
  test('has a title for reports', () => {
    const title = (...all: Parameters<typeof read>) => titleOf(read(...all) as RouteMessage);
    expect(title(NEWADDR, CREATE, header.address(2, 32, 1), attribute(2, bytes(10, 82, 7, 1)))).toBe('make address 10.82.7.1');
    expect(title(GETADDR, DUMP, header.address(2, 0, 1))).toBe('ask addresses #1');
    expect(title(GETROUTE, DUMP, header.route(2, 0, 177))).toBe('ask routes table 177');
    expect(title(GETLINK, 1, header.link(0), attribute(3, Buffer.from('br0')))).toBe('ask interface br0');
    expect(title(NEWRULE, CREATE, header.rule(2, { table: 177 }))).toBe('make rule table 177');
  });
  test('knows nothing of other messages, nor of one that is too short', () => {
    expect(read(28, CREATE, header.route(2, 0, 0))).toBeUndefined();
    expect(read(0, 0, header.route(2, 0, 0))).toBeUndefined();
    expect(read(NEWROUTE, CREATE, bytes(2, 0, 0))).toBeUndefined();
    expect(read(GETADDR, DUMP)).toBeUndefined();
  });
  test('ends where an attribute has a length that cannot be', () => {
    for (const length of [0, 1, 3, 9, 65_535]) {
      const bad = Buffer.concat([bytes(length & 255, length >> 8, 4, 0), bytes(1, 0, 0, 0)]);
      expect(read(NEWROUTE, CREATE, header.route(2, 0, 254), bad)).toMatchObject({ destination: 'default' });
      expect(read(NEWROUTE, CREATE, header.route(2, 0, 254), bad)).not.toHaveProperty('index');
    }
    expect(read(NEWADDR, CREATE, header.address(2, 32, 1), attribute(2, bytes(1, 2, 3)))).not.toHaveProperty('address');
    expect(read(GETLINK, 1, header.link(0), attribute(3, Buffer.from('a name/with')))).not.toHaveProperty('name');
  });
  test('reads whatever comes without failing', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 70 }),
        fc.integer({ min: 0, max: 0xffff }),
        fc.uint8Array({ maxLength: 140 }),
        (type, flags, data) => {
          const told = parseRouteMessage(type, flags, Buffer.from(data).toString('hex'), true);
          expect(told === undefined || typeof told.about === 'string').toBe(true);
        },
      ),
    );
    fc.assert(fc.property(fc.string({ maxLength: 60 }), (data) => void parseRouteMessage(NEWROUTE, CREATE, data, true)));
  });
});
