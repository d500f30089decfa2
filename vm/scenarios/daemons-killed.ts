import assert from 'node:assert/strict';
import type { Machine } from '../machine.ts';
import type { Scenario } from './scenario.ts';
import { assertServicesWell, bootState, expectStatus, expectVerdict, LOGIN_MS } from './steps.ts';

/** The monitor's period, its wait, and the script's own stop and start, in an emulated guest. */
const BACK_MS = 120_000;
const SERVICES = 20;

export const daemonsKilled: Scenario = {
  name: 'daemons-killed',
  story: 'Each daemon of the twenty services is killed once, all its processes: the monitor brings it back, once, and the verdict stays.',
  isLong: true,
  async run({ overlay, start, say }) {
    await using disk = await overlay();
    await using machine = await start(disk);
    await expectVerdict(machine, 'good');
    const watched = await watchedDaemons(machine);
    assert.ok(watched.length >= SERVICES, `watched: ${watched.join(' ')}`);
    // Two at a time: many that fall together are a storm, and nothing is restarted for a while.
    for (let at = 0; at < watched.length; at += 2) {
      const pair = watched.slice(at, at + 2);
      say(pair.join(', '));
      const since = machine.console.events.length;
      for (const script of pair) await killAll(machine, script);
      for (const name of pair) {
        await machine.console.waitEvent({ subject: 'health', name, what: 'restarted' }, { deadlineMs: BACK_MS, since });
        await machine.console.waitEvent({ subject: 'health', name, what: 'recovered' }, { deadlineMs: BACK_MS, since });
      }
    }
    const state = await bootState(machine);
    const restarts = state.monitor?.daemons
      .filter(({ kind }) => kind === 'daemon')
      .map(({ script, restarts: count }) => `${script} ${count}`);
    assert.deepEqual(
      restarts,
      watched.map((script) => `${script} 1`),
      'each once, and nothing else',
    );
    assert.equal(state.verdict?.outcome, 'good');
    assertServicesWell(state);
    assert.match(await expectStatus(machine, 0), /^lifeboot: boot good/);
  },
};

/** Those with processes to kill, in the order of the plan. */
async function watchedDaemons(machine: Machine): Promise<readonly string[]> {
  for (const untilMs = machine.elapsedMs() + LOGIN_MS; ; ) {
    const daemons = (await bootState(machine)).monitor?.daemons.filter(({ kind }) => kind === 'daemon').map(({ script }) => script) ?? [];
    if (daemons.length > 0) return daemons;
    assert.ok(machine.elapsedMs() < untilMs, 'the monitor has not begun');
  }
}

/** KILL to the whole cgroup at once; fails when nothing was in it. */
async function killAll(machine: Machine, script: string): Promise<void> {
  const group = `/run/lifeboot/cgroup/lifeboot/${script}`;
  await machine.sh(`grep -q 'populated 1' ${group}/cgroup.events && echo 1 >${group}/cgroup.kill`, { deadlineMs: LOGIN_MS });
}
