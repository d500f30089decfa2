/** A whole machine in namespaces: the real stage 1, busybox init as PID 1, both agents and a loop-mounted root, at native speed. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import type { IPty } from 'node-pty';
import { copyTemplateRoot, machineKey, machinePlace, templateInitrd, toolboxDir } from './machine-template.ts';
import { ownCgroup, removeCgroup } from './own-cgroup.ts';

const pty = createRequire(import.meta.url)('node-pty') as typeof import('node-pty');

export interface MachineOptions {
  /** Initscripts by name: the text behind `start)`, or a whole script when it begins with `#!`. */
  readonly scripts?: Readonly<Record<string, string>>;
  /** Links, e.g. `rcS.d/S02one`: the script is the name behind the number. */
  readonly links?: readonly string[];
  /** Further files of the root, by absolute path. */
  readonly files?: Readonly<Record<string, string>>;
  /** lifeboot is the initramfs: nobody has mounted the root. */
  readonly initramfs?: boolean;
  /** Words added to the kernel command line. */
  readonly cmdline?: string;
  /** What the kernel gives init along. */
  readonly initArguments?: readonly string[];
  /** Changes the unmounted image: damage it with debugfs. */
  readonly damage?: (image: string) => void;
  /** Makes the image of the root directory; default: ext4 of 400 MiB. */
  readonly makeImage?: (root: string, image: string) => void;
  /** What the initramfs is made of; default: the build in `dist`. */
  readonly toolbox?: string;
  /** Changes the root directory before the image is made of it. */
  readonly prepare?: (root: string) => void | Promise<void>;
}

export interface Machine extends AsyncDisposable {
  readonly directory: string;
  readonly image: string;
  /** All that the console showed. */
  console(): string;
  /** What was written to the kernel's log. */
  kernelLog(): string;
  /** Types on the console. */
  type(text: string): void;
  /** Resolves with the console text once it matches. Rejects with the last lines after `deadlineMs`. */
  expect(pattern: RegExp, deadlineMs?: number): Promise<string>;
  /** Runs a command inside, with the toolbox first in PATH, and returns its standard output. */
  inside(command: string, deadlineMs?: number): string;
  /** Runs a command after which the machine ends, perhaps before the command does. */
  end(command: string): void;
  /** Kills one of the two agents with SIGKILL, wherever it stands. */
  killAgent(name: 'boot' | 'rescue'): void;
  /** Runs the OpenSSH client against rescue. */
  ssh(command: string, deadlineMs?: number): { readonly code: number; readonly stdout: string; readonly stderr: string };
  /** Words of nsenter(1) that run a command inside. */
  readonly enter: readonly string[];
  /** Logs in on a pty, and stays. */
  openSession(term?: string): Session;
  /** Resolves when the machine has ended: `SIGHUP` is a reboot, `SIGINT` a power-off (reboot(2) in a pid namespace). */
  readonly ended: Promise<string>;
}

export interface Session {
  write(text: string): void;
  /** Resolves with all that was said so far once it matches. */
  expect(pattern: RegExp, deadlineMs?: number): Promise<string>;
}

const DEADLINE_MS = 40_000;

/** In memory: a file of a disk would be unmounted on the way down, as all that holds data. */
const kernelLogOf = (directory: string): string => `/dev/shm/${basename(directory)}.kmsg`;

/** Boots a machine. The caller disposes of it; nothing is left then. */
export async function startMachine(options: MachineOptions = {}): Promise<Machine> {
  const directory = mkdtempSync(join(machinePlace(), 'lifeboot-machine-'));
  const image = await buildImage(directory, options).catch((error: unknown) => {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  });
  options.damage?.(image);
  writeFileSync(join(directory, 'cmdline'), `root=/dev/loop0 ro ip=off ${options.cmdline ?? ''}\n`);
  const script = options.initramfs
    ? initramfsScript(directory, image, await templateInitrd(options.toolbox ?? toolboxDir))
    : bootScript(directory, image, options.initArguments ?? []);
  writeFileSync(join(directory, 'boot'), script, { mode: 0o755 });
  // A hierarchy of cgroups of its own: its root is the group that the machine is started in.
  const group = ownCgroup(basename(directory));
  const enter = group === undefined ? [] : ['sh', '-c', 'echo 0 >"$0/cgroup.procs" && exec "$@"', group];
  const namespaces = ['--mount', '--pid', '--net', '--uts', '--ipc', '--cgroup', '--fork', '--kill-child', '--propagation', 'private'];
  const [program = '', ...argv] = [...enter, 'unshare', ...namespaces, 'sh', join(directory, 'boot')];
  const env = { PATH: process.env['PATH'] ?? '', TERM: 'dumb' };
  const terminal = pty.spawn(program, argv, { cols: 200, rows: 50, cwd: '/', env });
  return watchMachine(terminal, directory, image);
}

/** Everything a pty says, to be waited for. */
export function listenTo(terminal: IPty, who: string): { readonly text: () => string; readonly expect: Session['expect'] } {
  let text = '';
  const listeners = new Set<() => void>();
  terminal.onData((data) => {
    text += data.replaceAll('\r', '');
    for (const listener of listeners) listener();
  });
  const expect: Session['expect'] = (pattern, deadlineMs = DEADLINE_MS) =>
    new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        listeners.delete(look);
        act();
      };
      const look = (): void => {
        if (pattern.test(text)) settle(() => resolve(text));
      };
      const give = (): void => settle(() => reject(new Error(`no ${pattern} within ${deadlineMs} ms; ${who}:\n${text.slice(-4000)}`)));
      const timer = setTimeout(give, deadlineMs);
      listeners.add(look);
      look();
    });
  return { text: () => text, expect };
}

function watchMachine(terminal: IPty, directory: string, image: string): Machine {
  const { text, expect } = listenTo(terminal, 'console');
  const ended = new Promise<string>((resolve) => {
    terminal.onExit(({ exitCode, signal }) => resolve(signal ? `signal ${signal}` : `exit ${exitCode}`));
  });
  const init = (): string => execFileSync('pgrep', ['-P', String(terminal.pid)], { encoding: 'utf8' }).trim();
  const enter = (namespaces: readonly string[], argv: readonly string[], deadlineMs: number) =>
    execFileSync('nsenter', ['-t', init(), ...namespaces, ...argv], {
      encoding: 'utf8',
      timeout: deadlineMs,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const inside: Machine['inside'] = (command, deadlineMs = DEADLINE_MS) =>
    enter(
      ['-m', '-p', '-n', '-u', '-r', '-w/'],
      ['/run/lifeboot/bin/busybox', 'sh', '-c', `PATH=/run/lifeboot/bin:$PATH; ${command}`],
      deadlineMs,
    );
  const quiet = [
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'LogLevel=ERROR',
    'BatchMode=yes',
    'ConnectionAttempts=15',
  ].flatMap((option) => ['-o', option]);
  const client = ['ssh', '-i', machineKey(), '-p', '2222', ...quiet, 'root@127.0.0.1'];
  return {
    directory,
    image,
    get enter() {
      return ['-t', init(), '-m', '-p', '-n', '-u', '-r', '-w/'];
    },
    ended,
    console: text,
    kernelLog: () => readFileSync(kernelLogOf(directory), 'utf8'),
    type: (keys) => terminal.write(keys),
    expect,
    inside,
    end(command) {
      try {
        inside(command);
      } catch {
        // Ended with everything else.
      }
    },
    killAgent(name) {
      inside(
        `for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline | grep -q 'agent[.]mjs ${name}' && kill -9 \${p#/proc/}; done 2>/dev/null; true`,
      );
    },
    ssh(command, deadlineMs = DEADLINE_MS) {
      const argv = [...client, command];
      try {
        return { code: 0, stdout: enter(['-n'], argv, deadlineMs), stderr: '' };
      } catch (error) {
        const failed = error as { readonly status: number | null; readonly stdout: string; readonly stderr: string };
        return { code: failed.status ?? -1, stdout: failed.stdout, stderr: failed.stderr };
      }
    },
    openSession(term = 'dumb') {
      const session = pty.spawn('nsenter', ['-t', init(), '-n', ...client.toSpliced(1, 0, '-tt')], {
        cwd: '/',
        env: { PATH: process.env['PATH'] ?? '', TERM: term },
      });
      return { write: (line) => session.write(line), expect: listenTo(session, 'session').expect };
    },
    async [Symbol.asyncDispose]() {
      terminal.kill('SIGKILL');
      await ended;
      const group = ownCgroup(basename(directory));
      if (group !== undefined) removeCgroup(group);
      // The machine unmounts and mounts its root by itself, so the loop device must outlive a mount: it is ours to detach.
      const loops = execFileSync('losetup', ['-nO', 'NAME', '-j', image], { encoding: 'utf8' })
        .split('\n')
        .filter((name) => name !== '');
      if (loops.length > 0) execFileSync('losetup', ['-d', ...loops.map((name) => name.trim())]);
      rmSync(kernelLogOf(directory), { force: true });
      if (process.env['LIFEBOOT_KEEP'] === undefined) rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The root that all machines have, and whatever the test wants to start. */
async function buildImage(directory: string, options: MachineOptions): Promise<string> {
  const root = join(directory, 'root');
  mkdirSync(root);
  await copyTemplateRoot(root);
  for (const [name, body] of Object.entries(options.scripts ?? {})) {
    writeFileSync(join(root, 'etc/init.d', name), body.startsWith('#!') ? body : initscript(name, body), { mode: 0o755 });
  }
  for (const link of options.links ?? []) mkdirSync(dirname(join(root, 'etc', link)), { recursive: true });
  for (const link of options.links ?? []) symlinkSync(`../init.d/${link.replace(/^.*\/[SK]\d\d/, '')}`, join(root, 'etc', link));
  for (const [path, text] of Object.entries(options.files ?? {})) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  await options.prepare?.(root);
  const image = join(directory, 'root.img');
  (options.makeImage ?? makeExt4)(root, image);
  rmSync(root, { recursive: true });
  return image;
}

const makeExt4 = (root: string, image: string): void =>
  void execFileSync('mke2fs', ['-q', '-t', 'ext4', '-d', root, image, '400M'], { stdio: ['ignore', 'ignore', 'inherit'] });

const initscript = (name: string, body: string): string => `#!/bin/sh
### BEGIN INIT INFO
# Provides: ${name}
# Required-Start:
# Required-Stop:
# Default-Start: S 2
# Default-Stop: 0 6
# Short-Description: ${name}
### END INIT INFO
case "$1" in
start) ${body} ;;
stop) echo "stopped ${name}" >/dev/console ;;
esac
`;

/** What a boot loader and the kernel do: mount the root read-only, give it a console and a command line, run init on it. */
function bootScript(directory: string, image: string, initArguments: readonly string[]): string {
  return `set -e
console=$(tty)
mkdir -p ${directory}/sysroot
loop=$(losetup --find --show ${image})
mount -o ro "$loop" ${directory}/sysroot
cd ${directory}/sysroot
mount -t proc proc proc
mount --bind ${directory}/cmdline proc/cmdline
# The list is the whole kernel's: the way down would switch the host's swap off.
mount --bind /dev/null proc/swaps
mount -t devtmpfs devtmpfs dev
mount --bind "$console" dev/console
# The kernel's log is this host's: what would go there is kept in a file.
: >${kernelLogOf(directory)}
mount --bind ${kernelLogOf(directory)} dev/kmsg
exec chroot . /sbin/lifeboot-init ${initArguments.map((word) => `'${word}'`).join(' ')}
`;
}

/** What the kernel does with an initrd; a tmpfs stands for its rootfs. Nobody mounts the root. The kernel's log is the real one: it is evidence of disks. */
function initramfsScript(directory: string, image: string, initrd: string): string {
  return `set -e
console=$(tty)
mkdir -p ${directory}/rootfs
loop=$(losetup --find --show ${image})
sed -i "s|root=/dev/loop0|root=$loop|" ${directory}/cmdline
mount -t tmpfs rootfs ${directory}/rootfs
cd ${directory}/rootfs
zstd -dcq ${initrd} | cpio -i --quiet -d
mount -t proc proc proc
mount --bind ${directory}/cmdline proc/cmdline
mount --bind /dev/null proc/swaps
mount -t devtmpfs devtmpfs dev
mount --bind "$console" dev/console
exec chroot . /init
`;
}
