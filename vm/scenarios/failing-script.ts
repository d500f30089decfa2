import assert from 'node:assert/strict';
import { addScripts } from './extra-script.ts';
import type { Scenario } from './scenario.ts';
import { bootState, expectStatus, expectVerdict, LOGIN_MS, scriptNamed } from './steps.ts';

export const failingScript: Scenario = {
  name: 'failing-script',
  story: 'One initscript fails: its last words are on the console, the rest comes up, the verdict is bad and names it.',
  async run({ copy, start }) {
    await using disk = await copy();
    await addScripts(disk, [{ name: 'breaks', tier: 'S02', start: 'echo "no licence file" >&2; exit 1' }]);
    await using machine = await start(disk);
    const verdict = await expectVerdict(machine, 'bad');
    assert.match(verdict.detail, /breaks/);
    assert.equal(machine.console.eventsLike({ subject: 'script', name: 'breaks', what: 'failed' }).length, 1);
    await machine.console.expect(/breaks.*no licence file/, { deadlineMs: LOGIN_MS });
    const state = await bootState(machine);
    assert.equal(scriptNamed(state, 'breaks').exitCode, 1);
    assert.equal(scriptNamed(state, 'ssh').status, 'started');
    assert.match(await expectStatus(machine, 1), /breaks failed/);
  },
};
