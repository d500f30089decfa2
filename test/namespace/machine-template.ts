/** What the machines of one run have in common, made by the first of them: a root with the toolbox installed, the key to its door, the initramfs. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, linkSync, mkdirSync, mkdtempSync, renameSync, rmSync, statfsSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { makeInitramfs } from '../../src/toolbox/initramfs/initramfs.ts';
import { installToolbox } from '../../src/toolbox/install.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly machineTemplate: string;
  }
}

export const toolboxDir = new URL('../../dist/toolbox', import.meta.url).pathname;

/** Most of the toolbox by far, and no test writes to it: a link is enough. */
const NODE = 'usr/lib/lifeboot/toolbox/bin/node';
const DIRECTORIES = ['bin', 'sbin', 'dev', 'proc', 'sys', 'run', 'tmp', 'root', 'var', 'usr/bin', 'usr/sbin'];
const OF_ETC = ['init.d', 'rcS.d', 'rc2.d', 'rc0.d', 'rc6.d'];

const MEMORY = '/dev/shm';
/** f_type of statfs(2). */
const TMPFS = 0x01021994;
/** A root, its image, and what else is in memory of a run. */
const ROOM_BYTES = 2 ** 31;

/** For vitest, before all tests of the run: a place for it. Returns what removes it afterwards. */
export function setup(project: TestProject): () => void {
  const { type, bavail, bsize } = statfsSync(MEMORY);
  // Machines write back all they have when they end: a disk would be what most of their time goes into.
  const directory = mkdtempSync(join(type === TMPFS && bavail * bsize >= ROOM_BYTES ? MEMORY : tmpdir(), 'lifeboot-template-'));
  project.provide('machineTemplate', directory);
  return () => rmSync(directory, { recursive: true, force: true });
}

/** Where machines are made: on the filesystem of what they have in common. */
export const machinePlace = (): string => dirname(inject('machineTemplate'));

/** The private key that every machine lets in; the public one lies beside it. */
export function machineKey(): string {
  const key = join(inject('machineTemplate'), 'key');
  if (!existsSync(key)) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  return key;
}

/** Fills an empty directory: a small Debian-shaped root, busybox for its tools, with the toolbox of the build installed. */
export async function copyTemplateRoot(root: string): Promise<void> {
  const [template, node] = ['root', 'node'].map((name) => join(inject('machineTemplate'), name)) as [string, string];
  if (!existsSync(template)) {
    const fresh = `${template}.new`;
    makeRoot(fresh);
    await installToolbox({ root: fresh, toolbox: toolboxDir, authorizedKeys: `${machineKey()}.pub` });
    renameSync(join(fresh, NODE), node);
    renameSync(fresh, template);
  }
  execFileSync('cp', ['-a', `${template}/.`, root]);
  linkSync(node, join(root, NODE));
}

/** The initramfs of a toolbox, for a kernel of no modules: those of this host are not for a test to load. */
export async function templateInitrd(toolbox: string): Promise<string> {
  const place = join(inject('machineTemplate'), `initrd-${createHash('sha1').update(toolbox).digest('hex')}`);
  const output = join(place, 'initrd');
  if (existsSync(output)) return output;
  const root = join(place, 'kernel');
  mkdirSync(join(root, 'lib/modules/0-none'), { recursive: true });
  writeFileSync(join(root, 'lib/modules/0-none/modules.dep'), '');
  const config = join(place, 'lifeboot.toml');
  writeFileSync(config, '[boot]\nroot_wait_seconds = 2\n');
  await makeInitramfs({ root, toolbox, output, config, modules: { kind: 'generic' }, authorizedKeys: `${machineKey()}.pub` });
  return output;
}

function makeRoot(root: string): void {
  // Install puts its hook where Debian's init-functions have a place for it.
  for (const path of [...DIRECTORIES, ...OF_ETC.map((name) => `etc/${name}`), 'lib/lsb/init-functions.d'])
    mkdirSync(join(root, path), { recursive: true });
  const busybox = join(toolboxDir, 'bin/busybox');
  cpSync(busybox, join(root, 'bin/busybox'));
  for (const applet of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n')) {
    const target = join(root, 'bin', applet);
    if (!existsSync(target)) symlinkSync('busybox', target);
  }
  writeFileSync(join(root, 'sbin/init'), '#!/bin/sh\necho "own init runs as $$" >/dev/console\nexec sleep 1000\n', { mode: 0o755 });
  writeFileSync(join(root, 'etc/fstab'), '/dev/root / ext4 defaults 0 1\n');
}
