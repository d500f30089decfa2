import assert from 'node:assert/strict';
import { checkDisk, type Disk, debugfs } from '../disk.ts';
import { inspectOwnFiles } from '../soak/own-files.ts';
import type { Scenario } from './scenario.ts';
import { BOOT_MS, bootState, DOWN_MS, LOGIN_MS, operate } from './steps.ts';

export const fullDisk: Scenario = {
  name: 'full-disk',
  story:
    "The root is full to its last block: the boot goes to its end without a person, only services that must write are unwell, and of lifeboot's own files each is whole or absent.",
  isLong: true,
  async run({ copy, start, say }) {
    await using disk = await copy();
    say('filling the disk to its last block');
    await fill(disk);
    {
      await using machine = await start(disk);
      const verdict = await machine.console.waitEvent({ subject: 'verdict' }, { deadlineMs: BOOT_MS });
      say(`verdict ${verdict.what} ${verdict.detail}`);
      assert.deepEqual(machine.console.eventsLike({ subject: 'hold' }), [], 'nothing asked for a person');
      const state = await bootState(machine);
      assert.equal(state.agentStarts, 1);
      const unfinished = state.phases.filter(({ status }) => status !== 'done');
      assert.deepEqual(unfinished, [], 'every phase came to its end');
      say('a session that would be recorded, and the way down');
      const session = machine.session();
      session.send('seq 1 3000; exit\n');
      await session.ended(LOGIN_MS);
      await operate(machine, 'poweroff');
      await machine.ended(DOWN_MS);
    }
    const after = await checkDisk(disk);
    assert.equal(after.code, 0, after.output);
    assert.deepEqual((await inspectOwnFiles(disk)).faults, []);
  },
};

/** One file that takes every block, those reserved for root as well. */
async function fill(disk: Disk): Promise<void> {
  const free = Number((await checkDisk(disk)).superblock.get('Free blocks'));
  await debugfs(disk, ['write /dev/null fill', `fallocate /fill 0 ${free}`]);
  const { code, output, superblock } = await checkDisk(disk);
  assert.equal(code, 0, output);
  assert.equal(superblock.get('Free blocks'), '0');
}
