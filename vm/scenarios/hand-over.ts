import assert from 'node:assert/strict';
import { checkDisk } from '../disk.ts';
import { withInitramfs } from '../initramfs-file.ts';
import type { Machine } from '../machine.ts';
import type { Scenario } from './scenario.ts';
import { assertOrder, BOOT_MS, DOOR_MS, DOWN_MS, LOGIN_MS, operate, rescuePid } from './steps.ts';

/** What systemd says of itself once nothing is queued any more. */
interface Health {
  readonly state: string;
  readonly failed: readonly string[];
}

const RUNNING: Health = { state: 'running', failed: [] };
const HEALTH = 'systemctl is-system-running --wait; systemctl list-units --failed --plain --no-legend';

async function systemdHealth(machine: Machine): Promise<Health> {
  await machine.waitDoor('server', BOOT_MS);
  const { stdout } = await machine.ssh(['sh', '-c', HEALTH], { door: 'server', deadlineMs: BOOT_MS });
  const [state = '', ...failed] = stdout.trim().split('\n');
  return { state, failed: failed.map((line) => line.split(' ')[0] ?? '') };
}

/** Holds the way down until it is killed. */
const SLOW = `systemd-run --quiet --unit=slow -p TimeoutStopSec=600 sh -c 'trap "" TERM; while :; do sleep 1; done'`;

/** systemd-shutdown(8) runs it when it has ended all processes and unmounted what it can, and waits for it. */
const LAST_HOOK = '/usr/lib/systemd/system-shutdown/wait';
const INSTALL_HOOK = `printf '#!/bin/sh\necho the last hook waits >/dev/kmsg\nuntil [ -e /run/go-on ]; do sleep 0.2; done\n' >${LAST_HOOK}; chmod 755 ${LAST_HOOK}`;

/** Lets the hook go, and tells where it stands until the machine ends. */
const WATCH_THE_END =
  'cd /; tr "\\0" " " </proc/1/cmdline; echo; >/run/go-on; while :; do echo "$(stat -f -c %T /) $(ls -d /sysroot/bin 2>&1)"; sleep 0.1; done';

export const handOverSystemd: Scenario = {
  name: 'hand-over-systemd',
  isLong: true,
  story:
    'systemd gets the checked root from lifeboot: it is as well as without it, rescue answers beside it to the end, and the root is unmounted from the toolbox.',
  async run(context) {
    const { overlay, start, say } = await context.withImage('systemd');
    say('booting without lifeboot');
    {
      await using disk = await overlay();
      await using machine = await start(disk, { cmdline: ['lifeboot.off'] });
      assert.deepEqual(await systemdHealth(machine), RUNNING, 'the image is well without lifeboot');
    }
    say('booting with it');
    await using disk = await overlay();
    await using machine = await start(disk);
    await bootedWell(machine);
    say('power-off, held up by a service that does not stop, and by the last hook');
    await machine.sh(`${INSTALL_HOOK}; ${SLOW}`, { door: 'server', deadlineMs: LOGIN_MS });
    await endsFromToolbox(machine, say);
    const after = await checkDisk(disk);
    assert.equal(after.code, 0, after.output);
    assert.equal(after.superblock.get('Filesystem state'), 'clean');
  },
};

export const handOverInitramfs: Scenario = {
  name: 'hand-over-initramfs',
  isLong: true,
  story: 'lifeboot is the initramfs: it finds the root, checks it before it is first mounted, and systemd gets it, as well as ever.',
  async run(context) {
    const { overlay, start, boot, image, root, say } = await context.withImage('systemd');
    await using disk = await overlay();
    // Out there the root's own configuration cannot be read before the root is found.
    const cmdline = ['lifeboot.init=/lib/systemd/systemd'];
    await using machine = await start(disk, { boot: await withInitramfs(boot, image, root), rootWord: 'LABEL=root', cmdline });
    await bootedWell(machine);
    const phases = ['find-root', 'release-root', 'check-root', 'mount-root', 'enter-root', 'hand-over'];
    assertOrder(machine, ['rescue sshd: listening', ...phases.map((name) => `phase ${name}: done`)]);
    assert.match(await machine.sh('cat /run/lifeboot/stage1', { deadlineMs: LOGIN_MS }), /^mode=initramfs$/m);
    say('power-off');
    await machine.sh(INSTALL_HOOK, { door: 'server', deadlineMs: LOGIN_MS });
    await endsFromToolbox(machine, say);
    assert.equal((await checkDisk(disk)).code, 0);
  },
};

/** systemd runs on a root that was checked once. */
async function bootedWell(machine: Machine): Promise<void> {
  await machine.waitDoor('rescue', DOOR_MS);
  await machine.console.waitEvent({ subject: 'boot', name: 'hand-over', what: 'ordered' }, { deadlineMs: BOOT_MS });
  assert.deepEqual(await systemdHealth(machine), RUNNING, 'systemd is as well as without lifeboot');
  assert.match(await operate(machine, 'status'), /^lifeboot: handed over to \/lib\/systemd\/systemd at /);
  const seen = await machine.sh('readlink /proc/1/exe; findmnt -no OPTIONS /; systemctl show -p ActiveState --value systemd-fsck-root', {
    door: 'server',
    deadlineMs: LOGIN_MS,
  });
  assert.match(seen, /^\/usr\/lib\/systemd\/systemd\nrw,.*\ninactive\n$/, 'the root is read-write and was not checked twice');
}

/** Powers off by systemd. Rescue is the same process throughout: while services stop, when all processes are killed, and when the root is unmounted. */
async function endsFromToolbox(machine: Machine, say: (text: string) => void): Promise<void> {
  const pid = await rescuePid(machine);
  const slow = (await machine.ssh(['systemctl', 'is-active', 'slow'], { deadlineMs: LOGIN_MS })).code === 0;
  await operate(machine, 'poweroff');
  await machine.console.expect(/Stopped .*networking|Stopped .*Raise network interfaces/, { deadlineMs: DOWN_MS });
  if (slow) {
    await machine.waitDoor('rescue', DOWN_MS);
    assert.equal(await rescuePid(machine), pid, 'rescue lives through the stop of all services');
    await machine.ssh(['systemctl', 'kill', '-s', 'KILL', 'slow'], { deadlineMs: LOGIN_MS });
  }
  await machine.console.expect(/the last hook waits/, { deadlineMs: DOWN_MS });
  await machine.waitDoor('rescue', DOWN_MS);
  assert.equal(await rescuePid(machine), pid, 'rescue lives when systemd has killed all processes');
  say('systemd has ended everything: the hook may go on, a session watches');
  const watched = await machine.ssh(['sh', '-c', WATCH_THE_END], { deadlineMs: DOWN_MS });
  const seen = watched.stdout.slice(0, 500);
  assert.match(
    watched.stdout,
    /systemd-shutdown poweroff.*\next2\/ext3 ls/,
    `the session began under systemd-shutdown, on the root: ${seen}`,
  );
  assert.match(watched.stdout, /^tmpfs ls/m, `and was there when the root was unmounted: ${watched.stdout.slice(-500)}`);
  await machine.ended(DOWN_MS);
  assertOrder(machine, ['phase leave-root: started', 'phase leave-root: done']);
  assert.equal(machine.console.eventsLike({ subject: 'phase', name: 'leave-root', what: 'done' })[0]?.detail, '', 'nothing held the root');
}

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
