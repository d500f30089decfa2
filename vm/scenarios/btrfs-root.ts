import assert from 'node:assert/strict';
import { execa } from 'execa';
import { copyDisk, type Disk, overlayDisk, rawCopy } from '../disk.ts';
import { withInitramfs } from '../initramfs-file.ts';
import { optionalToolbox } from '../optional-toolbox.ts';
import { otherRoot, withLoops } from '../other-root.ts';
import { rootPartition } from '../partitioned-disk.ts';
import type { Scenario } from './scenario.ts';
import {
  assertOneKernel,
  assertRootAt,
  assertServicesWell,
  BOOT_MS,
  bootState,
  DOOR_MS,
  expectStatus,
  expectVerdict,
  keepWriting,
  kernelBootId,
  LOGIN_MS,
  operate,
  powerOff,
} from './steps.ts';

const { device } = rootPartition;
const word = { rootWord: 'LABEL=root', cmdline: ['rootflags=subvol=@'] };

export const btrfsRoot: Scenario = {
  name: 'btrfs-root',
  story:
    'The root is a subvolume of a btrfs on two devices, and the power fails while it is written: the next boot has both devices and comes up good by itself.',
  isLong: true,
  async run({ image, root, boot, start, say }) {
    say('making the root on btrfs');
    await using disk = await overlayDisk(await otherRoot('btrfs', image), rootPartition);
    const options = { ...word, boot: await withInitramfs(boot, image, root, { kind: 'generic' }, await optionalToolbox(['btrfs'])) };
    {
      await using machine = await start(disk, options);
      await expectVerdict(machine, 'good');
      say('writing, then cutting the power');
      await keepWriting(machine);
      await machine.kill();
    }
    say('booting again');
    await using machine = await start(disk, options);
    await expectVerdict(machine, 'good');
    assert.deepEqual(machine.console.eventsLike({ subject: 'hold' }), [], 'nothing asked for a person');
    const mounted = await assertRootAt(machine, device, 'btrfs');
    assert.match(mounted, /\bsubvol=\/@(,|\s)/);
    assert.doesNotMatch(mounted, /degraded/);
    const shown = await machine.sh('btrfs filesystem show /', { deadlineMs: LOGIN_MS });
    assert.match(shown, /Total devices 2/);
    for (const member of [device, '/dev/vda3']) assert.match(shown, new RegExp(`path ${member}$`, 'm'));
    assert.doesNotMatch(await machine.sh('cat /run/lifeboot/log.ndjson', { deadlineMs: LOGIN_MS }), /"--repair"/, 'never on its own');
    assertServicesWell(await bootState(machine));
    assertOneKernel(machine);
    say('powering off');
    await powerOff(machine);
    await assertBtrfsClean(disk);
  },
};

export const btrfsRootDegraded: Scenario = {
  name: 'btrfs-root-degraded',
  story:
    'One of the two devices of the root is gone: it is waited for, the boot is held and nothing mounted degraded, until the operator does so and goes on.',
  isLong: true,
  async run({ image, root, boot, start, say }) {
    await using disk = await copyDisk(await otherRoot('btrfs', image), rootPartition);
    say('wiping the second device');
    await withLoops(disk.path, (devices) => execa('wipefs', ['--all', ...devices.slice(1)]));
    await using machine = await start(disk, {
      ...word,
      boot: await withInitramfs(boot, image, root, { kind: 'generic' }, await optionalToolbox(['btrfs'])),
    });
    await machine.waitDoor('rescue', DOOR_MS);
    await machine.console.waitEvent({ subject: 'phase', name: 'mount-root', what: 'waiting' }, { deadlineMs: BOOT_MS });
    const hold = await machine.console.waitEvent({ subject: 'hold', what: 'held' }, { deadlineMs: BOOT_MS });
    assert.equal(
      `${hold.name}: ${hold.detail}`,
      `mount-root: cannot mount ${device}: it lacks a device, and is not mounted degraded unasked`,
    );
    const status = await expectStatus(machine, 3);
    assert.match(status, /devid 2 uuid \S+ is missing/);
    const advice = `mount -t btrfs -o rw,degraded,subvol=@ ${device} /sysroot`;
    assert.ok(status.includes(advice), status);
    assert.doesNotMatch(await machine.sh('cat /proc/mounts', { deadlineMs: LOGIN_MS }), / btrfs /);
    const bootId = await kernelBootId(machine);

    say('mounting it degraded, as the advice says');
    await machine.sh(advice, { deadlineMs: LOGIN_MS });
    await operate(machine, 'continue');
    await expectVerdict(machine, 'good');
    assert.equal(await kernelBootId(machine), bootId, 'the same kernel: no reboot');
    assert.match(await assertRootAt(machine, device, 'btrfs'), /degraded/);
    await powerOff(machine);
  },
};

/** By its maker's own look, with both devices there. */
async function assertBtrfsClean(disk: Disk): Promise<void> {
  await using copy = await rawCopy(disk);
  await withLoops(copy.path, async ([device = '']) => {
    const ran = await execa('btrfs', ['check', '--readonly', device], { reject: false, all: true });
    assert.equal(ran.exitCode, 0, ran.all);
  });
}
