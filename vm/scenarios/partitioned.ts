import assert from 'node:assert/strict';
import { checkDisk } from '../disk.ts';
import { partitionedDisk, rootPartition } from '../partitioned-disk.ts';
import { damageForHuman } from './damage.ts';
import type { Scenario } from './scenario.ts';
import {
  assertRootAt,
  assertServicesWell,
  BOOT_MS,
  bootState,
  DOOR_MS,
  expectStatus,
  expectVerdict,
  kernelBootId,
  operate,
  powerOff,
} from './steps.ts';

const REPAIR_MS = 180_000;
const DEVICE = rootPartition.device;

export const partitioned: Scenario = {
  name: 'partitioned',
  story:
    'The root is the second partition of a disk, named by its PARTUUID, and damaged: evidence, advice and repair are about the partition, and the same kernel finishes the boot.',
  async run({ image, start, say }) {
    await using disk = await partitionedDisk(image);
    say('damaging the partition: a directory becomes a file');
    await damageForHuman(disk);
    await using machine = await start(disk, { rootWord: `PARTUUID=${rootPartition.uuid.toUpperCase()}` });
    await machine.waitDoor('rescue', DOOR_MS);
    await machine.console.waitEvent({ subject: 'hold', name: 'check-root', what: 'held' }, { deadlineMs: BOOT_MS });
    const status = await expectStatus(machine, 3);
    assert.match(status, new RegExp(`lifeboot fsck repair ${DEVICE}\\b`));
    assert.doesNotMatch(status, /\/dev\/vda(?!2)/, 'nothing is said of another device than the partition');
    const bootId = await kernelBootId(machine);

    say('repairing the partition');
    const repair = await machine.ssh(['lifeboot', 'fsck', 'repair', DEVICE, '--json'], { deadlineMs: REPAIR_MS });
    assert.equal(repair.code, 1, `${repair.stdout}${repair.stderr}`);
    assert.equal(JSON.parse(repair.stdout).target, DEVICE);
    await operate(machine, 'retry');
    await expectVerdict(machine, 'good');
    assert.equal(await kernelBootId(machine), bootId, 'the same kernel: no reboot');
    await assertRootAt(machine, DEVICE, 'ext4');
    assertServicesWell(await bootState(machine));

    say('powering off');
    await powerOff(machine);
    const after = await checkDisk(disk);
    assert.equal(after.code, 0, after.output);
    assert.equal(after.superblock.get('Filesystem state'), 'clean');
  },
};
