/** What is known of the storage below the root, from the kernel's words and from what was baked in of the image. */
import { optionValue } from '../../sys/cmdline.ts';
import type { CmdlineWords } from '../../sys/cmdline-words.ts';
import { TOOLBOX } from '../../sys/paths.ts';
import type { Sys } from '../../sys/sys.ts';
import type { LuksKnowledge } from './luks-devices.ts';
import { parseCrypttab, readStorageWords } from './storage-words.ts';

/** Baked in from the image: see toolbox/initramfs. */
const CRYPTTAB = `${TOOLBOX}/etc/crypttab`;

export async function readKnowledge(sys: Sys, cmdline: CmdlineWords): Promise<LuksKnowledge> {
  return {
    words: readStorageWords(cmdline),
    crypttab: parseCrypttab((await sys.readText(CRYPTTAB)) ?? ''),
    root: optionValue(cmdline, 'root'),
  };
}
