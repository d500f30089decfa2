/** The ssh servers that are measured, each on a port of its own, in a mount and network namespace that ends with the bench. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import type { ServerName } from './figures.ts';

export interface Server extends AsyncDisposable {
  readonly pid: number;
  /** From the start of the process until it listened. */
  readonly seconds: number;
}

export const ports: Readonly<Record<ServerName, number>> = { lifeboot: 2222, openssh: 2223, dropbear: 2224 };
const START_MS = 30_000;
const HOME = '/run/home';

/** Makes keys and settings in a directory of the bench, and puts the built toolbox where it belongs. */
export async function prepareServers(directory: string, toolbox: string): Promise<void> {
  await cp(toolbox, '/run/lifeboot', { recursive: true, verbatimSymlinks: true });
  await mkdir('/run/sshd', { mode: 0o755 });
  for (const name of ['id', 'host']) await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(directory, name)]);
  await execa('dropbearkey', ['-t', 'ed25519', '-f', join(directory, 'dropbear')]);
  const key = await readFile(join(directory, 'id.pub'), 'utf8');
  await mkdir('/run/lifeboot/etc/lifeboot', { recursive: true });
  await writeFile('/run/lifeboot/etc/lifeboot/authorized_keys', key, { mode: 0o600 });
  // dropbear looks in root's home only: here it has one of its own.
  await mkdir(`${HOME}/.ssh`, { recursive: true, mode: 0o700 });
  await writeFile(`${HOME}/.ssh/authorized_keys`, key, { mode: 0o600 });
  const passwd = await readFile('/etc/passwd', 'utf8');
  await writeFile('/run/passwd', passwd.replace(/^(root:(?:[^:]*:){4})[^:]*/m, `$1${HOME}`));
  await execa('mount', ['--bind', '/run/passwd', '/etc/passwd']);
  await writeFile(
    join(directory, 'sshd_config'),
    [
      `Port ${ports.openssh}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${join(directory, 'host')}`,
      'PermitRootLogin prohibit-password',
      `AuthorizedKeysFile ${HOME}/.ssh/authorized_keys`,
      'UsePAM no',
      'Subsystem sftp /usr/lib/openssh/sftp-server',
      '',
    ].join('\n'),
  );
}

/** Starts one and waits until it listens. Throws when it does not. */
export async function startServer(name: ServerName, directory: string): Promise<Server> {
  const argv: Readonly<Record<ServerName, readonly string[]>> = {
    lifeboot: ['/run/lifeboot/bin/lifeboot', 'rescue'],
    openssh: ['/usr/sbin/sshd', '-D', '-f', join(directory, 'sshd_config')],
    dropbear: ['/usr/sbin/dropbear', '-F', '-E', '-s', '-r', join(directory, 'dropbear'), '-p', `127.0.0.1:${ports.dropbear}`],
  };
  const [program = '', ...args] = argv[name];
  const beganMs = performance.now();
  const child = spawn(program, args, { stdio: 'ignore' });
  while (!(await isListening(ports[name]))) {
    if (performance.now() - beganMs > START_MS || child.exitCode !== null) throw new Error(`${name} does not listen`);
    await sleep(2);
  }
  const seconds = (performance.now() - beganMs) / 1000;
  return { pid: child.pid ?? 0, seconds, [Symbol.asyncDispose]: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await exited;
  clearTimeout(late);
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const [event] = await Promise.race([once(socket, 'connect').then(() => ['connect']), once(socket, 'error').then(() => ['error'])]).catch(
    () => ['error'],
  );
  socket.destroy();
  return event === 'connect';
}
