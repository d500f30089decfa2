/** Control sockets and clients that misbehave. */
import { once } from 'node:events';
import { mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLinuxSys } from '../../src/sys/linux.ts';

const sys = createLinuxSys({ consolePath: '/dev/null' });
let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lifeboot-control-'));
  path = join(directory, 'sock');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const echo = () => sys.serve(path, async (request) => ({ echo: request }));

async function talk(bytes: string): Promise<string> {
  const socket = connect(path).setEncoding('utf8');
  socket.on('error', () => undefined);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.write(bytes);
  await once(socket, 'close');
  return text;
}

describe('serve()', () => {
  test('answers garbage with an error and stays', async () => {
    await using _server = await echo();
    for (const bytes of ['\n', 'hello\n', '[1]\n', 'null\n', '\xff\x00\x01\n', '{"a":\n']) {
      expect(JSON.parse(await talk(bytes))).toMatchObject({ error: expect.stringContaining('request') });
    }
    expect(await sys.request(path, { still: 'here' }, 5000)).toEqual({ echo: { still: 'here' } });
  });
  test('refuses a request that is too long, with or without an end', async () => {
    await using _server = await echo();
    expect(await talk(`"${'x'.repeat(70_000)}"\n`)).toContain('more than 65536');
    expect(await talk('x'.repeat(70_000))).toContain('more than 65536');
  });
  test('is not held up by clients that say nothing, go away, or do not read', async () => {
    await using _server = await sys.serve(path, async () => ({ long: 'x'.repeat(3_000_000) }));
    const idle: Socket[] = [];
    for (let i = 0; i < 20; i += 1) {
      const socket = connect(path).on('error', () => undefined);
      await once(socket, 'connect');
      if (i % 3 === 1) socket.write('{}\n');
      if (i % 3 === 2) socket.write('{}\n', () => socket.destroy());
      idle.push(socket.pause());
    }
    expect(await sys.request(path, {}, 5000)).toMatchObject({ long: expect.stringMatching(/^x+$/) });
    for (const socket of idle) socket.destroy();
  });
  test('gives an answer that takes its time', async () => {
    await using _server = await sys.serve(path, async () => sys.sleep(300).then(() => ({ late: true })));
    expect(await sys.request(path, {}, 5000)).toEqual({ late: true });
  });
  test('is private', async () => {
    await using _server = await echo();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await sys.listDir(directory)).toEqual(['sock']);
  });
  test('leaves the name to a successor that has taken it', async () => {
    const first = await echo();
    await using _second = await sys.serve(path, async () => ({ second: true }));
    await first[Symbol.asyncDispose]();
    expect(await sys.request(path, {}, 5000)).toEqual({ second: true });
  });
  test('ends with clients connected', async () => {
    const server = await echo();
    const socket = connect(path).on('error', () => undefined);
    await once(socket, 'connect');
    await server[Symbol.asyncDispose]();
    expect(await sys.listDir(directory)).toEqual([]);
  });
});

describe('request()', () => {
  test('throws SysError ECONNREFUSED at a socket that nobody serves any more', async () => {
    const server = createServer().listen(`${path}.x`);
    await once(server, 'listening');
    await rename(`${path}.x`, path);
    server.close();
    await expect(sys.request(path, {}, 1000)).rejects.toMatchObject({ name: 'SysError', code: 'ECONNREFUSED' });
  });
  test('throws SysError for a server that hangs up or talks nonsense', async () => {
    const replies = ['', 'nonsense\n', '"text"\n', '{"half":'];
    const server = createServer((socket) => socket.on('error', () => undefined).end(replies.shift() ?? '')).listen(path);
    await once(server, 'listening');
    for (const code of ['ECONNRESET', 'EPROTO', 'EPROTO', 'ECONNRESET']) {
      await expect(sys.request(path, {}, 1000)).rejects.toMatchObject({ name: 'SysError', code });
    }
    server.close();
  });
});
