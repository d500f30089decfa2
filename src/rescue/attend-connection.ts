/** One connection from accept(2) to its end: deadline, log-in, sessions. Whatever a client does, it harms only itself. */
import type { AuthContext, Connection, ParsedKey } from 'ssh2';
import Server from 'ssh2/lib/server.js';
import type { Socket } from '../sys/tcp-listener.ts';
import type { Access } from './auth/access.ts';
import { decideLogin } from './auth/authenticate.ts';
import { signatureAlgorithms } from './auth/signature.ts';
import { attendForwards } from './forward/attend-forwards.ts';
import { admitConnection, type Crowd, type Visit } from './guard/admit-connection.ts';
import { closeUnused, slowRekeys } from './guard/attend-limits.ts';
import { gateReceiving } from './guard/receive-gate.ts';
import { guardClient } from './guard/ssh2-guard.ts';
import type { Login, Peer } from './login.ts';
import { answerRequests } from './session/answer-requests.ts';
import { attendSession, type SessionHost } from './session/attend-session.ts';
import type { Client, SessionObserver } from './session/session-observer.ts';
import { sshAlgorithms } from './ssh-algorithms.ts';
import { announceSignatureAlgorithms, offerHostKeys } from './ssh2-protocol.ts';

/** A client that logged in. */
export interface Arrival {
  readonly peer: Peer;
  readonly login: Login;
  /** Aborted when its connection ends. */
  readonly gone: AbortSignal;
}

/** A client that has its name, and whoever keeps a record of it. */
export interface Watched {
  readonly client: Client;
  readonly observer: SessionObserver;
}

export interface Door {
  readonly hostKey: ParsedKey;
  /** As on the wire. */
  readonly hostCertificate: Buffer | undefined;
  readonly crowd: Crowd;
  readonly sessions: SessionHost;
  /** Who may log in now. Must not reject. */
  readonly loadAccess: () => Promise<Access>;
  readonly onRefused: (peer: Peer, why: string) => void;
  /** The result is told what the client does. */
  readonly onLogin: (connection: Connection, arrival: Arrival) => Watched;
}

/**
 * By the first word OpenSSH's client knows that we understand its own requests: without it, it never says that nobody reads any more, and
 * `ssh host yes | head -1` runs for ever. There is no version in it: we are none of those that scanners look for.
 */
const IDENT = 'OpenSSH_lifeboot';
/** Offers of keys that would do count as no failure: so many, as in OpenSSH, are too many. */
const MOST_ATTEMPTS = 1024;

/** Takes the connection over. Returns at once and never throws. */
export function attendConnection(socket: Socket, door: Door): void {
  const peer = peerOf(socket);
  admitConnection(socket, peer.address, door.crowd, (visit) => serve(socket, peer, visit, door));
}

function serve(socket: Socket, peer: Peer, visit: Visit, door: Door): void {
  const hostKeys = offerHostKeys(door.hostKey, door.hostCertificate);
  const { limits } = door.crowd;
  const alive = { keepaliveInterval: limits.aliveIntervalMs, keepaliveCountMax: limits.aliveCountMax };
  const config = { hostKeys: hostKeys.keys.map((key) => ({ key })), algorithms: sshAlgorithms, ident: IDENT, ...alive };
  const nowMs = () => door.sessions.sys.uptimeMs();
  // A server for each connection: ssh2 does not tell which socket a client object belongs to.
  const server = new Server(config, (client) => {
    const guard = guardClient(client, socket, hangUp);
    answerRequests(client);
    // A scan, a reset, garbage: mscdex/ssh2#1341 makes them exceptions of the process without this handler.
    client.on('error', (error: Error & { level?: string }) => {
      // Nobody is there to read a good-bye.
      if (error.level === 'client-timeout') socket.destroy();
      else hangUp();
    });
    hostKeys.attach(client);
    announceSignatureAlgorithms(client, signatureAlgorithms);
    const login = logIn(client, peer, visit, door);
    client.once('ready', () => {
      const arrival = { peer, login: login(), gone: visit.gone };
      const watched = door.onLogin(client, arrival);
      attendSessions(client, arrival, watched, door);
      const { permissions } = arrival.login;
      const forwarding = { sys: door.sessions.sys, connection: client, permissions, observer: watched.observer, gone: visit.gone };
      const forwards = attendForwards(forwarding);
      const used = () => guard.channels + forwards.listeners;
      visit.loggedIn(used);
      gate.loggedIn();
      slowRekeys(client, gate, nowMs);
      closeUnused(client, used, limits.unusedMs, visit.gone);
    });
  });
  server.injectSocket(socket);
  const gate = gateReceiving(socket, hangUp);

  function hangUp(): void {
    gate.shut();
    socket.end();
  }
}

/** Answers every attempt to log in. The result tells, once the client is ready, who it is. */
function logIn(client: Connection, peer: Peer, visit: Visit, { crowd, loadAccess, onRefused }: Door): () => Login {
  const { maxAuthTries } = crowd.limits;
  let attempts = 0;
  let failures = 0;
  let used: Login | undefined;

  function decide(context: AuthContext, access: Access): void {
    const decision = decideLogin(context, access, peer.address);
    if (decision.accepted) {
      // Anybody may ask whether somebody else's key would do: only who signed is let in by it.
      if (context.method === 'publickey' && context.signature !== undefined) used = decision.login;
      context.accept();
      return;
    }
    // Clients begin with "none" to learn the methods: that is no attempt.
    if (context.method !== 'none' || attempts > 1) {
      failures += 1;
      visit.refused();
      onRefused(peer, decision.fingerprint === undefined ? decision.why : `${decision.why}, ${decision.fingerprint}`);
    }
    if (failures < maxAuthTries) context.reject(['publickey']);
    else client.end();
  }

  client.on('authentication', (context: AuthContext) => {
    attempts += 1;
    // A client that was told to go may still talk.
    if (failures >= maxAuthTries) return;
    if (attempts > MOST_ATTEMPTS) return void client.end();
    // ssh2 lets a request without a key pass.
    if (context.method === 'publickey' && context.key.data === undefined) return void client.end();
    loadAccess()
      .then((access) => decide(context, access))
      .catch(() => client.end());
  });
  return () => {
    if (used === undefined) throw new Error('a client is ready that never logged in');
    return used;
  };
}

function attendSessions(connection: Connection, { gone }: Arrival, { client, observer }: Watched, door: Door): void {
  let open = 0;
  connection.on('session', (accept, reject) => {
    if (open >= door.crowd.limits.maxSessions) return reject();
    open += 1;
    void attendSession(accept(), { host: door.sessions, client, observer, closed: gone }).finally(() => {
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
