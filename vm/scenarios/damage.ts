/** Damage of a kind that preen refuses to repair, made on the raw disk before the boot. */
import assert from 'node:assert/strict';
import { checkDisk, type Disk, debugfs } from '../disk.ts';

/** A directory becomes a file: what lay in it is lost to lost+found, which is for a person to decide. */
export async function damageForHuman(disk: Disk): Promise<void> {
  await debugfs(disk, ['sif /var/cache/apt mode 0100644', 'sif /etc/hosts links_count 7', 'ssv state 2']);
  assert.equal((await checkDisk(disk)).code & 4, 4, 'the damage is real');
}
