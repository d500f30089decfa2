import assert from 'node:assert/strict';
import { checkDisk, type Disk } from '../disk.ts';
import type { Machine } from '../machine.ts';
import { partitionedDisk, rootPartition } from '../partitioned-disk.ts';
import { damageForHuman } from './damage.ts';
import type { Scenario } from './scenario.ts';
import {
  assertServicesWell,
  BOOT_MS,
  bootState,
  DOOR_MS,
  DOWN_MS,
  expectStatus,
  expectVerdict,
  kernelBootId,
  LOGIN_MS,
  operate,
} from './steps.ts';

const REPAIR_MS = 180_000;
const DEVICE = `/dev/vda${rootPartition.number}`;

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
    await powerOffClean(machine, disk);
  },
};

/** The root is that device, read-write. */
async function assertRootAt(machine: Machine, device: string, type: string): Promise<void> {
  const mounted = await machine.sh('awk \'$2 == "/" { print $1, $3, $4 }\' /proc/mounts', { deadlineMs: LOGIN_MS });
  assert.match(mounted, new RegExp(`^${device} ${type} rw\\b`));
}

async function powerOffClean(machine: Machine, disk: Disk): Promise<void> {
  await machine.ssh(['lifeboot', 'poweroff'], { deadlineMs: LOGIN_MS });
  await machine.ended(DOWN_MS);
  const after = await checkDisk(disk);
  assert.equal(after.code, 0, after.output);
  assert.equal(after.superblock.get('Filesystem state'), 'clean');
}
