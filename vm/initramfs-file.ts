/** The initrd of initramfs mode for an image: the toolbox that is in the build, with the modules of the image's own kernel. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import type { ModuleChoice } from '../src/toolbox/initramfs/choose-modules.ts';
import { makeInitramfs } from '../src/toolbox/initramfs/initramfs.ts';
import type { BootFiles } from './boot-files.ts';
import { hashInputs, makeCacheDir, prune, touch } from './cache.ts';
import { clientKey } from './client-key.ts';
import { type RootLocation, readDebugfs } from './root-location.ts';

const checkout = resolve(import.meta.dirname, '..');
const KEPT = 6;

/** The same boot with our initrd, by default generic as a fleet would have it; made once for each toolbox and kernel. Our client key is in it. */
export async function withInitramfs(
  boot: BootFiles,
  image: string,
  root: RootLocation,
  modules: ModuleChoice = { kind: 'generic' },
  built = join(checkout, 'dist'),
): Promise<BootFiles> {
  const key = await clientKey();
  const inputs = [join(built, 'manifest.xxh64'), join(checkout, 'src/toolbox/initramfs'), key.publicFile, import.meta.filename];
  const cache = await makeCacheDir('initramfs');
  const initrd = join(cache, `initrd-${await hashInputs({ files: inputs, words: [boot.kernelVersion, JSON.stringify(modules)] })}`);
  if (existsSync(initrd)) await touch(initrd);
  else await build(boot.kernelVersion, image, root, { built, initrd, modules, authorizedKeys: key.publicFile });
  await prune(cache, 'initrd-', KEPT);
  return { ...boot, initrd };
}

interface Wish {
  /** The output of a build. */
  readonly built: string;
  readonly initrd: string;
  readonly modules: ModuleChoice;
  readonly authorizedKeys: string;
}

async function build(kernel: string, image: string, place: RootLocation, { built, initrd, modules, authorizedKeys }: Wish): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'lifeboot-initramfs-'));
  try {
    await mkdir(join(work, 'lib/modules'), { recursive: true });
    await readDebugfs(image, place, `rdump /lib/modules/${kernel} ${join(work, 'lib/modules')}`);
    const output = join(work, 'initrd');
    await makeInitramfs({
      root: work,
      toolbox: join(built, 'toolbox'),
      output,
      kernel,
      modules,
      authorizedKeys,
    });
    await execa('mv', [output, `${initrd}.${process.pid}`]);
    await rename(`${initrd}.${process.pid}`, initrd);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
