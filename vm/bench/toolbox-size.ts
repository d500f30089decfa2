/** How big the toolbox is, as it is shipped and as it lies in memory. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { archiveToolbox } from '../../src/toolbox/archive.ts';

export interface ToolboxSize {
  readonly compressedMiB: number;
  readonly unpackedMiB: number;
}

const dist = resolve(import.meta.dirname, '../../dist');
const MIB = 1048576;

/** Packs the built toolbox if that was not done. Throws when there is none. */
export async function toolboxSize(): Promise<ToolboxSize> {
  const record = await readFile(join(dist, 'inputs.json'), 'utf8').catch(() => {
    throw new Error(`no toolbox in ${dist}: run \`npm run build\` first`);
  });
  const { bytes, epoch } = JSON.parse(record) as { readonly bytes: number; readonly epoch: number };
  const archive = await archiveToolbox(dist, epoch);
  return { compressedMiB: archive.bytes / MIB, unpackedMiB: bytes / MIB };
}
