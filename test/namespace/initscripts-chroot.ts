/** A small image in namespaces of its own, in which the shipped initscripts run for real: static busybox or dash as its shell. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const source = join(import.meta.dirname, '../../initscripts');

/** A daemon for names that no test machine has: stays in the foreground as it is told to by files in /etc/stand-in. */
const STAND_IN = `
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
static volatile sig_atomic_t hups;
static void on_hup(int signal) { (void)signal; hups++; }
int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) if (strcmp(argv[i], "-t") == 0) return access("/etc/stand-in/bad-configuration", F_OK) == 0;
  if (access("/etc/stand-in/exits", F_OK) == 0) return 1;
  if (access("/etc/stand-in/ignores-term", F_OK) == 0) signal(SIGTERM, SIG_IGN);
  signal(SIGHUP, on_hup);
  for (;;) {
    pause();
    FILE *seen = fopen("/run/hups", "w");
    if (seen) { fprintf(seen, "%d\\n", (int)hups); fclose(seen); }
  }
}
`;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Chroot extends AsyncDisposable {
  readonly root: string;
  /** Runs one action of an initscript. */
  act(script: string, ...args: readonly string[]): Ended;
  /** Runs a shell command inside, as root. */
  sh(command: string): Ended;
  /** The same with another user id. */
  shAs(uid: number, command: string): Ended;
  /** Writes a file of the image. */
  file(path: string, text: string, mode?: number): void;
  /** Runs this machine's own ip(8) on the network inside: busybox makes no veth. */
  ip(...args: readonly string[]): void;
  /** Runs the command until it succeeds; throws with its output after `deadlineMs`. */
  eventually(command: string, deadlineMs?: number): Promise<void>;
}

/** Builds the image and starts its namespaces; disposal ends every process in them and removes everything. */
export async function startChroot(shell: 'busybox' | 'dash'): Promise<Chroot> {
  const root = mkdtempSync(join(tmpdir(), 'initscripts-'));
  buildRoot(root, shell);
  const mounts = [
    `mount -t tmpfs run ${root}/run`,
    `mount -t proc proc ${root}/proc`,
    `mount -t sysfs -o ro sysfs ${root}/sys`,
    `mount -t tmpfs -o mode=755 dev ${root}/dev`,
    ...['null:1:3', 'zero:1:5', 'random:1:8', 'urandom:1:9'].map(
      (device) => `mknod -m 666 ${root}/dev/${device.replaceAll(':', ' ').replace(' ', ' c ')}`,
    ),
    `exec chroot ${root} /bin/busybox sh -c 'hostname fresh; echo ready; while :; do sleep 0.1; done'`,
  ];
  const argv = ['--mount', '--pid', '--net', '--uts', '--ipc', '--fork', '--kill-child', '--propagation', 'private'];
  const holder = spawn('unshare', [...argv, 'sh', '-ec', mounts.join('\n')], { stdio: ['ignore', 'pipe', 'inherit'] });
  await Promise.race([
    once(holder.stdout, 'data'),
    once(holder, 'exit').then(() => Promise.reject(new Error('the namespaces did not start'))),
  ]);
  const init = readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, 'utf8').trim();
  return new RunningChroot(root, init, async () => {
    const gone = once(holder, 'exit');
    holder.kill('SIGKILL');
    await gone;
    rmSync(root, { recursive: true, force: true });
  });
}

class RunningChroot implements Chroot {
  readonly root: string;
  readonly #init: string;
  readonly #end: () => Promise<void>;

  constructor(root: string, init: string, end: () => Promise<void>) {
    this.root = root;
    this.#init = init;
    this.#end = end;
  }

  act(script: string, ...args: readonly string[]): Ended {
    return this.#run(0, [`/etc/init.d/${script}`, ...args]);
  }
  sh(command: string): Ended {
    return this.#run(0, ['/bin/sh', '-c', command]);
  }
  shAs(uid: number, command: string): Ended {
    return this.#run(uid, ['/bin/sh', '-c', command]);
  }
  ip(...args: readonly string[]): void {
    execFileSync('/usr/bin/nsenter', ['-t', this.#init, '-n', 'ip', ...args]);
  }
  file(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
    chmodSync(join(this.root, path), mode);
  }
  async eventually(command: string, deadlineMs = 30_000): Promise<void> {
    const deadline = Date.now() + deadlineMs;
    for (let last = this.sh(command); last.code !== 0; last = this.sh(command)) {
      if (Date.now() > deadline) throw new Error(`${command}: not within ${deadlineMs} ms: ${last.stdout}${last.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }

  #run(uid: number, argv: readonly string[]): Ended {
    const enter = ['-t', this.#init, '-m', '-p', '-n', '-u', '-i', `-r`, `-w`, '-S', String(uid), '-G', String(uid)];
    const env = { PATH: '/bin' };
    const { status, stdout, stderr } = spawnSync('/usr/bin/nsenter', [...enter, ...argv], { env, encoding: 'utf8', timeout: 60_000 });
    return { code: status, stdout, stderr };
  }
}

function buildRoot(root: string, shell: 'busybox' | 'dash'): void {
  chmodSync(root, 0o755);
  for (const directory of ['bin', 'usr/sbin', 'etc/default', 'var/lib', 'run', 'tmp', 'proc', 'sys', 'dev', 'usr/lib/lifeboot', 'mnt']) {
    mkdirSync(join(root, directory), { recursive: true });
  }
  symlinkSync('bin', join(root, 'sbin'));
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
  for (const applet of execFileSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n')) {
    if (applet !== 'busybox' && !(applet === 'sh' && shell === 'dash')) symlinkSync('busybox', join(root, 'bin', applet));
  }
  if (shell === 'dash') addProgram(root, '/bin/dash', '/bin/sh');
  addProgram(root, '/sbin/e2fsck', '/bin/fsck.ext4');
  cpSync(join(source, 'init.d'), join(root, 'etc/init.d'), { recursive: true });
  cpSync(join(source, 'lib'), join(root, 'usr/lib/lifeboot/initscripts'), { recursive: true });
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nutmp:x:43:\n');
  writeFileSync(join(root, 'etc/fstab'), '/dev/root / ext4 defaults 0 1\n');
  addStandIns(root);
}

function addStandIns(root: string): void {
  mkdirSync(join(root, 'etc/stand-in'));
  writeFileSync(join(root, 'stand-in.c'), STAND_IN);
  execFileSync('g++', ['-x', 'c', '-O1', '-static', '-o', join(root, 'usr/sbin/cron'), join(root, 'stand-in.c')]);
  for (const name of ['sshd', 'chronyd']) copyFileSync(join(root, 'usr/sbin/cron'), join(root, 'usr/sbin', name));
  writeFileSync(join(root, 'usr/sbin/ssh-keygen'), '#!/bin/sh\n', { mode: 0o755 });
}

/** Copies a program of this machine with the libraries it is linked to. */
function addProgram(root: string, program: string, target: string): void {
  copyFileSync(program, join(root, target));
  const libraries = execFileSync('ldd', [program], { encoding: 'utf8' }).match(/\/[^ \n]+/g) ?? [];
  for (const library of libraries) {
    const copy = join(root, library);
    mkdirSync(dirname(copy), { recursive: true });
    if (!existsSync(copy)) copyFileSync(library, copy);
  }
}
