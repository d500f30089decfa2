/** The server image that the harness boots: Debian base, overlay, and (unless asked otherwise) lifeboot, as a sparse ext4 file. */
import { existsSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { cacheDir, hashInputs, makeCacheDir, prune, touch } from '../cache.ts';
import { type ClientKey, clientKey } from '../client-key.ts';
import type { ShowProgress } from '../progress.ts';
import { buildBaseImage } from './base-image.ts';
import { buildKindBase } from './kind-base.ts';

const here = import.meta.dirname;
const checkout = resolve(here, '../..');
const KEPT = 3;
const ASSEMBLE_TIMEOUT_MS = 10 * 60_000;

export interface ServerImage {
  readonly path: string;
  readonly key: ClientKey;
}

/**
 * `server`: twenty services, ifupdown. `networkd`: hardly more than sshd, and systemd-networkd under sysvinit. `systemd`: as small,
 * under systemd, with ifupdown; lifeboot hands over to it. `sysvinit` and `openrc`: the same under those. `peers`: as small, under
 * sysvinit, with initramfs-tools and dracut. `stacked`: under sysvinit, with what RAID, LVM and LUKS want on a running machine.
 * `races`: smaller still, with all cases of the race detector.
 */
export type ImageKind = 'server' | 'networkd' | 'systemd' | 'sysvinit' | 'openrc' | 'peers' | 'stacked' | 'races';

export interface ServerImageOptions {
  /** Default: `server`. */
  readonly kind?: ImageKind;
  /** A directory of initscripts that a `races` image gets in the place of the cases. */
  readonly scripts?: string;
  readonly show: ShowProgress;
  /** Without lifeboot it is the peers' image: Debian with its own init. Default true. */
  readonly withLifeboot?: boolean;
  readonly signal?: AbortSignal;
}

/** What `assemble.ts` needs to know; it may run in another user namespace. */
export interface AssembleOrder {
  readonly baseTar: string;
  readonly imagePath: string;
  readonly workDir: string;
  readonly publicKeyFile: string;
  /** Absent: `server`. */
  readonly kind?: ImageKind;
  /** Of a `races` image: the directory of initscripts in the place of the cases. */
  readonly scripts?: string;
  /** Absent: no lifeboot in this image. */
  readonly toolbox?: string;
}

/** Builds the image unless one of the same inputs is in the cache. Throws when the toolbox is not built yet. */
export async function buildServerImage(options: ServerImageOptions): Promise<ServerImage> {
  const { show, kind = 'server', withLifeboot = true, scripts, signal } = options;
  const dist = join(checkout, 'dist');
  const manifest = join(dist, 'manifest.xxh64');
  if (withLifeboot && !existsSync(manifest)) throw new Error(`no toolbox in ${dist}: run \`npm run build\` first`);
  const key = await clientKey();
  const baseTar = kind === 'server' ? await buildBaseImage(show, signal) : await buildKindBase(kind, show, signal);
  const prefix = !withLifeboot ? 'stock' : scripts === undefined ? kind : 'scripts';
  const cases = kind === 'races' ? [scripts ?? join(here, '../races/cases')] : [];
  const files = [here, ...cases, key.publicFile, ...(withLifeboot ? [manifest, join(checkout, 'src/toolbox/install.ts')] : [])];
  const hash = await hashInputs({ files, words: [baseTar.slice(cacheDir().length)] });
  const directory = await makeCacheDir('images');
  const path = join(directory, `${prefix}-${hash}.img`);
  if (existsSync(path)) {
    show('server image').done(`reused (${hash})`);
    await touch(path);
    return { path, key };
  }
  const toolbox = withLifeboot ? { toolbox: join(dist, 'toolbox') } : {};
  await assemble(
    {
      baseTar,
      imagePath: path,
      workDir: `${path}.${process.pid}.work`,
      publicKeyFile: key.publicFile,
      kind,
      ...(scripts !== undefined && { scripts }),
      ...toolbox,
    },
    options,
  );
  await prune(directory, `${prefix}-`, KEPT);
  return { path, key };
}

/** As root in place, else as root of a user namespace, so that owners and modes come out right either way. */
async function assemble(order: AssembleOrder, { show, signal }: ServerImageOptions): Promise<void> {
  const progress = show('server image');
  const unfinished = `${order.workDir}.img`;
  const orderFile = `${order.workDir}.json`;
  const helper = process.getuid?.() === 0 ? [] : ['unshare', '--map-root-user', '--map-auto'];
  const [command = '', ...rest] = [...helper, process.execPath, join(here, 'assemble.ts'), orderFile];
  try {
    await writeFile(orderFile, JSON.stringify({ ...order, imagePath: unfinished }));
    const child = execa(command, rest, {
      all: true,
      timeout: ASSEMBLE_TIMEOUT_MS,
      ...(signal === undefined ? {} : { cancelSignal: signal }),
    });
    for await (const line of child.iterable({ from: 'all' })) progress.update(line);
    await rename(unfinished, order.imagePath);
  } finally {
    await execa(helper[0] ?? 'env', [...helper.slice(1), 'rm', '-rf', order.workDir], { reject: false });
    await Promise.all([rm(orderFile, { force: true }), rm(unfinished, { force: true })]);
  }
  progress.done('built');
}
