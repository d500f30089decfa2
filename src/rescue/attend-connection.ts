/** One connection from accept(2) to its end: deadline, log-in, sessions. Whatever a client does, it harms only itself. */
import type { AuthContext, Connection, ParsedKey } from 'ssh2';
import Server from 'ssh2/lib/server.js';
import type { Socket } from '../sys/tcp-listener.ts';
import { attendSession, type SessionHost } from './attend-session.ts';
import { decideLogin } from './authenticate.ts';
import type { AuthorizedKey } from './authorized-keys.ts';
import type { Peer } from './session-program.ts';
import { sshAlgorithms } from './ssh-algorithms.ts';
import type { Startups } from './startups.ts';

export interface Limits {
  readonly loginGraceMs: number;
  readonly maxStartups: number;
  readonly maxAuthTries: number;
  readonly maxSessions: number;
}

export interface Door {
  readonly hostKey: ParsedKey;
  readonly limits: Limits;
  readonly startups: Startups;
  readonly sessions: SessionHost;
  /** The keys that count now. Must not reject. */
  readonly loadKeys: () => Promise<readonly AuthorizedKey[]>;
  readonly onRefused: (peer: Peer, why: string) => void;
  /** A client logged in; `gone` is aborted when its connection ends. */
  readonly onLogin: (client: Connection, login: { readonly peer: Peer; readonly key: AuthorizedKey; readonly gone: AbortSignal }) => void;
}

/** An unplugged cable or a network hand-over is survived for so long: 10 × 30 s. */
const KEEPALIVE = { keepaliveInterval: 30_000, keepaliveCountMax: 10 };

/** Takes the connection over. Returns at once and never throws. */
export function attendConnection(socket: Socket, door: Door): void {
  const peer = peerOf(socket);
  const startup = { source: peer.address, drop: () => socket.destroy() };
  const grace = setTimeout(() => socket.destroy(), door.limits.loginGraceMs);
  const gone = new AbortController();
  socket.once('close', () => {
    clearTimeout(grace);
    door.startups.remove(startup);
    gone.abort();
  });
  door.startups.add(startup);
  if (socket.destroyed) return;

  const config = { hostKeys: [{ key: door.hostKey }], algorithms: sshAlgorithms, ident: 'lifeboot', ...KEEPALIVE };
  // A server for each connection: ssh2 does not tell which socket a client object belongs to.
  const server = new Server(config, (client) => {
    // A scan, a reset, garbage: mscdex/ssh2#1341 makes them exceptions of the process without this handler.
    client.on('error', () => undefined);
    const key = logIn(client, peer, door);
    client.once('ready', () => {
      clearTimeout(grace);
      door.startups.remove(startup);
      const login = { peer, key: key(), gone: gone.signal };
      door.onLogin(client, login);
      attendSessions(client, login, door);
    });
  });
  server.injectSocket(socket);
}

/** Answers every attempt to log in. The result tells, once the client is ready, by which key. */
function logIn(client: Connection, peer: Peer, { limits, loadKeys, onRefused }: Door): () => AuthorizedKey {
  let failures = 0;
  let used: AuthorizedKey | undefined;
  client.on('authentication', (context: AuthContext) => {
    // A client that was told to go may still talk.
    if (failures >= limits.maxAuthTries) return;
    void loadKeys().then((keys) => {
      const decision = decideLogin(context, keys);
      if (decision.accepted) {
        used = decision.key;
        context.accept();
        return;
      }
      // Clients begin with "none" to learn the methods: that is no attempt.
      if (context.method !== 'none') {
        failures += 1;
        onRefused(peer, decision.fingerprint === undefined ? decision.why : `${decision.why}, ${decision.fingerprint}`);
      }
      if (failures < limits.maxAuthTries) context.reject(['publickey']);
      else client.end();
    });
  });
  return () => {
    if (used === undefined) throw new Error('a client is ready that never logged in');
    return used;
  };
}

function attendSessions(
  client: Connection,
  login: { readonly peer: Peer; readonly key: AuthorizedKey; readonly gone: AbortSignal },
  door: Door,
): void {
  let open = 0;
  client.on('session', (accept, reject) => {
    if (open >= door.limits.maxSessions) return reject();
    open += 1;
    void attendSession(accept(), { host: door.sessions, key: login.key, peer: login.peer, closed: login.gone }).finally(() => {
      open -= 1;
    });
  });
}

function peerOf(socket: Socket): Peer {
  const plain = (address: string | undefined) => (address ?? 'unknown').replace(/^::ffff:(?=\d+\.)/, '');
  return {
    address: plain(socket.remoteAddress),
    port: socket.remotePort ?? 0,
    localAddress: plain(socket.localAddress),
    localPort: socket.localPort ?? 0,
  };
}
