import assert from 'node:assert/strict';
import { checkDisk } from '../disk.ts';
import type { ImageKind } from '../image/server-image.ts';
import type { Machine } from '../machine.ts';
import type { Scenario } from './scenario.ts';
import { BOOT_MS, DOOR_MS, DOWN_MS, LOGIN_MS, operate, rescuePid } from './steps.ts';

interface OtherInit {
  readonly kind: ImageKind;
  readonly story: string;
  /** Prints the services that failed, one a line, once the init has started all of them. */
  readonly failed: string;
  /** The console's first word when single-user mode has come. */
  readonly single: RegExp;
}

/** What the root's check said; its package leaves a word in it that nothing was checked yet. */
const CHECK_LOG = '/var/log/fsck/checkroot';

/** Under sysvinit's PID 1, by which Debian starts OpenRC, too. */
function handOverTo(name: string, { kind, story, failed, single }: OtherInit): Scenario {
  return {
    name,
    isLong: true,
    story,
    async run(context) {
      const { overlay, start, say } = await context.withImage(kind);
      const look = async (machine: Machine) => {
        await machine.waitDoor('server', BOOT_MS);
        return machine.sh(failed, { door: 'server', deadlineMs: BOOT_MS });
      };
      say('booting without lifeboot');
      let without = '';
      {
        await using disk = await overlay();
        await using machine = await start(disk, { cmdline: ['lifeboot.off'] });
        without = await look(machine);
        assert.match(await checkLog(machine), /clean/, 'the image checks its root by itself');
      }
      say(`booting with it; failed without it: ${without.trim() || 'nothing'}`);
      await using disk = await overlay();
      await using machine = await start(disk);
      await machine.waitDoor('rescue', DOOR_MS);
      await machine.console.waitEvent({ subject: 'boot', name: 'hand-over', what: 'ordered' }, { deadlineMs: BOOT_MS });
      assert.equal(await look(machine), without, 'what fails is what fails without lifeboot');
      assert.match(await operate(machine, 'status'), /^lifeboot: handed over to \/sbin\/init at /);
      const seen = await machine.sh('readlink /proc/1/exe; findmnt -no OPTIONS /', { door: 'server', deadlineMs: LOGIN_MS });
      assert.match(seen, /^\/usr\/sbin\/init\nrw,|^\/sbin\/init\nrw,/, 'the root is read-write');
      assert.match(await checkLog(machine), /Nothing has been logged yet/, 'the root is not checked twice');

      say('single-user mode, which ends every process');
      const before = await rescuePid(machine);
      await machine.ssh(['telinit', '1'], { deadlineMs: LOGIN_MS });
      await machine.console.expect(single, { deadlineMs: DOWN_MS });
      await machine.waitDoor('rescue', DOOR_MS);
      const single1 = await rescuePid(machine);
      assert.notEqual(single1, before, 'rescue was ended, and came back');
      assert.equal(await machine.sh('pgrep -x sshd; true', { deadlineMs: LOGIN_MS }), '', 'nothing else answers');

      say('power-off, watched by a session');
      const watched = machine.ssh(['sh', '-c', WATCH], { deadlineMs: DOWN_MS });
      await machine.console.expect(new RegExp(`a session of rescue ${single1} sees / rw`), { deadlineMs: LOGIN_MS });
      await machine.ssh(['telinit', '0'], { deadlineMs: LOGIN_MS });
      await machine.ended(DOWN_MS);
      await watched;
      const lived = machine.console.lines.some(({ text }) => text.includes(`a session of rescue ${single1} sees / ro`));
      assert.ok(lived, `the session and its rescue lived until the root was read-only\n${machine.console.lastLines()}`);
      const after = await checkDisk(disk);
      assert.equal(after.code, 0, after.output);
      assert.equal(after.superblock.get('Filesystem state'), 'clean');
      assert.doesNotMatch(after.superblock.get('Filesystem features') ?? '', /needs_recovery/);
    },
  };
}

/** Tells on the console, since the network goes first, which rescue the session belongs to and how the root is mounted. */
const WATCH = `cd /; while :; do
  pid=$(sed 's/.*"pid":\\([0-9]*\\).*/\\1/' /run/lifeboot/rescue.json)
  while read -r _ at _ options _; do [ "$at" = / ] && root=\${options%%,*}; done </proc/self/mounts
  [ "$pid $root" = "$last" ] || echo "a session of rescue $pid sees / $root" >/dev/kmsg
  last="$pid $root"
  sleep 0.1
done`;

const checkLog = async (machine: Machine): Promise<string> =>
  (await machine.ssh(['sh', '-c', `cat ${CHECK_LOG} 2>/dev/null; true`], { door: 'server', deadlineMs: LOGIN_MS })).stdout;

export const handOverSysvinit = handOverTo('hand-over-sysvinit', {
  kind: 'sysvinit',
  story:
    "sysvinit and the image's own initscripts get the checked root: it is not checked again, rescue outlives single-user mode and is there to the end.",
  // startpar tells a failure on the console alone: what the scripts say of themselves counts.
  failed: `until runlevel | grep -q ' 2$' && ! pgrep -x startpar >/dev/null; do sleep 1; done
for script in /etc/rc2.d/S*; do case $script in *rc.local|*rmnologin) continue ;; esac; "$script" status >/dev/null 2>&1; code=$?
[ $code = 0 ] || echo "$script: $code"; done; ifquery --state eth0`,
  single: /Will now switch to single-user mode|Press Enter for maintenance|Give root password/,
});

export const handOverOpenrc = handOverTo('hand-over-openrc', {
  kind: 'openrc',
  story: 'OpenRC gets the checked root, under the PID 1 that Debian starts it by: the same, with its own services.',
  failed: `until rc-status -r | grep -qx default && ! pgrep -x openrc >/dev/null; do sleep 1; done
rc-status --crashed; rc-status -a | grep -E 'stopped|crashed' | sort; ifquery --state eth0`,
  single: /Will now switch to single-user mode|Press Enter for maintenance|Give root password/,
});
