import assert from 'node:assert/strict';
import type { Machine } from '../machine.ts';
import { addScripts } from './extra-script.ts';
import type { Scenario, ScenarioContext } from './scenario.ts';
import { assertBarriers, BOOT_MS, bootState, DOOR_MS, expectVerdict, killBootAgent, LOGIN_MS, operate, scriptsOf } from './steps.ts';

/** Each start leaves a line on the disk: the proof that does not rely on the agent's own word. */
const COUNTED = ['S01', 'S02', 'S03', 'S04'].map((tier) => ({
  name: `counted-${tier.toLowerCase()}`,
  tier,
  start: 'echo "$0" >>/var/log/counted; sleep 2',
}));

/** Long enough for the kill to find the tier still running, whatever else is in it. */
const SLOW = { name: 'counted-slow', tier: 'S02', start: 'echo "$0" >>/var/log/counted; sleep 40' };

export const agentKilledAtPhase: Scenario = {
  name: 'agent-killed-at-phase',
  story: 'The boot agent is killed at a phase: it comes back, stands where it stood, and the boot completes.',
  async run(context) {
    await using disk = await countedDisk(context);
    await using machine = await context.start(disk, { cmdline: ['lifeboot.hold=check-root'] });
    await machine.waitDoor('rescue', DOOR_MS);
    await machine.console.waitEvent({ subject: 'hold', name: 'check-root', what: 'held' }, { deadlineMs: BOOT_MS });
    const since = machine.console.events.length;
    await killBoot(context, machine);
    await machine.console.waitEvent({ subject: 'hold', name: 'check-root', what: 'held' }, { deadlineMs: LOGIN_MS, since });
    await operate(machine, 'retry');
    await expectComplete(machine, COUNTED.length + 1);
  },
};

export const agentKilledInTier: Scenario = {
  name: 'agent-killed-in-tier',
  story: 'The boot agent is killed while scripts start: it comes back, and every script was started exactly once.',
  async run(context) {
    await using disk = await countedDisk(context);
    await using machine = await context.start(disk);
    await machine.console.waitEvent({ subject: 'tier', name: 'rc2.d/S02', what: 'started' }, { deadlineMs: BOOT_MS });
    await killBoot(context, machine);
    await expectComplete(machine, COUNTED.length + 1);
  },
};

async function countedDisk({ copy }: ScenarioContext) {
  const disk = await copy();
  await addScripts(disk, [...COUNTED, SLOW]);
  return disk;
}

async function killBoot({ say }: ScenarioContext, machine: Machine): Promise<void> {
  const since = machine.console.events.length;
  say(`kill -9 ${await killBootAgent(machine)}, which was lifeboot boot`);
  await machine.console.waitEvent({ subject: 'boot', name: 'agent', what: 'resumed' }, { deadlineMs: LOGIN_MS, since });
}

async function expectComplete(machine: Machine, countedScripts: number): Promise<void> {
  await expectVerdict(machine, 'good');
  const state = await bootState(machine);
  assert.equal(state.agentStarts, 2);
  const counted = (await machine.sh('sort /var/log/counted', { deadlineMs: LOGIN_MS })).trim().split('\n');
  assert.equal(counted.length, countedScripts, `each once: ${counted.join(' ')}`);
  assert.equal(new Set(counted).size, countedScripts);

  const events = (await machine.sh('cat /run/lifeboot/events.ndjson', { deadlineMs: LOGIN_MS })).trim().split('\n');
  const starts = events
    .map((line) => JSON.parse(line) as { subject: string; name: string; what: string })
    .filter(({ subject, what }) => subject === 'script' && what === 'started')
    .map(({ name }) => name);
  assert.deepEqual(
    starts.filter((name, index) => starts.indexOf(name) !== index),
    [],
    'no start was told of twice',
  );
  const claims = (await machine.sh('ls /run/lifeboot/scripts', { deadlineMs: LOGIN_MS })).trim().split(/\s+/);
  for (const { name } of scriptsOf(state).filter(({ status }) => status === 'started')) {
    assert.ok(claims.includes(`${name}.start`), `${name} was claimed`);
  }
  assertBarriers(machine);
}
