/** The initrds of the peers, made by their own tools in the running image, as on any machine of a fleet; and what hardware that machine has. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { bootFiles } from '../../boot-files.ts';
import { hashInputs, makeCacheDir, prune, touch } from '../../cache.ts';
import { overlayDisk } from '../../disk.ts';
import { type Machine, startMachine } from '../../machine.ts';
import type { ShowProgress } from '../../progress.ts';
import type { Target } from '../../target.ts';
import { type PeerInitrd, peerInitrds } from './ways.ts';

export interface PeerFiles {
  /** Of each peer, the file. */
  readonly initrds: Readonly<Record<PeerInitrd, string>>;
  /** `/sys/devices/…/modalias` of the machine. */
  readonly modaliases: readonly string[];
}

const KEPT = 2;
const UP_MS = 300_000;
const LOGIN_MS = 60_000;
const RETRY_MS = 1000;
const MAKE_MS = 900_000;
const MODALIASES = 'modaliases';
const modaliasScript = 'find /sys/devices -name modalias -exec cat {} +';
/** As the packages ship them, but for what is asked: all drivers, or those of this machine. */
const commands: Readonly<Record<PeerInitrd, string>> = {
  'initramfs-tools-most': 'mkinitramfs -o $out $version',
  'initramfs-tools-dep':
    'cp -r /etc/initramfs-tools /root/dep; sed -i s/^MODULES=.*/MODULES=dep/ /root/dep/initramfs.conf; mkinitramfs -d /root/dep -o $out $version',
  'dracut-generic': 'dracut --quiet --force --no-hostonly $out $version',
  'dracut-host-only': 'dracut --quiet --force --hostonly --no-hostonly-cmdline $out $version',
};

/** Boots the image for it. What was made is kept at once: a run that is interrupted, or a later one, makes only what is missing. */
export async function makePeerInitrds(target: Target, show: ShowProgress, signal: AbortSignal): Promise<PeerFiles> {
  const cache = await makeCacheDir('bench-root');
  const directory = join(cache, await hashInputs({ files: [import.meta.filename], words: [target.image] }));
  await mkdir(directory, { recursive: true });
  const progress = show('initrds of the peers');
  const missing = ([MODALIASES, ...peerInitrds] as const).filter((name) => !existsSync(join(directory, name)));
  if (missing.length > 0) await make(target, directory, missing, (detail) => progress.update(detail), signal);
  progress.done(missing.length > 0 ? 'made' : 'reused');
  await touch(directory);
  await prune(cache, '', KEPT);
  const initrds = Object.fromEntries(peerInitrds.map((name) => [name, join(directory, name)])) as Record<PeerInitrd, string>;
  const modaliases = (await readFile(join(directory, MODALIASES), 'utf8')).split('\n').filter((line) => line !== '');
  return { initrds, modaliases };
}

type Wanted = PeerInitrd | typeof MODALIASES;

async function make(
  { image, root, keyFile }: Target,
  directory: string,
  names: readonly Wanted[],
  tell: (detail: string) => void,
  signal: AbortSignal,
): Promise<void> {
  await using disk = await overlayDisk(image, root);
  tell('booting the image');
  await using machine = await startMachine({ disk, boot: await bootFiles(image, root, 'image'), keyFile, init: '/sbin/init', signal });
  await waitLogin(machine, signal);
  for (const name of names) {
    tell(name);
    const partial = join(directory, `.${name}`);
    await writeFile(partial, name === MODALIASES ? await inside(machine, modaliasScript) : await makeInitrd(machine, name));
    await rename(partial, join(directory, name));
  }
}

async function makeInitrd(machine: Machine, name: PeerInitrd): Promise<Buffer> {
  const out = `/root/${name}`;
  await inside(machine, `set -e; version=$(uname -r) out=${out}; ${commands[name]}`);
  return Buffer.from(await inside(machine, `base64 ${out}`), 'base64');
}

/** A banner is no login yet: sshd is started while the boot still works on the network. */
async function waitLogin(machine: Machine, signal: AbortSignal): Promise<void> {
  const endMs = performance.now() + UP_MS;
  for (;;) {
    await machine.waitDoor('server', UP_MS);
    const { code } = await machine.ssh(['true'], { door: 'server', deadlineMs: LOGIN_MS });
    if (code === 0) return;
    if (performance.now() > endMs) throw new Error(`nobody can log in to the image:\n${machine.console.lastLines()}`);
    await setTimeout(RETRY_MS, undefined, { signal });
  }
}

const inside = (machine: Machine, script: string): Promise<string> => machine.sh(script, { door: 'server', deadlineMs: MAKE_MS });
