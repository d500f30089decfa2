import assert from 'node:assert/strict';
import { checkDisk } from '../disk.ts';
import type { Scenario } from './scenario.ts';
import { BOOT_MS, expectVerdict, LOGIN_MS } from './steps.ts';

/** Writes for ever and says so, so that the power goes while the journal is busy. */
const WRITER = 'i=0; while :; do i=$((i+1)); cp -r /usr/share/doc/openssh-server /root/copy$i; echo $i >/dev/console; done';

export const uncleanJournal: Scenario = {
  name: 'unclean-journal',
  story: 'The power fails while the server writes; the next boot replays the journal and comes up good by itself.',
  async run({ overlay, start, say }) {
    await using disk = await overlay();
    {
      await using machine = await start(disk);
      await expectVerdict(machine, 'good');
      say('writing, then cutting the power');
      const marker = machine.console.lines.length;
      await machine.sh(`sync; (${WRITER}) >/dev/null 2>&1 </dev/null & echo writing`, { deadlineMs: LOGIN_MS });
      await machine.console.expect(/^\d+$/, { deadlineMs: LOGIN_MS, since: marker });
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
