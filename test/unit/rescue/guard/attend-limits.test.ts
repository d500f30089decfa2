import { EventEmitter } from 'node:events';
import type { Connection } from 'ssh2';
import { expect, test } from 'vitest';
import { slowRekeys } from '../../../../src/rescue/guard/attend-limits.ts';

test('slowRekeys() lets twenty key exchanges pass at once, and then one each tenth of a second', () => {
  let nowMs = 0;
  let rests = 0;
  const client = new EventEmitter();
  const rest = () => {
    rests += 1;
  };
  const gate = { loggedIn: () => undefined, shut: () => undefined, rest };
  slowRekeys(client as unknown as Connection, gate, () => nowMs);
  const exchange = (times: number) => {
    for (let i = 0; i < times; i += 1) client.emit('rekey');
  };
  exchange(20);
  expect(rests).toBe(0);
  exchange(3);
  expect(rests).toBe(3);
  nowMs += 10_000;
  exchange(20);
  expect(rests).toBe(3);
});
