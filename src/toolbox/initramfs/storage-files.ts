/** What an image says of the storage that its root lies on: how it is called, and which programs it wants. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { realPlace } from './read-modules.ts';

interface StorageKind {
  /** Files of the image that tell of it; a directory: when something is in it. */
  readonly places: readonly string[];
  /** A line that says it is used. */
  readonly says: RegExp;
  /** Where the agent looks for a copy; absent: it needs none. */
  readonly to?: string;
  readonly program: string;
  /** The word for `npm run build -- --with`. */
  readonly word: string;
}

const kinds: readonly StorageKind[] = [
  { places: ['/etc/crypttab'], says: /^\s*[^#\s]/m, to: 'etc/crypttab', program: 'bin/cryptsetup', word: 'luks' },
  {
    places: ['/etc/mdadm/mdadm.conf', '/etc/mdadm.conf'],
    says: /^\s*ARRAY\b/im,
    to: 'etc/mdadm/mdadm.conf',
    program: 'bin/mdadm',
    word: 'mdadm',
  },
  // lvm(8) keeps there what it knows of each group.
  { places: ['/etc/lvm/backup'], says: /./, program: 'bin/lvm', word: 'lvm' },
];

export interface StorageFiles {
  /** Path below the toolbox → file of the image. No keys are in them. */
  readonly copies: ReadonlyMap<string, string>;
  /** Sentences for the person who makes the initramfs. */
  readonly warnings: readonly string[];
}

export async function findStorageFiles(root: string, toolbox: string): Promise<StorageFiles> {
  const copies = new Map<string, string>();
  const warnings: string[] = [];
  for (const { places, says, to, program, word } of kinds) {
    for (const place of places) {
      const file = await realPlace(root, place);
      if (!existsSync(file)) continue;
      const text = to === undefined ? (await readdir(file)).join('\n') : await readFile(file, 'utf8');
      if (!says.test(text)) continue;
      if (to !== undefined) copies.set(to, file);
      if (!existsSync(join(toolbox, program)))
        warnings.push(`the image has ${place}: if its root needs that, build the toolbox with --with ${word}`);
      break;
    }
  }
  return { copies, warnings };
}
