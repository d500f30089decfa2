import assert from 'node:assert/strict';
import type { Scenario } from './scenario.ts';
import { assertClean, DOWN_MS, expectVerdict, LOGIN_MS } from './steps.ts';

const MINUTE_MS = 60_000;

export const shutdownLater: Scenario = {
  name: 'shutdown-later',
  story:
    "shutdown +4 with a message, by Debian's own program, forbids logins and is called off; lifeboot poweroff +1 tells whoever is logged in, and comes in time.",
  isLong: true,
  async run({ overlay, start, say }) {
    await using disk = await overlay();
    await using machine = await start(disk);
    await expectVerdict(machine, 'good');
    await using session = machine.session();
    session.send('stty -echo; echo re""ady\n');
    await session.expect(/ready/, LOGIN_MS);

    say('shutdown +4, and shutdown -c');
    const sh = (script: string) => machine.sh(script, { deadlineMs: LOGIN_MS });
    await sh('setsid /sbin/shutdown -h +4 a new fan >/dev/null 2>&1 </dev/null & until test -s /run/nologin; do sleep 1; done');
    assert.match(await sh('cat /run/nologin'), /going down/i);
    await sh('/sbin/shutdown -c; until ! test -e /run/nologin; do sleep 1; done');

    say('lifeboot poweroff +1');
    const asked = machine.elapsedMs();
    await sh('lifeboot poweroff +1 a new fan');
    await session.expect(/a new fan[\s\S]*The machine is going down in 1 minute \(poweroff, asked by lifeboot poweroff\)/, LOGIN_MS);
    assert.match(
      await sh('cat /run/nologin; lifeboot status'),
      /going down in 1 minute[\s\S]*shutdown +poweroff in \d+ s, asked by lifeboot poweroff: a new fan/,
    );
    await machine.console.waitEvent({ subject: 'boot', name: 'poweroff', what: 'started' }, { deadlineMs: 2 * MINUTE_MS });
    assert.ok(machine.elapsedMs() - asked >= MINUTE_MS - 2_000, 'not before its time');
    await machine.ended(DOWN_MS);
    await assertClean(disk);
  },
};
