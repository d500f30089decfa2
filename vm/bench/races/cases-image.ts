/** The scripts of all cases as an image whose headers can be mended. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MendImage, readMendImage } from '../../../src/init/races/mend/mend-image.ts';
import { createLinuxSys } from '../../../src/sys/linux.ts';
import { installCases } from '../../races/cases/install-cases.ts';

/** What the early tiers of the image stand for: nobody of the cases is part of it. */
const FACILITIES = '$local_fs\n$remote_fs\n$syslog\n$network\n';

export async function casesImage(): Promise<MendImage> {
  const root = await mkdtemp(join(tmpdir(), 'lifeboot-cases-'));
  try {
    await mkdir(join(root, 'etc/rc2.d'), { recursive: true });
    await writeFile(join(root, 'etc/insserv.conf'), FACILITIES);
    await installCases(root);
    return await readMendImage(createLinuxSys(), root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
