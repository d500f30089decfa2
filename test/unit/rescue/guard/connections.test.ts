import { describe, expect, test } from 'vitest';
import { createConnections, type Member } from '../../../../src/rescue/guard/connections.ts';

describe('createConnections()', () => {
  const dropped: string[] = [];
  const member = (name: string, state: ReturnType<Member['state']>, source = name): Member => ({
    source,
    state: () => state,
    drop: () => dropped.push(name),
  });

  test('takes no more than its limit while all are used, until one has gone', () => {
    const connections = createConnections(2);
    const first = member('first', 'used');
    expect([first, member('second', 'used'), member('third', 'used')].map(connections.add)).toEqual([true, true, false]);
    connections.remove(first);
    expect(connections.add(member('fourth', 'used'))).toBe(true);
  });

  test.each([
    ['the oldest of the busiest source that has not logged in', ['used', 'unused', 'operator', 'f1', 'f2'], 'f1'],
    ['the oldest that nobody uses when all have logged in', ['used', 'unused'], 'unused'],
  ])('gives the place of %s away', (_, names, victim) => {
    dropped.length = 0;
    const connections = createConnections(names.length);
    const states: Readonly<Record<string, ReturnType<Member['state']>>> = { used: 'used', unused: 'unused' };
    for (const name of names) connections.add(member(name, states[name] ?? 'arriving', name.startsWith('f') ? 'flood' : name));
    expect(connections.add(member('new', 'arriving'))).toBe(true);
    expect([dropped, connections.count]).toEqual([[victim], names.length]);
  });
});
