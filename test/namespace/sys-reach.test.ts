/** Services that are there, that are not, and that misbehave. */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createLinuxSys } from '../../src/sys/linux.ts';

const sys = createLinuxSys({ consolePath: '/dev/null' });

describe('reach()', () => {
  const host = '127.0.0.1';
  const tcp = (port: number, name = host) => ({ transport: 'tcp', host: name, port }) as const;
  const line = (answer: string): boolean => answer.includes('\n');
  const listen = async (greet: (socket: Socket) => void) => {
    const server = createServer((socket) => greet(socket.on('error', () => undefined))).listen(0, host);
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return { port: address.port, [Symbol.dispose]: () => void server.close() };
  };
  test('names a server that connects and says nothing', async () => {
    using silent = await listen((socket) => void socket.resume());
    const asked = await sys.reach({ to: tcp(silent.port), enough: line, timeoutMs: 500 });
    expect(asked).toEqual({ ok: false, why: 'connected, but no whole answer within 500 ms' });
    expect(await sys.reach({ to: tcp(silent.port), timeoutMs: 1000 })).toEqual({ ok: true, answer: '' });
  });
  test('takes the end of a server as the end of its answer', async () => {
    using closing = await listen((socket) => void socket.end('x'));
    expect(await sys.reach({ to: tcp(closing.port), enough: line, timeoutMs: 5000 })).toEqual({ ok: true, answer: 'x' });
  });
  test('takes an answer in pieces, and cuts an endless one', async () => {
    using pieces = await listen((socket) => {
      socket.setNoDelay().write('SSH-');
      setImmediate(() => socket.end('2.0-y\r\n'));
    });
    using endless = await listen((socket) => void socket.write('x'.repeat(1_000_000)));
    const asked = (port: number) => sys.reach({ to: tcp(port), enough: line, timeoutMs: 5000 });
    expect(await asked(pieces.port)).toEqual({ ok: true, answer: 'SSH-2.0-y\r\n' });
    expect(await asked(endless.port)).toEqual({ ok: true, answer: 'x'.repeat(65_536) });
  });
  test('says what it is to say', async () => {
    using echo = await listen((socket) => void socket.pipe(socket));
    expect(await sys.reach({ to: tcp(echo.port), send: '\xffPING\n', enough: line, timeoutMs: 5000 })).toEqual({
      ok: true,
      answer: '\xffPING\n',
    });
  });
  test('makes values of a port that is none and a name that is none', async () => {
    expect(await sys.reach({ to: tcp(70_000), timeoutMs: 1000 })).toMatchObject({ ok: false });
    expect(await sys.reach({ to: tcp(1, 'x.invalid'), timeoutMs: 300 })).toMatchObject({ ok: false });
    expect(await sys.reach({ to: { transport: 'udp', host: 'x.invalid', port: 1 }, timeoutMs: 300 })).toMatchObject({ ok: false });
    expect(await sys.reach({ to: { transport: 'udp', host, port: 70_000 }, timeoutMs: 300 })).toMatchObject({ ok: false });
  });
  test('reaches a unix socket of any type, and none where nobody is', async () => {
    const to = (path: string) => ({ transport: 'unix', path }) as const;
    const directory = mkdtempSync(join(tmpdir(), 'lifeboot-reach-'));
    await using server = createServer((socket) => void socket.on('error', () => undefined).end('hello\n'));
    server.listen(`${directory}/stream`);
    await once(server, 'listening');
    expect(await sys.reach({ to: to(`${directory}/stream`), enough: line, timeoutMs: 5000 })).toEqual({ ok: true, answer: 'hello\n' });
    const python =
      'import socket,sys; s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); s.bind(sys.argv[1]); print("bound",flush=True); sys.stdin.read()';
    const datagrams = spawn('python3', ['-c', python, `${directory}/datagram`], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(datagrams.stdout, 'data');
    expect(await sys.reach({ to: to(`${directory}/datagram`), timeoutMs: 5000 })).toEqual({ ok: true, answer: '' });
    datagrams.stdin.end();
    await once(datagrams, 'exit');
    expect(await sys.reach({ to: to(`${directory}/datagram`), timeoutMs: 5000 })).toMatchObject({ ok: false });
    expect(await sys.reach({ to: to(`${directory}/none`), timeoutMs: 5000 })).toMatchObject({ ok: false });
    rmSync(directory, { recursive: true });
  });
  test('hears the refusal of a UDP port nobody has, the silence of one that somebody has, and an answer', async () => {
    const socket = createSocket('udp4');
    socket.on('message', (bytes, from) => bytes.length > 0 && socket.send(`got ${bytes}`, from.port, from.address));
    socket.bind(0, host);
    await once(socket, 'listening');
    const to = { transport: 'udp', host, port: socket.address().port } as const;
    const enough = (answer: string): boolean => answer.includes('got x');
    expect(await sys.reach({ to, timeoutMs: 5000 })).toEqual({ ok: true, answer: '' });
    expect(await sys.reach({ to, send: 'x', enough, timeoutMs: 5000 })).toEqual({ ok: true, answer: 'got x' });
    expect(await sys.reach({ to, send: 'y', enough, timeoutMs: 500 })).toEqual({ ok: false, why: 'no answer within 500 ms' });
    socket.close();
    await once(socket, 'close');
    expect(await sys.reach({ to, timeoutMs: 5000 })).toMatchObject({ ok: false, why: expect.stringContaining('ECONNREFUSED') });
  });
});
