/** A client that says whatever a test wants: ssh2's own protocol engine up to the wish, then raw payloads under the real keys. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ParsedKey } from 'ssh2';
import Protocol from 'ssh2/lib/protocol/Protocol.js';

export interface HostileClient extends AsyncDisposable {
  readonly socket: Duplex;
  /** Encrypts and sends one payload, as it is. False once nothing can be sent. */
  send(payload: Buffer): boolean;
  /** Sends a publickey request: the offer alone, or signed. */
  offer(key: ParsedKey, signed: boolean, user?: string): void;
  /** Resolves with the payload type at its next appearance. Rejects when the connection ends first. */
  heard(type: number): Promise<void>;
  /** Resolves when the server has hung up. */
  readonly closed: Promise<void>;
  readonly isClosed: boolean;
  /** Starts a key exchange. */
  rekey(): void;
}

/** Message numbers of RFC 4250 section 4.1.2. */
export const message = {
  ...{ disconnect: 1, ignore: 2, unimplemented: 3, serviceRequest: 5, serviceAccept: 6, kexInit: 20, newKeys: 21 },
  ...{ authRequest: 50, authFailure: 51, authSuccess: 52, authPkOk: 60, infoResponse: 61 },
  ...{ globalRequest: 80, requestFailure: 82, channelOpen: 90, channelOpenConfirm: 91, channelOpenFail: 92, windowAdjust: 93 },
  ...{ channelData: 94, channelClose: 97, channelRequest: 98, channelSuccess: 99, channelFailure: 100 },
} as const;

/** Of a payload: numbers are bytes, `u32()` and text as RFC 4251 section 5 writes them. */
export type Part = number | string | Buffer;

export function payload(...parts: readonly Part[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : typeof part === 'string' ? text(part) : part)));
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

export const text = (value: string | Buffer): Buffer => Buffer.concat([u32(Buffer.byteLength(value)), Buffer.from(value)]);

/** From an address of 127.0.0.0/8, so that each test can be a source of its own. */
export async function dial(port: number, from = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Shakes hands over the stream; resolves after the first NEWKEYS both ways. Rejects when the server hangs up. */
export async function shakeHands(socket: Duplex, kex: readonly string[] = ['curve25519-sha256']): Promise<HostileClient> {
  const waiting = new Map<number, (() => void)[]>();
  const closed = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  let isClosed = false;
  const protocol = new Protocol({
    offer: offerOf(kex),
    ident: 'hostile',
    onWrite: (data) => void (isClosed || socket.write(data)),
    onError: () => socket.destroy(),
    onHandshakeComplete: () => done.resolve(),
    hostVerifier: (_key, verified) => verified(true),
    messageHandlers: {},
  });
  const original = protocol._onPayload;
  protocol._onPayload = (data) => {
    for (const settle of waiting.get(data[0] ?? 0)?.splice(0) ?? []) settle();
    return original(data);
  };
  const end = () => {
    isClosed = true;
    closed.resolve();
    done.reject(new Error('the server hung up'));
  };
  socket.on('data', (data: Buffer) => {
    try {
      protocol.parse(data, 0, data.length);
    } catch {
      socket.destroy();
    }
  });
  socket
    .on('error', () => undefined)
    .on('close', end)
    .on('end', () => socket.destroy());
  protocol.start();
  await done.promise;
  return {
    socket,
    closed: closed.promise,
    get isClosed() {
      return isClosed;
    },
    send(data) {
      if (isClosed || socket.destroyed) return false;
      const packet = protocol._packetRW.write.alloc(data.length, true);
      packet.set(data, protocol._packetRW.write.allocStart);
      protocol._cipher.encrypt(protocol._packetRW.write.finalize(packet, true));
      return true;
    },
    offer(key, signed, user = 'root') {
      if (!signed) return protocol.authPK(user, key, key.type);
      protocol.authPK(user, key, key.type, (data, sign) => {
        const signature = key.sign(data);
        if (signature instanceof Error) throw signature;
        sign(signature);
      });
    },
    heard: (type) =>
      Promise.race([
        new Promise<void>((resolve) => waiting.set(type, [...(waiting.get(type) ?? []), resolve])),
        closed.promise.then(() => Promise.reject(new Error(`the server hung up before message ${type}`))),
      ]),
    rekey: () => protocol.rekey(),
    async [Symbol.asyncDispose]() {
      socket.destroy();
    },
  };
}

/** Shakes hands, asks for the authentication service and logs in. */
export async function logIn(socket: Duplex, key: ParsedKey): Promise<HostileClient> {
  const client = await shakeHands(socket);
  const accepted = client.heard(message.serviceAccept);
  client.send(payload(message.serviceRequest, 'ssh-userauth'));
  await accepted;
  const success = client.heard(message.authSuccess);
  client.offer(key, true);
  await success;
  return client;
}

function offerOf(kex: readonly string[]) {
  const both = { cipher: ['aes128-gcm@openssh.com'], mac: ['hmac-sha2-256'], compress: ['none'], lang: [] };
  return { kex: [...kex], serverHostKey: ['ssh-ed25519'], cs: both, sc: both };
}
