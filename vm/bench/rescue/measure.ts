/** Takes the samples: real OpenSSH clients against each server in turn. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { type Samples, type ServerName, servers } from './figures.ts';
import { ports, startServer } from './servers.ts';

const LOGINS = 15;
const SESSIONS = 5;
const CLIENT_MS = 120_000;

export const noSamples = (): Record<ServerName, Samples> =>
  Object.fromEntries(
    servers.map((name) => [name, { listening: [], login: [], put: [], get: [], idle: [], session: [] }]),
  ) as unknown as Record<ServerName, Samples>;

/** One run of every figure, the servers in turn so that load on the host falls on all of them. */
export async function measureOnce(directory: string, all: Record<ServerName, Samples>): Promise<void> {
  for (const name of servers) {
    await using server = await startServer(name, directory);
    const samples = all[name];
    samples.listening.push(server.seconds);
    await run('ssh', [...optionsOf(name, directory), 'root@127.0.0.1', 'true']);
    // What is loaded at the first log-in belongs to the idle server.
    await sleep(500);
    const idle = await treeMib(server.pid);
    samples.idle.push(idle);
    for (let i = 0; i < LOGINS; i += 1) samples.login.push(await run('ssh', [...optionsOf(name, directory), 'root@127.0.0.1', 'true']));
    samples.session.push(((await treeWithSessions(name, directory, server.pid)) - (await treeMib(server.pid))) / SESSIONS);
    if (name === 'dropbear') continue;
    samples.put.push(await sftp(name, directory, `put ${join(directory, 'data')} ${join(directory, `put-${name}`)}`));
    samples.get.push(await sftp(name, directory, `get ${join(directory, 'data')} ${join(directory, `got-${name}`)}`));
  }
}

function optionsOf(name: ServerName, directory: string): readonly string[] {
  const words = ['IdentitiesOnly=yes', 'IdentityAgent=none', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'];
  return [
    '-F',
    'none',
    '-i',
    join(directory, 'id'),
    ...words.flatMap((word) => ['-o', word]),
    '-o',
    `Port=${ports[name]}`,
    '-o',
    'BatchMode=yes',
  ];
}

/** Seconds it took. Throws when it fails. */
async function run(program: string, args: readonly string[], input = ''): Promise<number> {
  const beganMs = performance.now();
  await execa(program, args, { timeout: CLIENT_MS, input });
  return (performance.now() - beganMs) / 1000;
}

const sftp = (name: ServerName, directory: string, command: string): Promise<number> =>
  run('sftp', [...optionsOf(name, directory), '-q', '-b', '-', 'root@127.0.0.1'], `${command}\n`);

/** Of the server's whole tree while some clients have a program running. The client's own processes do not count. */
async function treeWithSessions(name: ServerName, directory: string, pid: number): Promise<number> {
  const clients: ChildProcess[] = [];
  try {
    for (let i = 0; i < SESSIONS; i += 1) {
      const client = spawn('ssh', [...optionsOf(name, directory), 'root@127.0.0.1', 'echo in; exec cat'], {
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      clients.push(client);
      await once(client.stdout ?? client, 'data');
    }
    await sleep(300);
    return await treeMib(pid);
  } finally {
    for (const client of clients) client.stdin?.end();
    await Promise.all(clients.map((client) => (client.exitCode === null ? once(client, 'exit') : undefined)));
  }
}

/** PSS of a process and all its descendants: proc(5), smaps_rollup. */
async function treeMib(root: number): Promise<number> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    const stat = /^\d+$/.test(name) ? await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '') : '';
    const parent = /\) \S (\d+)/.exec(stat)?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  let kib = 0;
  for (const pid of parents.keys()) {
    let at: number | undefined = pid;
    while (at !== undefined && at !== root) at = parents.get(at);
    if (at !== root) continue;
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    kib += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? /^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  }
  return kib / 1024;
}
