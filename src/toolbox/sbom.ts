import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Built } from './build.ts';
export async function writeSbom(_built: Built, o: { root: string; outDir: string; epoch: number }): Promise<number> {
  await writeFile(join(o.outDir, 'sbom.cdx.json'), '{}\n');
  return 0;
}
