import { describe, expect, test } from 'vitest';
import { createConnections } from '../../../../src/rescue/guard/connections.ts';

describe('createConnections()', () => {
  const used = { isUsed: () => true, drop: () => expect.fail('dropped') };

  test('takes no more than its limit, until one has gone', () => {
    const connections = createConnections(2);
    expect([connections.add({ ...used }), connections.add(used), connections.add({ ...used })]).toEqual([true, true, false]);
    connections.remove(used);
    expect(connections.add({ ...used })).toBe(true);
  });

  test('gives the place of the oldest that nobody uses away', () => {
    const dropped: string[] = [];
    const unused = (name: string) => ({ isUsed: () => false, drop: () => dropped.push(name) });
    const connections = createConnections(3);
    for (const member of [used, unused('first'), unused('second')]) connections.add(member);
    expect(connections.add({ ...used })).toBe(true);
    expect([dropped, connections.count]).toEqual([['first'], 3]);
  });
});
