import assert from 'node:assert/strict';
import type { Machine } from '../machine.ts';
import type { SshSession } from '../ssh-client.ts';
import type { Scenario } from './scenario.ts';
import { assertServicesWell, BOOT_MS, bootState, DOWN_MS, expectVerdict, kernelBootId, LOGIN_MS } from './steps.ts';

const TWICE = 2;
const OFTEN = 5;

/** The same kernel goes down to the toolbox and up again, and the operator's shell looks on. */
function softReboots(name: string, times: number): Scenario {
  return {
    name,
    story: `lifeboot soft-reboot --fsck, ${times} times: the same kernel, the root checked in full and entered again, the operator's shell still there, the services well.`,
    ...(times > TWICE ? { isLong: true } : {}),
    async run({ overlay, start, say }) {
      await using disk = await overlay();
      await using machine = await start(disk);
      await expectVerdict(machine, 'good');
      const bootId = await kernelBootId(machine);
      await using session = machine.session();
      session.send('cd /; stty -echo; echo shell=$$=\n');
      const shell = /shell=(\d+)=/.exec(await session.expect(/shell=\d+=/, LOGIN_MS))?.[1];
      for (let round = 1; round <= times; round += 1) {
        say(`soft reboot ${round} of ${times}`);
        await softReboot(machine, session);
        session.send(`echo "$$ in round ${round}"\n`);
        await session.expect(new RegExp(`^${shell} in round ${round}\\r$`, 'm'), LOGIN_MS);
        const state = await bootState(machine);
        assert.deepEqual(state.round, { count: round, fsck: true }, 'the root was given back, nothing was abandoned');
        assert.equal(state.agentStarts, 1);
        assert.equal(await countFullChecks(machine), round, 'one check in full a round');
        assertServicesWell(state);
      }
      say('the next session is kept on the root, as before');
      await expectRecordingKept(machine);
      assert.equal(await kernelBootId(machine), bootId, 'the same kernel: no reboot');
      assert.deepEqual(machine.console.eventsLike({ subject: 'hold' }), [], 'nothing asked for a person');
      assert.ok(session.open);
    },
  };
}

export const softRebootTwice = softReboots('soft-reboot', TWICE);
export const softRebootOften = softReboots('soft-reboot-often', OFTEN);

/** Asked for in the session that stays; the next verdict must be good. */
async function softReboot(machine: Machine, session: SshSession): Promise<void> {
  const since = machine.console.events.length;
  session.send('lifeboot soft-reboot --fsck\n');
  await machine.console.waitEvent({ subject: 'phase', name: 'leave-root', what: 'done' }, { deadlineMs: DOWN_MS, since });
  await machine.console.waitEvent({ subject: 'phase', name: 'check-root', what: 'done' }, { deadlineMs: BOOT_MS, since });
  const verdict = await machine.console.waitEvent({ subject: 'verdict' }, { deadlineMs: BOOT_MS, since });
  assert.equal(verdict.what, 'good', `${verdict.detail}\n${machine.console.lastLines()}`);
}

/** Runs of e2fsck in full that came to a good end, by its own log. */
async function countFullChecks(machine: Machine): Promise<number> {
  const log = await machine.sh('cat /run/lifeboot/fsck.log', { deadlineMs: LOGIN_MS });
  return [...log.matchAll(/^# e2fsck -p -f .*\/dev\/vda: exit [01] after /gm)].length;
}

const COUNT = 'ls /var/log/lifeboot/sessions | grep -c "[.]cast$"';

/** A terminal that ends is on the root soon after. */
async function expectRecordingKept(machine: Machine): Promise<void> {
  const before = (await machine.sh(`${COUNT} || true`, { deadlineMs: LOGIN_MS })).trim();
  await using session = machine.session();
  session.send('exit\n');
  await session.ended(LOGIN_MS);
  await machine.sh(`until [ "$(${COUNT})" -gt ${before} ]; do sleep 1; done`, { deadlineMs: LOGIN_MS });
}
