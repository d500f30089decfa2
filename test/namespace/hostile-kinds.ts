/** What is thrown at an open port: each kind takes one connection and does its worst with it, until that is closed. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { dial, message, payload, shakeHands, text, u32 } from '../fuzz/hostile-client.ts';

type Kind = (socket: Socket) => Promise<unknown>;

const IDENT = 'SSH-2.0-hostile\r\n';
/** The start of a TLS 1.2 record with a ClientHello. */
const TLS_HELLO = Buffer.from('160301013d010001390303', 'hex');

const says =
  (bytes: string | Buffer): Kind =>
  async (socket) => {
    socket.resume();
    socket.write(bytes);
    await once(socket, 'close');
  };

/** Repeats it as fast as the server takes it. */
const floods =
  (first: string, bytes: Buffer): Kind =>
  async (socket) => {
    const many = Buffer.concat(Array<Buffer>(1000).fill(bytes));
    socket.setMaxListeners(0).resume();
    socket.write(first);
    while (!socket.destroyed) {
      if (!socket.write(many)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
      await sleep(1);
    }
  };

const authService = payload(message.serviceRequest, 'ssh-userauth');

export const hostileKinds: Readonly<Record<string, Kind>> = {
  silence: (socket) => once(socket.resume(), 'close'),
  'random bytes': (socket) => says(randomBytes(5000))(socket),
  http: says('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
  'tls hello': says(Buffer.concat([TLS_HELLO, Buffer.alloc(300)])),
  'ssh 1': says('SSH-1.5-OpenSSH_2.0\r\n'),
  'endless banner': floods('', Buffer.alloc(32, 'A')),
  'one byte at a time': async (socket) => {
    socket.resume();
    for (let at = 0; !socket.destroyed; at += 1) {
      socket.write(IDENT[at % IDENT.length] ?? 'x');
      await sleep(100);
    }
  },
  'half open': async (socket) => {
    socket.resume();
    socket.end('SSH-2.0-');
    await once(socket, 'close');
  },
  'huge packet length': says(Buffer.concat([Buffer.from(IDENT), Buffer.from('7fffffff', 'hex'), Buffer.alloc(100)])),
  'truncated kexinit': says(Buffer.concat([Buffer.from(IDENT), u32(600), Buffer.of(10, message.kexInit), Buffer.alloc(50)])),
  'ignore flood': floods(IDENT, Buffer.concat([u32(28), Buffer.of(10), payload(message.ignore, text(Buffer.alloc(12))), Buffer.alloc(10)])),
  'reset at once': async (socket) => {
    socket.write(IDENT);
    socket.resetAndDestroy();
  },
  'gone after the keys': async (socket) => void (await shakeHands(socket)).socket.destroy(),
  'silent after the keys': async (socket) => (await shakeHands(socket)).closed,
  'a bad MAC': async (socket) => {
    const client = await shakeHands(socket);
    socket.write(randomBytes(64));
    await client.closed;
  },
  'disconnect in the middle of a log-in': async (socket) => {
    const client = await shakeHands(socket);
    client.send(authService);
    client.send(payload(message.disconnect, u32(2), 'bye', ''));
    await client.closed;
  },
  'keys nobody knows': async (socket) => {
    const client = await shakeHands(socket);
    client.send(authService);
    const blob = payload('ssh-ed25519', text(randomBytes(32)));
    const request = payload(message.authRequest, 'root', 'ssh-connection', 'publickey', 0, 'ssh-ed25519', text(blob));
    while (client.send(request)) await sleep(5);
  },
  'asks and never reads': async (socket) => {
    const client = await shakeHands(socket);
    client.send(authService);
    socket.pause();
    const request = payload(message.authRequest, 'root', 'ssh-connection', 'none');
    while (client.send(request)) await sleep(1);
  },
};

/** Does one kind again and again from an address, until told to stop. Resolves when its last connection is closed. */
export async function besiege(kind: Kind, port: number, from: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const socket = await dial(port, from).catch(() => undefined);
    if (socket !== undefined) {
      const stop = () => socket.destroy();
      signal.addEventListener('abort', stop, { once: true });
      await kind(socket).catch(() => undefined);
      signal.removeEventListener('abort', stop);
      socket.destroy();
    }
    await sleep(20);
  }
}
