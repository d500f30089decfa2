/** The initrds of the peers, made by their own tools in the running image, as on any machine of a fleet; and what hardware that machine has. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { bootFiles } from '../../boot-files.ts';
import { hashInputs, makeCacheDir, prune, touch } from '../../cache.ts';
import { copyDisk } from '../../disk.ts';
import { type Machine, startMachine } from '../../machine.ts';
import type { ShowProgress } from '../../progress.ts';
import { readDebugfs } from '../../root-location.ts';
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
const END_MS = 120_000;
const PLACE = '/root/initrds';
const MODALIASES = 'modaliases';
/** As the packages ship them, but for what is asked: all drivers, or those of this machine. */
const commands: Readonly<Record<PeerInitrd, string>> = {
  'initramfs-tools-most': 'mkinitramfs -o $out $version',
  'initramfs-tools-dep':
    'cp -r /etc/initramfs-tools /root/dep; sed -i s/^MODULES=.*/MODULES=dep/ /root/dep/initramfs.conf; mkinitramfs -d /root/dep -o $out $version',
  'dracut-generic': 'dracut --quiet --force --no-hostonly $out $version',
  'dracut-host-only': 'dracut --quiet --force --hostonly --no-hostonly-cmdline $out $version',
};

/** Boots the image once for it; a later run finds them in the cache. */
export async function makePeerInitrds(target: Target, show: ShowProgress, signal: AbortSignal): Promise<PeerFiles> {
  const cache = await makeCacheDir('bench-root');
  const directory = join(cache, await hashInputs({ files: [import.meta.filename], words: [target.image] }));
  const progress = show('initrds of the peers');
  if (existsSync(directory)) {
    await touch(directory);
    progress.done('reused');
  } else {
    await make(target, directory, (detail) => progress.update(detail), signal);
    await prune(cache, '', KEPT);
    progress.done('made');
  }
  const initrds = Object.fromEntries(peerInitrds.map((name) => [name, join(directory, name)])) as Record<PeerInitrd, string>;
  const modaliases = (await readFile(join(directory, MODALIASES), 'utf8')).split('\n').filter((line) => line !== '');
  return { initrds, modaliases };
}

async function make(target: Target, directory: string, tell: (detail: string) => void, signal: AbortSignal): Promise<void> {
  const { image, root, keyFile } = target;
  await using disk = await copyDisk(image, root);
  tell('booting the image');
  const work = await mkdtemp(`${directory}.`);
  try {
    await using machine = await startMachine({ disk, boot: await bootFiles(image, root, 'image'), keyFile, init: '/sbin/init', signal });
    await waitLogin(machine, signal);
    const modaliases = await inside(machine, 'find /sys/devices -name modalias -exec cat {} +');
    await writeFile(join(work, MODALIASES), modaliases);
    await inside(machine, `mkdir -p ${PLACE}`);
    for (const name of peerInitrds) {
      tell(name);
      await inside(machine, `set -e; version=$(uname -r) out=${PLACE}/${name}; ${commands[name]}`);
    }
    await inside(machine, 'poweroff');
    await machine.ended(END_MS);
    for (const name of peerInitrds) await readDebugfs(disk.path, root, `dump ${PLACE}/${name} ${join(work, name)}`);
    await rename(work, directory);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
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
