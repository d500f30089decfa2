/** Which image a run is about: the harness's own server, or a fleet owner's. */
import { type BootFiles, bootFiles, type InitrdChoice } from './boot-files.ts';
import { clientKey, requireKey } from './client-key.ts';
import { requireRaw } from './disk.ts';
import { countScripts } from './image/count-scripts.ts';
import { buildServerImage, type ImageKind } from './image/server-image.ts';
import type { ShowProgress } from './progress.ts';
import { findRoot, hasFile, type RootLocation } from './root-location.ts';

export interface Target {
  readonly image: string;
  readonly root: RootLocation;
  readonly boot: BootFiles;
  readonly keyFile: string;
  readonly scripts: number;
  /** False: a foreign image, and no key was named. */
  readonly canLogIn: boolean;
  /** Ours, built with our key in it: who named another one only believes that it lets the key in. */
  readonly isOurs: boolean;
}

export interface TargetOptions {
  /** A raw image with lifeboot in it; absent: our own, built when needed. */
  readonly image?: string;
  /** Which of our own; default: the server of twenty services. */
  readonly kind?: ImageKind;
  /** A directory of initscripts that get a small image of their own. */
  readonly scripts?: string;
  /** Private key that a foreign image lets in. */
  readonly key?: string;
  readonly initrd: InitrdChoice;
  readonly show: ShowProgress;
  readonly signal?: AbortSignal;
}

/** Finds or builds the image and everything QEMU needs with it. Throws sentences for people. */
export async function findTarget(options: TargetOptions): Promise<Target> {
  const { show, signal, scripts, kind = scripts === undefined ? 'server' : 'races' } = options;
  const built = { show, kind, ...(signal === undefined ? {} : { signal }), ...(scripts !== undefined && { scripts }) };
  if (options.key !== undefined) await requireKey(options.key);
  const image = options.image ?? (await buildServerImage(built)).path;
  await requireRaw(image);
  const root = await findRoot(image);
  if (!(await hasFile(image, root, '/sbin/lifeboot-init'))) {
    throw new Error(
      `${image} has no /sbin/lifeboot-init: put lifeboot into it first, with \`npx lifeboot install --root DIR\` on its unpacked tree`,
    );
  }
  const boot = await bootFiles(image, root, options.initrd);
  const keyFile = options.key ?? (await clientKey()).privateFile;
  const isOurs = options.image === undefined;
  const canLogIn = isOurs || options.key !== undefined;
  return { image, root, boot, keyFile, scripts: await countScripts(image, root), canLogIn, isOurs };
}
