import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ParsedKey } from 'ssh2';
import keyParser from 'ssh2/lib/protocol/keyParser.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dial, logIn, message, payload, shakeHands, text, u32 } from '../fuzz/hostile-client.ts';
import { type Door, doorLimits, eventually, openDoor } from './door.ts';

let door: Door;
let key: ParsedKey;
beforeAll(async () => {
  door = await openDoor();
  key = keyParser.parseKey(await readFile(join(door.directory, 'id'), 'utf8')) as ParsedKey;
});
afterAll(() => door[Symbol.asyncDispose]());

async function authService(from?: string) {
  const client = await shakeHands(await dial(door.sshd.port, from));
  const accepted = client.heard(message.serviceAccept);
  client.send(payload(message.serviceRequest, 'ssh-userauth'));
  await accepted;
  return client;
}

const stillIn = async () => expect((await door.ssh(['echo in'])).stdout).toBe('in\n');

describe('before log-in', () => {
  test('a publickey request without a key ends the connection, not the door', async () => {
    const client = await authService();
    client.send(payload(message.authRequest, 'root', 'ssh-connection', 'publickey', 0, 'ssh-ed25519'));
    await client.closed;
    await stillIn();
  });

  test('a client that leaves while its key is looked up harms nobody', async () => {
    for (let i = 0; i < 5; i += 1) {
      const client = await authService();
      client.offer(key, true);
      client.socket.destroy();
    }
    await stillIn();
  });

  test.each([
    ['a response to questions nobody asked', payload(message.infoResponse, u32(30_000_000))],
    ['a channel', payload(message.channelOpen, 'session', u32(0), u32(1000), u32(1000))],
    ['a global request', payload(message.globalRequest, 'keepalive@openssh.com', 1)],
    ['another key exchange', payload(message.kexInit, Buffer.alloc(16), ...Array<string>(10).fill(''), 0, u32(0))],
  ])('%s is not listened to', async (_, data) => {
    const client = await authService();
    client.send(data);
    await client.closed;
    await stillIn();
  });
});

describe('after log-in', () => {
  test('a channel whose packets may hold nothing is refused', async () => {
    const client = await logIn(await dial(door.sshd.port), key);
    const refused = client.heard(message.channelOpenFail);
    client.send(payload(message.channelOpen, 'session', u32(7), u32(1_000_000), u32(0)));
    await refused;
    await client[Symbol.asyncDispose]();
    await stillIn();
  });

  test('a client that sends more than its window is sent away', async () => {
    const client = await logIn(await dial(door.sshd.port), key);
    const opened = client.heard(message.channelOpenConfirm);
    client.send(payload(message.channelOpen, 'session', u32(0), u32(1_000_000), u32(32_768)));
    await opened;
    const started = client.heard(message.channelSuccess);
    client.send(payload(message.channelRequest, u32(0), 'exec', 1, 'exec sleep 100'));
    await started;
    const data = payload(message.channelData, u32(0), text(Buffer.alloc(32_000)));
    for (let sent = 0; sent < 8_000_000 && client.send(data); sent += 32_000);
    await client.closed;
    await stillIn();
  });

  test('a client that gives a window without end and reads nothing does not fill our memory', async () => {
    const client = await logIn(await dial(door.sshd.port), key);
    const opened = client.heard(message.channelOpenConfirm);
    client.send(payload(message.channelOpen, 'session', u32(0), u32(0xffffffff), u32(32_768)));
    await opened;
    const heldBytes = () => process.memoryUsage().arrayBuffers;
    const before = heldBytes();
    const started = client.heard(message.channelSuccess);
    client.send(payload(message.channelRequest, u32(0), 'exec', 1, 'head -c 400000000 /dev/zero'));
    await started;
    client.socket.pause();
    await eventually('a running program', () => door.sshd.sessions === 1);
    let most = 0;
    for (let i = 0; i < 20; i += 1) {
      most = Math.max(most, heldBytes() - before);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(door.sshd.sessions).toBe(1);
    expect(most).toBeLessThan(32 * 1024 * 1024);
    await client[Symbol.asyncDispose]();
    await eventually('its program ended', () => door.sshd.sessions === 0);
    await stillIn();
  });
});

describe('limits', () => {
  const limits = { ...doorLimits, maxConnections: 3, unusedMs: 400 };

  test('a connection that nobody uses is closed, one with a program that says nothing is not', async () => {
    await using own = await openDoor({ limits });
    const ownKey = keyParser.parseKey(await readFile(join(own.directory, 'id'), 'utf8')) as ParsedKey;
    const unused = await logIn(await dial(own.sshd.port), ownKey);
    const used = own.ssh(['sleep 1.5; echo in']);
    await unused.closed;
    expect((await used).stdout).toBe('in\n');
  });

  test('a full door drops who has not logged in', async () => {
    await using own = await openDoor({ limits });
    const silent = await Promise.all([2, 3, 4].map((n) => dial(own.sshd.port, `127.0.8.${n}`)));
    for (const socket of silent) socket.resume();
    expect((await own.ssh(['echo in'])).stdout).toBe('in\n');
    await eventually('a dropped one', () => silent.some((socket) => socket.destroyed));
    for (const socket of silent) socket.destroy();
  });

  test('who knocks again and again for nothing is served late, others at once', async () => {
    await using own = await openDoor({ limits: { ...limits, maxConnections: 200 } });
    const greeted = async (from: string) => {
      const beganMs = performance.now();
      const socket = await dial(own.sshd.port, from);
      await once(socket, 'data');
      socket.destroy();
      await once(socket, 'close');
      return performance.now() - beganMs;
    };
    for (let i = 0; i < 16; i += 1) await greeted('127.0.9.1');
    await eventually('a penalty', async () => (await greeted('127.0.9.1')) > 2500, 20_000);
    expect(await greeted('127.0.9.2')).toBeLessThan(2500);
  });
});
