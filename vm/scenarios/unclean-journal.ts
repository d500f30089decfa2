import assert from 'node:assert/strict';
import { checkDisk } from '../disk.ts';
import type { Scenario } from './scenario.ts';
import { BOOT_MS, expectVerdict, keepWriting } from './steps.ts';

export const uncleanJournal: Scenario = {
  name: 'unclean-journal',
  story: 'The power fails while the server writes; the next boot replays the journal and comes up good by itself.',
  async run({ overlay, start, say }) {
    await using disk = await overlay();
    {
      await using machine = await start(disk);
      await expectVerdict(machine, 'good');
      say('writing, then cutting the power');
      await keepWriting(machine);
      await machine.kill();
    }
    const features = (await checkDisk(disk)).superblock.get('Filesystem features') ?? '';
    assert.match(features, /needs_recovery/, 'the power cut left a journal to replay');

    say('booting again');
    await using machine = await start(disk);
    await machine.console.waitEvent({ subject: 'phase', name: 'check-root', what: 'done' }, { deadlineMs: BOOT_MS });
    await expectVerdict(machine, 'good');
    assert.deepEqual(machine.console.eventsLike({ subject: 'hold' }), [], 'nothing asked for a person');
  },
};
