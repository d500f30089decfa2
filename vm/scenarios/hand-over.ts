import assert from 'node:assert/strict';
import { checkDisk } from '../disk.ts';
import type { Machine } from '../machine.ts';
import type { Scenario } from './scenario.ts';
import { BOOT_MS, DOOR_MS, DOWN_MS, LOGIN_MS, operate } from './steps.ts';

/** What systemd says of itself once nothing is queued any more. */
interface Health {
  readonly state: string;
  readonly failed: readonly string[];
}

const HEALTH = 'systemctl is-system-running --wait; systemctl list-units --failed --plain --no-legend';

async function systemdHealth(machine: Machine): Promise<Health> {
  await machine.waitDoor('server', BOOT_MS);
  const { stdout } = await machine.ssh(['sh', '-c', HEALTH], { door: 'server', deadlineMs: BOOT_MS });
  const [state = '', ...failed] = stdout.trim().split('\n');
  assert.match(state, /^(running|degraded)$/, 'systemd says how it is');
  return { state, failed: failed.map((line) => line.split(' ')[0] ?? '') };
}

/** Holds the way down until it is killed. */
const SLOW = `systemd-run --quiet --unit=slow -p TimeoutStopSec=600 sh -c 'trap "" TERM; while :; do sleep 1; done'`;

export const handOverSystemd: Scenario = {
  name: 'hand-over-systemd',
  isLong: true,
  story: 'systemd gets the checked root from lifeboot: it is as well as without it, and rescue answers beside it to the end.',
  async run(context) {
    const { overlay, start, say } = await context.withImage('systemd');
    say('booting without lifeboot');
    let without: Health | undefined;
    {
      await using disk = await overlay();
      await using machine = await start(disk, { cmdline: ['lifeboot.off'] });
      without = await systemdHealth(machine);
    }
    say(`booting with it; without it: ${without.state}, failed: ${without.failed.join(' ') || 'none'}`);
    await using disk = await overlay();
    await using machine = await start(disk);
    await machine.waitDoor('rescue', DOOR_MS);
    await machine.console.waitEvent({ subject: 'boot', name: 'hand-over', what: 'ordered' }, { deadlineMs: BOOT_MS });
    assert.deepEqual(await systemdHealth(machine), without, 'systemd is as well as without lifeboot');
    assert.match(await operate(machine, 'status'), /^lifeboot: handed over to \/lib\/systemd\/systemd at /);
    const seen = await machine.sh('readlink /proc/1/exe; findmnt -no OPTIONS /; systemctl show -p ActiveState --value systemd-fsck-root', {
      door: 'server',
      deadlineMs: LOGIN_MS,
    });
    assert.match(seen, /^\/usr\/lib\/systemd\/systemd\nrw,.*\ninactive\n$/, 'the root is read-write and was not checked twice');

    say('power-off, held up by a service that does not stop');
    await machine.sh(SLOW, { door: 'server', deadlineMs: LOGIN_MS });
    const pid = await rescueProcess(machine);
    await operate(machine, 'poweroff');
    await machine.console.expect(/Stopped .*networking|Stopped .*Raise network interfaces/, { deadlineMs: DOWN_MS });
    await machine.waitDoor('rescue', DOWN_MS);
    assert.equal(await rescueProcess(machine), pid, 'rescue lives through the stop of all services');
    await machine.ssh(['systemctl', 'kill', '-s', 'KILL', 'slow'], { deadlineMs: LOGIN_MS });
    await machine.ended(DOWN_MS);
    const after = await checkDisk(disk);
    assert.equal(after.code, 0, after.output);
    assert.equal(after.superblock.get('Filesystem state'), 'clean');
  },
};

export const handOverEmergency: Scenario = {
  name: 'hand-over-emergency',
  isLong: true,
  story: 'systemd ends in emergency mode, where nothing has a network: rescue has one.',
  async run(context) {
    const { overlay, start } = await context.withImage('systemd');
    await using disk = await overlay();
    await using machine = await start(disk, { cmdline: ['systemd.unit=emergency.target'] });
    await machine.console.expect(/emergency mode/i, { deadlineMs: BOOT_MS });
    await machine.waitDoor('rescue', DOOR_MS);
    const { stdout } = await machine.ssh(['systemctl', 'is-active', 'emergency.target', 'networking.service'], { deadlineMs: LOGIN_MS });
    assert.equal(stdout, 'active\ninactive\n');
  },
};

const rescueProcess = (machine: Machine): Promise<string> =>
  machine.sh(`sed 's/.*"pid":\\([0-9]*\\).*/\\1/' /run/lifeboot/rescue.json`, { deadlineMs: LOGIN_MS });
