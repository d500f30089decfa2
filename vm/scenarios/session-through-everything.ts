import assert from 'node:assert/strict';
import type { EventPattern } from '../console-log.ts';
import { freePort } from '../free-port.ts';
import type { Machine } from '../machine.ts';
import type { SshSession } from '../ssh-client.ts';
import type { Scenario } from './scenario.ts';
import { BOOT_MS, DOOR_MS, DOWN_MS, expectVerdict, LOGIN_MS } from './steps.ts';

/** A service of the image, and a port that it listens on in the last tiers only. */
const WEB_PORT = 80;

const wayUp: readonly EventPattern[] = [
  { subject: 'phase', name: 'check-root', what: 'done' },
  { subject: 'phase', name: 'enter-root', what: 'done' },
  { subject: 'network', name: 'eth0', what: 'parked' },
  { subject: 'network', name: 'eth0', what: 'handed-over' },
  { subject: 'tier', name: 'rc2.d/S01', what: 'started' },
  { subject: 'verdict' },
];

export const sessionThroughEverything: Scenario = {
  name: 'session-through-everything',
  story:
    'An operator logs in before the root is checked and keeps shell, connection and port forward through check, pivot, network hand-over and tiers until power-off.',
  async run({ overlay, start, say }) {
    await using disk = await overlay();
    await using machine = await start(disk, { cmdline: ['lifeboot.hold=release-root'] });
    await machine.waitDoor('rescue', DOOR_MS);
    await machine.console.waitEvent({ subject: 'hold', name: 'release-root', what: 'held' }, { deadlineMs: DOOR_MS });

    const web = await freePort();
    await using session = machine.session([{ host: web, guest: WEB_PORT }]);
    session.send('stty -echo; echo shell=$$=\n');
    const shell = /shell=(\d+)=/.exec(await session.expect(/shell=\d+=/, LOGIN_MS))?.[1];
    const stillThere = async (where: string) => {
      say(`asking the shell: ${where}`);
      session.send(`echo "$$ at ${where}"\n`);
      await session.expect(new RegExp(`^${shell} at ${where}\\r$`, 'm'), LOGIN_MS);
    };
    say('the forward leads to a service that is not there yet');
    assert.equal(await fetchStatus(web), undefined, 'nobody answers before the tiers');
    await stillThere('after the refused forward');

    session.send('lifeboot retry\n');
    for (const event of wayUp) {
      await machine.console.waitEvent(event, { deadlineMs: BOOT_MS });
      await stillThere(`${event.subject} ${event.name ?? ''}`);
    }
    await expectVerdict(machine, 'good');
    session.send('echo debian=$(cat /etc/debian_version)=\n');
    await session.expect(/debian=12\.\d+=/, LOGIN_MS);

    say('the same connection carries the forward and further programs');
    assert.equal(await fetchStatus(web), 200);
    await secondChannel(session);
    await leaveTogether(machine, session, stillThere);
  },
};

/** HTTP status over the forward; undefined when the connection is closed without an answer. */
const fetchStatus = (port: number): Promise<number | undefined> =>
  fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(LOGIN_MS) }).then(
    ({ status }) => status,
    (error: unknown) => {
      if (error instanceof Error && error.name === 'TimeoutError') throw error;
      return undefined;
    },
  );

async function secondChannel(session: SshSession): Promise<void> {
  const { code, stdout } = await session.run(['sh', '-c', 'cat; exit 7'], { deadlineMs: LOGIN_MS, input: 'beside the shell' });
  assert.deepEqual({ code, stdout }, { code: 7, stdout: 'beside the shell' });
}

/** The way down: everybody is told, the shell answers while services stop, and the last word arrives after the network's own stop. */
async function leaveTogether(machine: Machine, session: SshSession, stillThere: (where: string) => Promise<void>): Promise<void> {
  session.send('lifeboot poweroff\n');
  await session.expect(/The machine is going down \(poweroff, asked by/, LOGIN_MS);
  await machine.console.waitEvent({ subject: 'tier', name: 'rc0.d/K01', what: 'started' }, { deadlineMs: LOGIN_MS });
  await stillThere('the services stop');
  await session.expect(/rescue ends, good-bye/, DOWN_MS);
  await machine.console.waitEvent({ subject: 'phase', name: 'leave-root', what: 'done' }, { deadlineMs: LOGIN_MS });
  await machine.ended(DOWN_MS);
  await session.ended(LOGIN_MS);
}
