/** The whole rescue sshd on streams in this process: before the keys, between keys and log-in, and behind the log-in. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { type Duplex, duplexPair } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { ParsedKey } from 'ssh2';
import keyParser from 'ssh2/lib/protocol/keyParser.js';
import { attendConnection, type Door } from '../../src/rescue/attend-connection.ts';
import { noAccess } from '../../src/rescue/auth/access.ts';
import { parseAuthorizedKeys } from '../../src/rescue/auth/authorized-keys.ts';
import { parseHostKey } from '../../src/rescue/auth/host-key.ts';
import { makeHostKey } from '../../src/rescue/auth/make-host-key.ts';
import { createCrowd } from '../../src/rescue/guard/admit-connection.ts';
import { createLinuxSys } from '../../src/sys/linux.ts';
import type { Socket } from '../../src/sys/tcp-listener.ts';
import { type HostileClient, logIn, message, type Part, payload, shakeHands, text, u32 } from './hostile-client.ts';
import { mutateBytes } from './mutate.ts';
import type { Random } from './random.ts';
import { certificate } from './samples.ts';
import type { Target } from './target.ts';

const limits = {
  loginGraceMs: 60_000,
  maxStartups: 1000,
  maxAuthTries: 6,
  maxSessions: 10,
  maxConnections: 1000,
  unusedMs: 0,
  aliveIntervalMs: 30_000,
  aliveCountMax: 10,
  penaltyMs: 0,
};
/** So many sessions start a program; the others are told that there is no place for one, which is quicker. */
const ONE_PROGRAM_IN = 10;

interface FuzzDoor {
  readonly key: ParsedKey;
  dial(): Duplex;
}

/** Each program of it is echo, and nothing is forwarded: what is fuzzed must not touch this machine. */
function openFuzzDoor(): FuzzDoor {
  const sys = createLinuxSys({ consolePath: '/dev/null' });
  const key = keyParser.parseKey(makeHostKey('fuzz')) as ParsedKey;
  const line = `restrict,pty ssh-ed25519 ${key.getPublicSSH().toString('base64')} fuzz\n`;
  const { keys } = parseAuthorizedKeys(line, 'authorized_keys');
  const access = { ...noAccess, authorizedKeys: [keys] };
  let sessions = 0;
  const place = async () => {
    sessions += 1;
    if (sessions % ONE_PROGRAM_IN !== 0) throw new Error('no place');
    return { shell: ['/bin/echo'], directory: '/' };
  };
  const door: Door = {
    hostKey: parseHostKey(makeHostKey('host')) as ParsedKey,
    crowd: createCrowd(limits, () => sys.uptimeMs()),
    sessions: { sys, place, banner: async () => 'banner\r\n', onRun: () => undefined },
    hostCertificate: undefined,
    loadAccess: async () => access,
    onRefused: () => undefined,
    onLogin: (_connection, { peer, login }) => ({ client: { name: 'fuzz', peer, login }, observer: {} }),
  };
  return {
    key,
    dial() {
      const [here, there] = duplexPair();
      // What a socket has besides.
      const socket = Object.assign(there, { remoteAddress: '127.0.0.1', remotePort: 1, localAddress: '127.0.0.1', localPort: 2 });
      socket.on('error', () => socket.destroy()).on('close', () => here.destroy());
      here.on('error', () => undefined).on('close', () => socket.destroy());
      attendConnection(socket as unknown as Socket, door);
      return here;
    },
  };
}

/** A packet without encryption: RFC 4253 section 6. */
function clearPacket(data: Buffer): Buffer {
  const padding = 8 - ((data.length + 5) % 8) + 4;
  return Buffer.concat([u32(data.length + padding + 1), Buffer.of(padding), data, Buffer.alloc(padding)]);
}

function clearTranscript(): readonly Buffer[] {
  const lists = ['curve25519-sha256,kex-strict-c-v00@openssh.com', 'ssh-ed25519', 'aes128-gcm@openssh.com', 'aes128-gcm@openssh.com'];
  const rest = ['hmac-sha2-256', 'hmac-sha2-256', 'none', 'none', '', ''];
  const { publicKey } = generateKeyPairSync('x25519');
  const point = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  return [
    Buffer.from('SSH-2.0-fuzz\r\n'),
    clearPacket(payload(message.kexInit, randomBytes(16), ...lists, ...rest, 0, u32(0))),
    clearPacket(payload(30, text(point))),
    clearPacket(payload(message.newKeys)),
  ];
}

/** One of the transcript's parts is changed, or left out, or sent again. */
function mutateTranscript(random: Random, parts: readonly Buffer[]): Buffer {
  const chosen = random.integer(parts.length);
  return Buffer.concat(
    parts.flatMap((part, index) => (index === chosen ? mutateBytes(random, part) : random.integer(12) === 0 ? [part, part] : part)),
  );
}

function authPayloads(key: ParsedKey): readonly Buffer[] {
  const blob = key.getPublicSSH();
  const request = (...parts: readonly Part[]) => payload(message.authRequest, 'root', 'ssh-connection', ...parts);
  return [
    payload(message.serviceRequest, 'ssh-userauth'),
    request('none'),
    request('password', 0, 'secret'),
    request('publickey', 0, 'ssh-ed25519', text(blob)),
    request('publickey', 1, 'ssh-ed25519', text(blob), text(payload('ssh-ed25519', text(Buffer.alloc(64))))),
    request(
      'publickey',
      1,
      'ecdsa-sha2-nistp256',
      text(blob),
      text(payload('ecdsa-sha2-nistp256', text(payload(text(Buffer.alloc(32)), text('x'))))),
    ),
    request('publickey', 0, 'ecdsa-sha2-nistp256-cert-v01@openssh.com', text(certificate)),
    request('publickey', 1, 'ecdsa-sha2-nistp256-cert-v01@openssh.com', text(certificate), text(certificate.subarray(-87))),
    request(
      'publickey',
      1,
      'sk-ssh-ed25519@openssh.com',
      text(blob),
      text(payload('sk-ssh-ed25519@openssh.com', text(Buffer.alloc(64)), 1, u32(1))),
    ),
    request('keyboard-interactive', '', ''),
    request('hostbased', 'ssh-ed25519', text(blob), 'host', 'user', text(Buffer.alloc(64))),
    payload(message.infoResponse, u32(1), 'answer'),
    payload(message.ignore, 'x'),
    payload(4, 1, 'debug', ''),
    payload(7, u32(1), 'ext-info-in-auth@openssh.com', '0'),
    payload(message.kexInit, Buffer.alloc(16), ...Array<string>(10).fill('none'), 0, u32(0)),
  ];
}

function connectionPayloads(): readonly Buffer[] {
  const onChannel = (type: string, wantReply: number, ...parts: readonly Part[]) =>
    payload(message.channelRequest, u32(0), type, wantReply, ...parts);
  const open = (type: string, ...parts: readonly Part[]) =>
    payload(message.channelOpen, type, u32(0), u32(2_000_000), u32(32_768), ...parts);
  return [
    ...[open('session'), open('session'), open('session')],
    ...[open('direct-tcpip', 'localhost', u32(80), '127.0.0.1', u32(1)), open('direct-streamlocal@openssh.com', '/run/x', '', u32(0))],
    ...[open('x11', 'a', u32(1)), open('auth-agent@openssh.com'), open('forwarded-tcpip', 'a', u32(1), 'b', u32(2))],
    onChannel('pty-req', 1, 'xterm', u32(80), u32(24), u32(0), u32(0), text(Buffer.from([1, 0, 0, 0, 3, 128, 0, 0, 150, 0, 0]))),
    ...[onChannel('env', 1, 'LANG', 'C'), onChannel('shell', 1), onChannel('exec', 1, 'true'), onChannel('subsystem', 1, 'sftp')],
    ...[onChannel('window-change', 0, u32(80), u32(24), u32(0), u32(0)), onChannel('signal', 0, 'TERM'), onChannel('break', 1, u32(500))],
    ...[onChannel('x11-req', 1, 0, 'a', 'b', u32(0)), onChannel('auth-agent-req@openssh.com', 1), onChannel('exit-status', 0, u32(0))],
    ...[onChannel('eow@openssh.com', 0), onChannel('xon-xoff', 0, 1)],
    ...[
      payload(message.channelData, u32(0), 'data'),
      payload(95, u32(0), u32(1), 'stderr'),
      payload(message.windowAdjust, u32(0), u32(1000)),
    ],
    ...[
      payload(96, u32(0)),
      payload(message.channelClose, u32(0)),
      payload(message.channelSuccess, u32(0)),
      payload(message.channelFailure, u32(0)),
    ],
    ...[payload(91, u32(0), u32(0), u32(1000), u32(1000)), payload(92, u32(0), u32(1), 'why', '')],
    payload(message.globalRequest, 'tcpip-forward', 1, 'localhost', u32(0)),
    payload(message.globalRequest, 'cancel-tcpip-forward', 0, 'localhost', u32(1)),
    payload(message.globalRequest, 'streamlocal-forward@openssh.com', 1, '/run/x'),
    payload(message.globalRequest, 'keepalive@openssh.com', 1),
    payload(message.globalRequest, 'hostkeys-prove-00@openssh.com', 1, 'x'),
    payload(message.globalRequest, 'no-more-sessions@openssh.com', 0),
    ...[payload(81), payload(82), payload(message.authRequest, 'root', 'ssh-connection', 'none'), payload(1, u32(11), 'bye', '')],
  ];
}

/** Feeds payloads to one client after the other: a new one is made when the sshd has hung up, or after a while. */
function onClients(name: string, share: number, payloads: readonly Buffer[], connect: () => Promise<HostileClient>): Target {
  let client: HostileClient | undefined;
  let fed = 0;
  return {
    name,
    share,
    async run(random) {
      if (client === undefined || client.isClosed || fed >= 60) {
        client?.socket.destroy();
        client = await connect();
        fed = 0;
      }
      fed += 1;
      const good = random.pick(payloads);
      // A good one now and then brings it further.
      client.send(random.integer(2) === 0 ? good : mutateBytes(random, good));
      await turn();
      await turn();
    },
    async settle() {
      client?.socket.destroy();
      client = undefined;
      await turn();
    },
  };
}

export function sshdTargets(): readonly Target[] {
  const door = openFuzzDoor();
  const transcript = clearTranscript();
  const lateClient = async () => {
    const client = await logIn(door.dial(), door.key);
    for (const sender of [0, 1]) client.send(payload(message.channelOpen, 'session', u32(sender), u32(2_000_000), u32(32_768)));
    return client;
  };
  return [
    {
      name: 'sshd in clear',
      share: 5,
      async run(random) {
        const socket = door.dial();
        socket.resume();
        const bytes = mutateTranscript(random, transcript);
        const cut = random.integer(bytes.length);
        socket.write(bytes.subarray(0, cut));
        if (random.integer(2) === 0) await turn();
        socket.write(bytes.subarray(cut));
        await turn();
        socket.destroy();
      },
      // Whatever came before, somebody who may log in still can.
      settle: async () => void (await logIn(door.dial(), door.key)).socket.destroy(),
    },
    onClients('sshd before log-in', 5, authPayloads(door.key), () => shakeHands(door.dial())),
    onClients('sshd after log-in', 14, connectionPayloads(), lateClient),
  ];
}
