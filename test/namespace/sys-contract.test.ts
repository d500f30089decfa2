/** The real operating system keeps the contract that FakeSys claims. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createLinuxSys } from '../../src/sys/linux.ts';
import { sysContract } from '../fake/sys-contract.ts';

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function contractSubject(parent: string) {
  const directory = await mkdtemp(join(parent, 'lifeboot-contract-'));
  const stack = new AsyncDisposableStack();
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  return {
    sys: createLinuxSys({ consolePath: '/dev/null' }),
    directory,
    victim: async () => {
      const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
      stack.defer(() => void child.kill('SIGKILL'));
      await once(child, 'spawn');
      return child.pid ?? 0;
    },
    ports: async () => {
      const server = createServer((socket) => socket.on('error', () => undefined).end('SSH-2.0-x\r\nmore'));
      const free = createServer();
      const ports = { open: await listening(server), closed: await listening(free) };
      free.close();
      stack.defer(() => void server.close());
      return ports;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe('createLinuxSys() on a disk', () => sysContract(() => contractSubject(tmpdir())));
describe('createLinuxSys() in memory', () => sysContract(() => contractSubject('/run')));

describe('createLinuxSys()', () => {
  test('uptimeMs() counts from the start of the kernel, in every process alike', async () => {
    const sys = createLinuxSys();
    const before = sys.uptimeMs();
    const uptimeMs = Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0]) * 1000;
    expect(uptimeMs).toBeGreaterThanOrEqual(before - 20);
    expect(uptimeMs).toBeLessThanOrEqual(sys.uptimeMs() + 20);
  });
  test('waitForChange() sees a directory appear', async () => {
    await using subject = await contractSubject(tmpdir());
    const late = join(subject.directory, 'late');
    const startMs = subject.sys.uptimeMs();
    const changed = subject.sys.waitForChange(late, 30_000);
    await mkdir(late);
    await changed;
    expect(subject.sys.uptimeMs() - startMs).toBeLessThan(20_000);
  });
});
