/** ssh2's own client, to send what OpenSSH's never sends. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Client, type ClientChannel } from 'ssh2';
import type { Door } from './door.ts';

interface Inside {
  readonly _protocol: {
    readonly _handlers: Record<string, (...given: never[]) => void>;
    readonly _packetRW: { readonly write: { readonly allocStart: number; alloc(bytes: number): Buffer; finalize(packet: Buffer): Buffer } };
  };
}
interface ChannelInside {
  readonly outgoing: { readonly id: number };
  readonly _callbacks: ((failed: boolean) => void)[];
}
const { sendPacket } = createRequire(import.meta.url)('ssh2/lib/protocol/utils.js') as {
  readonly sendPacket: (protocol: unknown, packet: Buffer) => void;
};

export async function connectRaw(door: Door): Promise<Client> {
  const client = new Client();
  const ready = new Promise<void>((resolve, reject) => {
    client.once('ready', resolve).once('error', reject);
  });
  const privateKey = await readFile(join(door.directory, 'id'));
  client.connect({ host: '127.0.0.1', port: door.sshd.port, username: 'root', privateKey });
  await ready;
  return client;
}

export function execRaw(client: Client, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => (error === undefined ? resolve(channel) : reject(error)));
  });
}

/** Sends a message as it is. */
export function sendRaw(client: Client, payload: Uint8Array): void {
  const protocol = (client as unknown as Inside)._protocol;
  const { write } = protocol._packetRW;
  const packet = write.alloc(payload.length);
  packet.set(payload, write.allocStart);
  sendPacket(protocol, write.finalize(packet));
}

/** Calls back for every message of a kind, before ssh2 does what it does with it. */
export function watchRaw(client: Client, kind: string, tell: (given: unknown) => void): void {
  const handlers = (client as unknown as Inside)._protocol._handlers;
  const plain = handlers[kind];
  handlers[kind] = (...given) => {
    tell(given[1]);
    plain?.(...given);
  };
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const text = (value: string): Buffer => Buffer.concat([uint32(Buffer.byteLength(value)), Buffer.from(value)]);

/** Asks something of a channel and says whether it was granted (RFC 4254, 5.4). */
export function requestRaw(client: Client, channel: ClientChannel, type: string, rest: Uint8Array = Buffer.alloc(0)): Promise<boolean> {
  const { outgoing, _callbacks: callbacks } = channel as unknown as ChannelInside;
  return new Promise((resolve) => {
    callbacks.push((failed) => resolve(!failed));
    sendRaw(client, Buffer.concat([Buffer.of(98), uint32(outgoing.id), text(type), Buffer.of(1), rest]));
  });
}

export const signalBody = (name: string): Buffer => text(name);
export const sizeBody = (cols: number, rows: number): Buffer => Buffer.concat([cols, rows, 0, 0].map(uint32));
/** SSH_MSG_GLOBAL_REQUEST that wants a reply. */
export const globalRequest = (name: string): Buffer => Buffer.concat([Buffer.of(80), text(name), Buffer.of(1)]);
/** SSH_MSG_CHANNEL_OPEN of a session and SSH_MSG_CHANNEL_CLOSE of the channel with that number. */
export const openSession = (sender: number): Buffer =>
  Buffer.concat([Buffer.of(90), text('session'), uint32(sender), uint32(1 << 20), uint32(32_768)]);
export const closeChannel = (recipient: number): Buffer => Buffer.concat([Buffer.of(97), uint32(recipient)]);
