import assert from 'node:assert/strict';
import type { Machine } from '../machine.ts';
import { damageForHuman } from './damage.ts';
import type { Scenario } from './scenario.ts';
import { BOOT_MS, bootState, DOOR_MS, expectVerdict, kernelBootId, LOGIN_MS, operate } from './steps.ts';

const REPAIR_MS = 300_000;
const UNDO = '/run/lifeboot/undo/dev-vda';

export const repairYes: Scenario = {
  name: 'repair-yes',
  story:
    'Damage that preen refuses, and fsck.repair=yes: repaired without a person, what was found is told, and the way back is kept in memory until the boot is good.',
  async run({ copy, start, say }) {
    await using disk = await copy();
    say('damaging the disk: a directory becomes a file');
    await damageForHuman(disk);
    await using machine = await start(disk, { cmdline: ['fsck.repair=yes', 'lifeboot.hold=mount-root'] });
    const checked = await machine.console.waitEvent({ subject: 'phase', name: 'check-root', what: 'done' }, { deadlineMs: BOOT_MS });
    assert.match(checked.detail, /\d+ findings?\b.*repaired in \d round.*undo in \/run\/lifeboot\/undo/);
    await machine.console.waitEvent({ subject: 'hold', name: 'mount-root', what: 'held' }, { deadlineMs: BOOT_MS });
    const record = JSON.parse(await machine.sh(`cat ${UNDO}/undo.json`, { deadlineMs: LOGIN_MS }));
    assert.equal(record.target, '/dev/vda');
    assert.ok(record.steps.length > 0 && record.steps.every((step: { readable?: boolean }) => step.readable), JSON.stringify(record));
    assert.match(await machine.sh('cat /run/lifeboot/fsck.log', { deadlineMs: LOGIN_MS }), /^# e2fsck -y -f /m);

    say('going on');
    await operate(machine, 'retry');
    await expectVerdict(machine, 'good');
    assert.equal((await bootState(machine)).agentStarts, 1);
    await machine.sh(`[ ! -e ${UNDO}/undo.json ]`, { deadlineMs: LOGIN_MS });
  },
};

export const repairAndUndo: Scenario = {
  name: 'repair-and-undo',
  story:
    'On a held boot an operator repairs the root, takes the repair back, finds every byte as it was, repairs again and retries: the same kernel finishes the boot.',
  isLong: true,
  async run({ copy, start, say }) {
    await using disk = await copy();
    say('damaging the disk: a directory becomes a file');
    await damageForHuman(disk);
    await using machine = await start(disk);
    await machine.waitDoor('rescue', DOOR_MS);
    await machine.console.waitEvent({ subject: 'hold', name: 'check-root', what: 'held' }, { deadlineMs: BOOT_MS });
    const bootId = await kernelBootId(machine);
    const before = await hashOfRoot(machine);

    say('repairing');
    await repair(machine);
    assert.notEqual(await hashOfRoot(machine), before, 'the repair wrote to the device');
    say('taking it back');
    await run(machine, 'undo', 0);
    assert.equal(await hashOfRoot(machine), before, 'every byte as it was');
    await run(machine, 'check', 4);
    assert.equal(await hashOfRoot(machine), before, 'a look writes nothing');

    say('repairing again, and retrying');
    await repair(machine);
    await operate(machine, 'retry');
    await expectVerdict(machine, 'good');
    assert.equal(await kernelBootId(machine), bootId, 'the same kernel: no reboot');
  },
};

/** SHA-256 of every byte of the device. */
const hashOfRoot = (machine: Machine): Promise<string> => machine.sh('sha256sum </dev/vda', { deadlineMs: REPAIR_MS });

const repair = async (machine: Machine): Promise<void> => {
  const { findings, undoDirectory } = JSON.parse(await run(machine, 'repair', 1));
  assert.ok(findings.total > 0 && undoDirectory !== undefined, 'it says what it found and where the way back is');
};

async function run(machine: Machine, verb: 'check' | 'repair' | 'undo', code: number): Promise<string> {
  const result = await machine.ssh(['lifeboot', 'fsck', verb, '/dev/vda', '--json'], { deadlineMs: REPAIR_MS });
  assert.equal(result.code, code, `lifeboot fsck ${verb}: exit ${result.code}\n${result.stdout}${result.stderr}`);
  return result.stdout;
}
