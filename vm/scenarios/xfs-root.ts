import assert from 'node:assert/strict';
import { execa } from 'execa';
import { bootFiles } from '../boot-files.ts';
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

const REPAIR_MS = 300_000;
const { device } = rootPartition;
const rootWord = `PARTLABEL=${rootPartition.label}`;

export const xfsRoot: Scenario = {
  name: 'xfs-root',
  story: 'The power fails while a server on xfs writes; the next boot replays the log by a mount and comes up good by itself.',
  isLong: true,
  async run({ image, root, start, say }) {
    say('making the root on xfs');
    await using disk = await overlayDisk(await otherRoot('xfs', image), rootPartition);
    const options = { boot: await bootFiles(image, root, 'loader', ['xfs']), rootWord, cmdline: ['rootfstype=xfs'] };
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
    await machine.console.expect(/XFS \(vda2\): Starting recovery/, { deadlineMs: LOGIN_MS });
    const [checked] = machine.console.eventsLike({ subject: 'phase', name: 'check-root', what: 'done' });
    assert.equal(checked?.detail, 'no check for xfs: a mount replays its log, and one went well');
    assert.deepEqual(machine.console.eventsLike({ subject: 'hold' }), [], 'nothing asked for a person');
    assert.match(await assertRootAt(machine, device, 'xfs'), /\bnoatime\b/, 'as its fstab wants it');
    assertServicesWell(await bootState(machine));
    assertOneKernel(machine);
    say('powering off');
    await powerOff(machine);
    assert.equal(await checkXfs(disk), 0, 'clean by xfs_repair -n');
  },
};

export const xfsRootDamaged: Scenario = {
  name: 'xfs-root-damaged',
  story:
    'An xfs that the kernel refuses to mount, fsck.repair=yes, and no room for a copy: held with that word; the operator repairs it, and the same kernel finishes the boot.',
  isLong: true,
  async run({ image, root, boot, start, say }) {
    say('making the root on xfs, and damaging it');
    await using disk = await copyDisk(await otherRoot('xfs', image), rootPartition);
    await withLoops(disk.path, (devices) => execa('xfs_db', ['-x', '-c', 'agi 0', '-c', 'write -d magicnum 0', ...devices]));
    const built = await optionalToolbox(['xfs']);
    await using machine = await start(disk, {
      boot: await withInitramfs(boot, image, root, { kind: 'generic' }, built),
      ...{ rootWord, cmdline: ['fsck.repair=yes'] },
    });
    await machine.waitDoor('rescue', DOOR_MS);
    const hold = await machine.console.waitEvent({ subject: 'hold', what: 'held' }, { deadlineMs: BOOT_MS });
    assert.equal(hold.name, 'check-root');
    assert.match(hold.detail, /no room for a copy in .*: \d+ MiB are free, 1500 MiB are needed, and nothing is repaired without one/);
    const status = await expectStatus(machine, 3);
    for (const wanted of [
      /Structure needs cleaning/,
      /lifeboot fsck repair \/dev\/vda2 --undo-dir DIR/,
      /^\s+xfs_repair \/dev\/vda2\s+repairs it at once, and there is no way back/m,
    ])
      assert.match(status, wanted);
    const bootId = await kernelBootId(machine);
    const looked = await machine.ssh(['lifeboot', 'fsck', 'check', device], { deadlineMs: REPAIR_MS });
    assert.equal(looked.code, 4, `${looked.stdout}${looked.stderr}`);

    say('repairing, as the advice says');
    await machine.sh(`xfs_repair ${device}`, { deadlineMs: REPAIR_MS });
    await operate(machine, 'retry');
    await expectVerdict(machine, 'good');
    assert.equal(await kernelBootId(machine), bootId, 'the same kernel: no reboot');
    await assertRootAt(machine, device, 'xfs');
    assertServicesWell(await bootState(machine));
    await powerOff(machine);
    assert.equal(await checkXfs(disk), 0, 'clean by xfs_repair -n');
  },
};

/** Exit code of `xfs_repair -n` on the partition as it is; a log that was not replayed is no clean one. */
async function checkXfs(disk: Disk): Promise<number> {
  await using copy = await rawCopy(disk);
  return await withLoops(copy.path, async (devices) => {
    const ran = await execa('xfs_repair', ['-n', ...devices], { reject: false, all: true });
    assert.doesNotMatch(ran.all, /valuable metadata changes in a log/);
    return ran.exitCode ?? -1;
  });
}
