import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Disk, debugfs } from '../disk.ts';
import { brokenSectors } from '../qemu-arguments.ts';
import type { Scenario } from './scenario.ts';
import { BOOT_MS, DOOR_MS, expectStatus, LOGIN_MS } from './steps.ts';

const BLOCK_SECTORS = 8;

export const deadDisk: Scenario = {
  name: 'dead-disk',
  story:
    "A block of the inode table cannot be read: the boot is held as a failing disk with the kernel's words, nothing is repaired by force, and the door is open.",
  async run({ copy, start, say }) {
    await using disk = await copy();
    const block = await inodeBlock(disk, '/var/cache/apt');
    say(`block ${block} of the disk will not be read any more`);
    const faults = join(dirname(disk.path), 'faults');
    await writeFile(faults, brokenSectors(Array.from({ length: BLOCK_SECTORS }, (_, index) => block * BLOCK_SECTORS + index)));

    await using machine = await start(disk, { drive: { faults }, cmdline: ['fsck.mode=force', 'fsck.repair=yes'] });
    await machine.waitDoor('rescue', DOOR_MS);
    const held = await machine.console.waitEvent({ subject: 'hold', name: 'check-root', what: 'held' }, { deadlineMs: BOOT_MS });
    assert.match(held.detail, /fails to read or write: the disk, not the filesystem, is the fault/);
    const status = await expectStatus(machine, 3);
    assert.match(status, /I\/O error, dev vda, sector \d+/, "the kernel's words");
    assert.match(status, /conv=noerror/, 'saving comes first');
    assert.doesNotMatch(status, /e2fsck -y|fsck repair/, 'no advice to write');
    const ran = await machine.sh('cat /run/lifeboot/log.ndjson', { deadlineMs: LOGIN_MS });
    assert.match(ran, /"e2fsck","-p","-f"/);
    assert.doesNotMatch(ran, /"e2fsck","-y"/, 'never a repair by force');
  },
};

export const readOnlyDisk: Scenario = {
  name: 'read-only-disk',
  story: 'The medium is write-protected: the boot is held with words that say so, and the door is open.',
  async run({ overlay, start }) {
    await using disk = await overlay();
    await using machine = await start(disk, { drive: { readOnly: true } });
    await machine.waitDoor('rescue', DOOR_MS);
    const held = await machine.console.waitEvent({ subject: 'hold', what: 'held' }, { deadlineMs: BOOT_MS });
    assert.match(held.detail, /mounted read-only though rw was asked/);
    const status = await expectStatus(machine, 3);
    assert.match(status, /\/dev\/vda \(254:0\) is write-protected/);
    assert.match(status, /blockdev --setrw \/dev\/vda/);
    assert.doesNotMatch(status, /fsck repair|e2fsck -y/, 'nothing that cannot work');
  },
};

/** The block of the inode table that has the inode of this path. */
async function inodeBlock(disk: Disk, path: string): Promise<number> {
  const said = await debugfs(disk, [`imap ${path}`]);
  const block = /located at block (\d+)/.exec(said)?.[1];
  assert.ok(block !== undefined, said);
  return Number(block);
}
