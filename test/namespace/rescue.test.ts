import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BootState, RescueState } from '../../src/sys/boot-state.ts';
import { createLinuxSys } from '../../src/sys/linux.ts';
import { eventually, makeKey } from './door.ts';

const sys = createLinuxSys({ consolePath: '/dev/null' });
let directory: string;
let port: number;
let processes: ChildProcess[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lifeboot-rescue-'));
  for (const name of ['baked', 'etc', 'root']) await mkdir(join(directory, name));
  await writeFile(join(directory, 'console'), '');
  await makeKey(directory, 'id');
  await copyFile(join(directory, 'id.pub'), join(directory, 'baked/authorized_keys'));
  port = await freePort();
  await writeFile(join(directory, 'baked/lifeboot.toml'), `[rescue]\nport = ${port}\nlisten = "127.0.0.1"\n`);
  processes = [];
});
afterEach(async () => {
  for (const child of processes) child.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

async function listenOn(wanted: number): Promise<Server> {
  const server = createServer().listen(wanted, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function freePort(): Promise<number> {
  const server = await listenOn(0);
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Starts it, behind the words of `wrapper` if any: they must end in an exec. */
function startRescue(wrapper: readonly string[] = []): ChildProcess {
  const [program = '', ...args] = [...wrapper, process.execPath, join(import.meta.dirname, 'rescue-process.ts'), directory];
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  processes.push(child);
  return child;
}

const state = async (): Promise<RescueState | undefined> => {
  const text = await readFile(join(directory, 'rescue.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
};
const opened = (child: ChildProcess) =>
  eventually('the door', async () => {
    const now = await state();
    return now?.pid === child.pid && now?.listening ? now : undefined;
  });
const sshArgs = (key = 'id') => [
  ...[
    '-F',
    'none',
    '-p',
    String(port),
    '-i',
    join(directory, key),
    '-o',
    'IdentitiesOnly=yes',
    '-o',
    'IdentityAgent=none',
    '-o',
    'BatchMode=yes',
  ],
  ...[
    '-o',
    `UserKnownHostsFile=${join(directory, 'known')}`,
    '-o',
    'StrictHostKeyChecking=accept-new',
    '-o',
    'LogLevel=ERROR',
    'root@127.0.0.1',
  ],
];
const ssh = (command: string, key?: string) => execa('ssh', [...sshArgs(key), command], { reject: false, timeout: 20_000 });
const consoleText = () => readFile(join(directory, 'console'), 'utf8');

describe('runRescue()', () => {
  test('tells port, keys and the fingerprint that ssh-keygen prints', async () => {
    const now = await opened(startRescue());
    const { stdout } = await execa('ssh-keygen', ['-lf', join(directory, 'host_key')]);
    expect(stdout).toContain(now.hostKeyFingerprint);
    expect(now).toMatchObject({ port, sessions: 0, authorizedKeys: 1, problems: [] });
    await eventually('the console line', async () =>
      (await consoleText()).includes(`rescue sshd: listening (port ${port} of 127.0.0.1, host key SHA256:`),
    );
    // Without CAP_SYS_RESOURCE, as in many containers, the kernel refuses: then the console must say so.
    const protection = (await readFile(`/proc/${now.pid}/oom_score_adj`, 'utf8')).trim();
    expect(protection === '-1000' || (await consoleText()).includes('/oom_score_adj: EACCES')).toBe(true);
  });

  test('comes back with the same host key within 3 s of kill -9', async () => {
    const first = startRescue();
    await opened(first);
    expect((await ssh('echo in')).stdout).toBe('in');
    first.kill('SIGKILL');
    await once(first, 'exit');
    const beganMs = performance.now();
    await opened(startRescue());
    expect((await ssh('echo again')).stdout).toBe('again');
    expect(performance.now() - beganMs).toBeLessThan(3000);
  });

  test('waits for a port that another process has', async () => {
    const squatter = await listenOn(port);
    const child = startRescue();
    await eventually('the complaint', async () => (await consoleText()).includes('rescue sshd: failed'));
    squatter.close();
    await opened(child);
    expect((await ssh('echo in')).stdout).toBe('in');
  });

  test('takes keys that appear while it runs, but not from a file that others can write', async () => {
    await opened(startRescue());
    await makeKey(directory, 'second');
    const file = join(directory, 'etc/authorized_keys');
    await copyFile(join(directory, 'second.pub'), file);
    await chmod(file, 0o666);
    expect((await ssh('echo in', 'second')).exitCode).toBe(255);
    await eventually('the problem', async () => (await state())?.problems[0]?.includes('has mode 666: others could change it'));
    await chmod(file, 0o600);
    expect((await ssh('echo in', 'second')).stdout).toBe('in');
    await appendFile(file, 'no-such-option ssh-ed25519 AAAA broken\n');
    expect((await ssh('echo in', 'second')).stdout).toBe('in');
    await eventually('the other problem', async () => (await state())?.problems[0]?.includes(`${file}:2: "no-such-option"`));
  });

  test('answers on its control socket and shows a message on open terminals', async () => {
    await opened(startRescue());
    const client = spawn('ssh', [...sshArgs(), '-tt'], { stdio: 'pipe' });
    processes.push(client);
    let screen = '';
    client.stdout.on('data', (chunk) => {
      screen += chunk;
    });
    await eventually('the prompt', () => screen.includes('# '));
    expect(screen).toContain('lifeboot: the boot agent has not reported yet');
    const socket = join(directory, 'rescue.sock');
    expect((await sys.request(socket, { op: 'status' }, 3000))['state']).toMatchObject({ sessions: 1, listening: true });
    await sys.request(socket, { op: 'wall', text: 'the machine goes down' }, 3000);
    await eventually('the message', () => screen.includes('the machine goes down'));
    expect(await sys.request(socket, { op: 'nonsense' }, 3000)).toEqual({
      error: 'unknown op "nonsense"; accepted: status, release-network, verify-network, wall, keep-recordings',
    });
  });

  test('gives a shell of the toolbox whose prompt says where the boot stands, and the banner why it is held', async () => {
    const held: BootState = {
      ...{ version: 1, agentStarts: 1, tiers: [], health: [], overrides: [], problems: [] },
      phases: [{ name: 'check-root', status: 'held' }],
      hold: {
        phase: 'check-root',
        reason: 'errors left',
        evidence: ['\u001b[2Jevil'],
        choices: [{ command: 'lifeboot retry', does: 'again' }],
        sinceMs: 0,
      },
    };
    await writeFile(join(directory, 'state.json'), JSON.stringify(held));
    const toolbox = [
      'mount -t tmpfs tmpfs /run && mkdir -p /run/lifeboot/bin /run/lifeboot/lib/lifeboot && cd /run/lifeboot',
      'cp /bin/busybox bin/ && ln -s busybox bin/sh && cp "$1" lib/lifeboot/ && cp "$2/state.json" . && echo "HELD at check-root" >prompt',
      'shift 2; exec "$@"',
    ].join('\n');
    const profile = join(import.meta.dirname, '../../src/rescue/session/profile.sh');
    await opened(startRescue(['unshare', '--mount', 'sh', '-ec', toolbox, 'sh', profile, directory]));
    const client = spawn('ssh', [...sshArgs(), '-tt'], { stdio: 'pipe' });
    processes.push(client);
    let screen = '';
    client.stdout.on('data', (chunk) => {
      screen += chunk;
    });
    await eventually('the prompt', () => screen.includes('[rescue: HELD at check-root] / # '));
    expect(screen).toContain('HELD at check-root for');
    expect(screen).toContain('  | ?[2Jevil\r\n');
    expect(screen).toContain('  lifeboot retry  again\r\n');
    client.stdin.write('cd /tmp; readlink /proc/$$/exe; echo $PATH | cut -d: -f1\n');
    await eventually('the answer', () => /\n\/run\/lifeboot\/bin\/busybox\r\n\/run\/lifeboot\/bin\r\n/.test(screen));
    await eventually('the new prompt', () => screen.includes('[rescue: HELD at check-root] /tmp # '));
  });

  test('says good-bye at SIGTERM and ends', async () => {
    const child = startRescue();
    await opened(child);
    const client = spawn('ssh', [...sshArgs(), '-tt'], { stdio: 'pipe' });
    let screen = '';
    client.stdout.on('data', (chunk) => {
      screen += chunk;
    });
    await eventually('the prompt', () => screen.includes('# '));
    const ends = Promise.all([once(child, 'exit'), once(client, 'close')]);
    child.kill('SIGTERM');
    expect((await ends)[0][0]).toBe(0);
    expect(screen).toContain('good-bye');
  });

  test('uses the host key of the root, and says why when it is not fit', async () => {
    const rootKey = await makeKey(join(directory, 'root'), 'host_key');
    const { stdout } = await execa('ssh-keygen', ['-lf', rootKey]);
    const child = startRescue();
    expect(stdout).toContain((await opened(child)).hostKeyFingerprint);
    child.kill('SIGKILL');
    await chmod(rootKey, 0o644);
    const now = await opened(startRescue());
    expect(stdout).not.toContain(now.hostKeyFingerprint);
    expect(now.problems[0]).toContain('its mode is 644');
  });

  test('offers the certificate of its host key, which is all that a client with its authority needs', async () => {
    const rootKey = await makeKey(join(directory, 'root'), 'host_key');
    const ca = await makeKey(directory, 'ca');
    await execa('ssh-keygen', ['-q', '-s', ca, '-h', '-I', 'machine 7', '-n', '127.0.0.1', `${rootKey}.pub`]);
    await writeFile(join(directory, 'known'), `@cert-authority * ${await readFile(`${ca}.pub`, 'utf8')}`);
    const strict = ['-o', 'StrictHostKeyChecking=yes', '-o', `UserKnownHostsFile=${join(directory, 'known')}`];
    const visit = () => execa('ssh', [...strict, ...sshArgs(), 'echo in'], { reject: false, timeout: 30_000 });
    const child = startRescue();
    expect((await opened(child)).problems).toEqual([]);
    expect((await visit()).stdout).toBe('in');
    child.kill('SIGKILL');
    await makeKey(directory, 'other');
    await execa('ssh-keygen', ['-q', '-s', ca, '-h', '-I', 'x', '-n', '127.0.0.1', join(directory, 'other.pub')]);
    await copyFile(join(directory, 'other-cert.pub'), `${rootKey}-cert.pub`);
    expect((await opened(startRescue())).problems[0]).toContain('the certificate is for another key');
    expect(await visit()).toMatchObject({ exitCode: 255, stderr: expect.stringContaining('Host key verification failed') });
  });
});
