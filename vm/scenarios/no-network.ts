import assert from 'node:assert/strict';
import type { Scenario } from './scenario.ts';
import { BOOT_MS, LOGIN_MS } from './steps.ts';

export const noNetwork: Scenario = {
  name: 'no-network',
  story: 'A server without a network card boots to the end and says that nobody can reach it.',
  async run({ overlay, start }) {
    await using disk = await overlay();
    await using machine = await start(disk, { nics: [] });
    await machine.console.waitEvent({ subject: 'phase', name: 'enter-root', what: 'done' }, { deadlineMs: BOOT_MS });
    const verdict = await machine.console.waitEvent({ subject: 'verdict' }, { deadlineMs: BOOT_MS });
    assert.deepEqual(machine.console.eventsLike({ subject: 'hold' }), [], 'a missing network holds nothing');
    const lines = machine.console.lines.map((line) => line.text).filter((text) => /^.*lifeboot .*(network|rescue) /.test(text));
    assert.ok(
      lines.some((text) => /no (network|link|interface|address|such)|failed|missing/i.test(text)),
      `says so: ${lines.join('\n')}`,
    );
    await machine.console.expect(/login:/, { deadlineMs: LOGIN_MS, since: 0 });
    if (verdict.what === 'bad') assert.match(verdict.detail, /networking/, `nothing but the network is wrong: ${verdict.detail}`);
  },
};
