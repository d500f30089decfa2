/** The rescue sshd: listens, lets authorized keys in, and tells what happens at the door. */
import type { Connection } from 'ssh2';
import { emit } from '../sys/events.ts';
import type { Sys } from '../sys/sys.ts';
import { listenTcp } from '../sys/tcp-listener.ts';
import { type Arrival, attendConnection, type Watched } from './attend-connection.ts';
import { describeClient, factsOf } from './audit/client-facts.ts';
import type { Access } from './auth/access.ts';
import { parseHostKey } from './auth/host-key.ts';
import { createCrowd } from './guard/admit-connection.ts';
import type { Limits } from './guard/limits.ts';
import { createRefusalLog } from './refusal-log.ts';
import type { SessionHost } from './session/attend-session.ts';
import type { RunningSession } from './session/run-session.ts';
import { type Client, type SessionObserver, shieldObserver } from './session/session-observer.ts';

export interface SshdOptions {
  readonly host: string;
  readonly port: number;
  /** OpenSSH private key. */
  readonly privateKey: string;
  /** Of that key, as on the wire. */
  readonly hostCertificate?: Buffer | undefined;
  readonly limits: Limits;
  readonly loadAccess: () => Promise<Access>;
  readonly place: SessionHost['place'];
  readonly banner: SessionHost['banner'];
  /** Who keeps a record of what a client does. */
  readonly observe?: (client: Client) => SessionObserver;
  /** The number of running sessions changed. */
  readonly onSessions?: () => void;
}

export interface Sshd extends AsyncDisposable {
  /** The real one, when 0 was asked for. */
  readonly port: number;
  readonly address: string;
  /** How many sessions run a program now. */
  readonly sessions: number;
  /** Shows text on every terminal; a client that does not read is not waited for. */
  wall(text: string): Promise<void>;
}

/** How long clients have to leave by themselves. */
const GOOD_BYE_MS = 1_000;

/** Opens the door. Throws SysError EADDRINUSE when another process has the port. Disposing it ends every connection. */
export async function startSshd(sys: Sys, options: SshdOptions): Promise<Sshd> {
  const running = new Set<RunningSession>();
  const clients = new Set<Connection>();
  let logins = 0;

  function onRun(session: RunningSession): void {
    running.add(session);
    options.onSessions?.();
    void session.done.finally(() => {
      running.delete(session);
      options.onSessions?.();
    });
  }

  function onLogin(connection: Connection, { peer, login, gone }: Arrival): Watched {
    logins += 1;
    const name = `${process.pid}.${logins}`;
    const data = { ...factsOf({ peer, login }) };
    clients.add(connection);
    void emit(sys, { subject: 'session', name, what: 'opened', detail: describeClient(peer, login.identity), data });
    const openedMs = sys.uptimeMs();
    gone.addEventListener('abort', () => {
      clients.delete(connection);
      const lasted = `after ${((sys.uptimeMs() - openedMs) / 1000).toFixed(1)} s`;
      void emit(sys, { subject: 'session', name, what: 'closed', detail: lasted, data });
    });
    const client = { name, peer, login };
    return { client, observer: shieldObserver(options.observe?.(client) ?? {}) };
  }

  const { limits, loadAccess, hostCertificate, place, banner } = options;
  const hostKey = parseHostKey(options.privateKey);
  if (hostKey === undefined) throw new Error('the host key cannot be used');
  const crowd = createCrowd(limits, () => sys.uptimeMs());
  const refusals = createRefusalLog(sys);
  const door = {
    hostKey,
    hostCertificate,
    crowd,
    loadAccess,
    onLogin,
    onRefused: refusals.add,
    sessions: { sys, place, banner, onRun },
  };
  const listener = await listenTcp(options, (socket) => attendConnection(socket, door));
  return {
    port: listener.port,
    address: listener.address,
    get sessions() {
      return running.size;
    },
    wall: async (text) => {
      await Promise.race([Promise.all([...running].map((session) => session.wall(text))), sys.sleep(GOOD_BYE_MS)]);
    },
    async [Symbol.asyncDispose]() {
      const closed = listener[Symbol.asyncDispose]();
      // An ssh client throws away what it has not yet shown when it is disconnected, not when its program ends.
      for (const session of running) session.signal('SIGHUP');
      await Promise.race([closed, sys.sleep(GOOD_BYE_MS)]);
      for (const client of clients) client.end();
      await Promise.race([closed, sys.sleep(GOOD_BYE_MS)]);
    },
  };
}
