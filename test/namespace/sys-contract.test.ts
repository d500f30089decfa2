/** The real operating system keeps the contract that FakeSys claims. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
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
