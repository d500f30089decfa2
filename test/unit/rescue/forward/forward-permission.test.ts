import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mayListen, mayListenUnix, mayOpen, mayOpenUnix } from '../../../../src/rescue/forward/forward-permission.ts';

const open = (...permitOpen: string[]) => ({ forwarding: true, permitOpen });
const listen = (...permitListen: string[]) => ({ forwarding: true, permitListen });

/** sshd(8) of permitopen: literal hosts, `*` for any host or port, brackets for IPv6. */
test.each([
  ['db:5432', 'db', 5432, true],
  ['db:5432', 'db', 5433, false],
  ['db:5432', 'db.example', 5432, false],
  ['db:5432', 'DB', 5432, false],
  ['db:*', 'db', 1, true],
  ['*:22', 'anything', 22, true],
  ['*:22', 'anything', 23, false],
  ['*:*', 'anything', 65_535, true],
  ['d*:22', 'db', 22, false],
  ['[::1]:80', '::1', 80, true],
  ['[::1]:80', '::2', 80, false],
  ['::1:80', '::1', 80, false],
  ['5432', 'db', 5432, false],
  ['db', 'db', 22, false],
  ['none', 'none', 0, false],
  ['db:5432x', 'db', 5432, false],
  ['', '', 0, false],
])('permitopen=%j lets a client open %s:%i: %j', (permit, host, port, permitted) => {
  expect(mayOpen(open(permit), host, port)).toBe(permitted);
});

/** sshd(8) of permitlisten: a port alone is any host; sshd matches the host as a pattern. */
test.each([
  ['8080', 'localhost', 8080, true],
  ['8080', '', 8080, true],
  ['8080', 'localhost', 8081, false],
  ['*', 'localhost', 0, true],
  ['8080', 'localhost', 0, false],
  ['localhost:8080', 'localhost', 8080, true],
  ['localhost:8080', 'LOCALHOST', 8080, true],
  ['localhost:8080', '0.0.0.0', 8080, false],
  ['local*:*', 'localhost', 0, true],
  ['l?calhost:80', 'localhost', 80, true],
  ['l?host:80', 'localhost', 80, false],
  ['[::1]:80', '::1', 80, true],
  ['*:80', '', 80, true],
])('permitlisten=%j lets a client listen on %j:%i: %j', (permit, host, port, permitted) => {
  expect(mayListen(listen(permit), host, port)).toBe(permitted);
});

describe('without a list', () => {
  const all = { forwarding: true };
  test('everything is permitted', () => {
    expect([mayOpen(all, 'x', 1), mayListen(all, '', 0), mayOpenUnix(all), mayListenUnix(all)]).toEqual([true, true, true, true]);
  });
  test('nothing is where forwarding is not', () => {
    const none = { forwarding: false };
    expect([mayOpen(none, 'x', 1), mayListen(none, '', 0), mayOpenUnix(none), mayListenUnix(none)]).toEqual([false, false, false, false]);
  });
});

test('an empty list permits nothing, and any list keeps unix sockets shut', () => {
  expect([mayOpen(open(), 'x', 1), mayListen(listen(), '', 0), mayOpenUnix(open('*:*')), mayListenUnix(listen('*'))]).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

test('permissions never throw, and a host pattern says what the same regular expression says', () => {
  const word = fc.array(fc.constantFrom('a', 'b', '.', '*', '?'), { maxLength: 12 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(word, word, (pattern, host) => {
      fc.pre(pattern !== '');
      const source = pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
      expect(mayListen(listen(`${pattern}:1`), host, 1)).toBe(new RegExp(`^${source}$`).test(host));
    }),
  );
  fc.assert(fc.property(fc.string(), fc.string(), fc.nat(), (text, host, port) => void mayOpen(open(text), host, port)));
});
