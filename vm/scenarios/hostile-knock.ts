import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createConnection } from 'node:net';
import { execa } from 'execa';
import type { Scenario } from './scenario.ts';
import { bootState, DOOR_MS, expectVerdict, LOGIN_MS, rescuePid } from './steps.ts';

/** One round of what is on every network: scanners that hang up, garbage, clients that say nothing, a collector of host keys. */
const ROUND = { scans: 20, garbage: 10, silent: 5 } as const;
const PATIENCE_MS = 5_000;

export const hostileKnock: Scenario = {
  name: 'hostile-knock',
  story:
    'Port scans, garbage, silent clients and ssh-keyscan all through the boot: the operator inside notices nothing, the boot is good, the next log-in works.',
  async run({ overlay, start, say }) {
    await using disk = await overlay();
    await using machine = await start(disk);
    await machine.waitDoor('rescue', DOOR_MS);
    const pid = await rescuePid(machine);
    await using session = machine.session();
    session.send('stty -echo; echo shell=$$=\n');
    const shell = /shell=(\d+)=/.exec(await session.expect(/shell=\d+=/, LOGIN_MS))?.[1];

    let rounds = 0;
    let over = false;
    const verdict = expectVerdict(machine, 'good').finally(() => {
      over = true;
    });
    while (!over) {
      await knockRound(machine.ports.rescue);
      rounds += 1;
      session.send(`echo "$$ after round ${rounds}"\n`);
      await session.expect(new RegExp(`^${shell} after round ${rounds}\\r$`, 'm'), LOGIN_MS);
    }
    await verdict;
    say(`${rounds} rounds of knocks; logging in once more`);
    await machine.waitDoor('rescue', LOGIN_MS);
    assert.equal(await rescuePid(machine), pid, 'the same rescue still keeps the door');
    assert.equal((await bootState(machine)).agentStarts, 1);
  },
};

async function knockRound(port: number): Promise<void> {
  const many = (count: number, knock: () => Promise<void>) => Array.from({ length: count }, knock);
  const keyscan = execa('ssh-keyscan', ['-T', `${PATIENCE_MS / 1000}`, '-p', `${port}`, '127.0.0.1'], { reject: false });
  await Promise.all([
    keyscan,
    ...many(ROUND.scans, () => connectAnd(port, (socket) => socket.destroy())),
    ...many(ROUND.garbage, () => connectAnd(port, (socket) => socket.end(randomBytes(4096)))),
    ...many(ROUND.silent, () => connectAnd(port, () => {})),
  ]);
}

/** Whatever the other end does with it, it is over after a while. */
function connectAnd(port: number, act: (socket: ReturnType<typeof createConnection>) => void): Promise<void> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    const timer = setTimeout(() => socket.destroy(), PATIENCE_MS);
    socket.on('connect', () => act(socket));
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.resume();
  });
}
