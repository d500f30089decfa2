import assert from 'node:assert/strict';
import { bootOrder } from '../boot-order.ts';
import type { Scenario } from './scenario.ts';
import { expectVerdict, LOGIN_MS } from './steps.ts';

const BOOTS = 10;

export const tenBoots: Scenario = {
  name: 'ten-boots',
  story:
    'The same server boots ten times: phases and tiers come in the same order each time, and every script starts in the tier of the plan.',
  isLong: true,
  async run({ overlay, start, say }) {
    let first: readonly string[] | undefined;
    for (let boot = 1; boot <= BOOTS; boot += 1) {
      await using disk = await overlay();
      await using machine = await start(disk);
      await expectVerdict(machine, 'good');
      await machine.console.waitEvent({ subject: 'phase', name: 'verdict', what: 'done' }, { deadlineMs: LOGIN_MS });
      const order = bootOrder(machine.console.events);
      first ??= order;
      assert.deepEqual(order, first, `boot ${boot} came up in another order than the first one`);
      say(`boot ${boot} of ${BOOTS}: ${order.length} steps in the same order`);
    }
  },
};
