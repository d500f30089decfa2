/** What a client connects to through us: `ssh -L`, `-D`, `-W` and `-J`. */
import type { ServerChannel, TcpipRequestInfo } from 'ssh2';
import { connectStream, type StreamTarget } from '../../sys/connect-stream.ts';
import { type ForwardHost, formatTarget, NOT_PERMITTED, printable, TOO_MANY } from './forward-host.ts';
import { mayOpen, mayOpenUnix } from './forward-permission.ts';
import { type OpenRefusal, refuseOpen } from './refuse-open.ts';
import { canReach } from './unix-path.ts';

/** Longer than three retransmissions of a lost SYN. */
const CONNECT_MS = 20_000;
const MAX_PORT = 65_535;

interface Wish {
  readonly permitted: boolean;
  readonly target: StreamTarget;
  /** As the observer and the client are told it. */
  readonly name: string;
  readonly origin: string;
}

type Accept = () => ServerChannel | undefined;

/** Answers direct-tcpip and direct-streamlocal@openssh.com. A service that starts later is reached by the next connection. */
export function attendOpens(host: ForwardHost): void {
  const { connection, permissions } = host;
  connection.on('tcpip', (accept, reject, info) => {
    void open(host, planTcp(info, mayOpen(permissions, info.destIP, info.destPort)), accept, reject);
  });
  connection.on('openssh.streamlocal', (accept, reject, { socketPath }) => {
    const target = { path: socketPath };
    const wish = { permitted: mayOpenUnix(permissions), target, name: printable(socketPath), origin: '' };
    void open(host, wish, accept, reject);
  });
}

function planTcp({ destIP, destPort, srcIP, srcPort }: TcpipRequestInfo, permitted: boolean): Wish {
  const target = { host: destIP, port: destPort };
  return { permitted, target, name: formatTarget(destIP, destPort), origin: formatTarget(srcIP, srcPort) };
}

async function open(host: ForwardHost, { permitted, target, name, origin }: Wish, accept: Accept, reject: () => void): Promise<void> {
  const { connection, observer, gone } = host;
  const refuse = (reason: OpenRefusal, why: string) => {
    observer.refused?.(`forward to ${name}`, why);
    refuseOpen(connection, reject, reason, why);
  };
  if (!permitted) return refuse('prohibited', NOT_PERMITTED);
  const leave = host.takePlace();
  if (leave === undefined) return refuse('resource-shortage', TOO_MANY);
  try {
    const socket = await connectTo(host, target);
    const channel = gone.aborted ? undefined : accept();
    if (channel === undefined) socket.destroy();
    else await host.join({ kind: 'local', target: name, origin }, channel, socket);
  } catch (error) {
    refuseOpen(connection, reject, 'connect-failed', error instanceof Error ? error.message : String(error));
  } finally {
    leave();
  }
}

/** Throws for what cannot be reached, and for a port or a name that is none. */
async function connectTo({ sys, gone }: ForwardHost, target: StreamTarget) {
  if ('path' in target) await canReach(sys, target.path);
  else if (target.host === '' || target.port < 1 || target.port > MAX_PORT) throw new Error('not a TCP port');
  return connectStream(target, CONNECT_MS, gone);
}
