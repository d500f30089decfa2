/** Where a client has us listen: `ssh -R`. On loopback alone, as sshd's GatewayPorts=no; whoever comes is led to the client. */
import type { ServerChannel } from 'ssh2';
import { listenLoopback } from '../../sys/loopback-listener.ts';
import type { Socket } from '../../sys/tcp-listener.ts';
import { listenUnix } from '../../sys/unix-listener.ts';
import { type ForwardHost, formatTarget, NOT_PERMITTED, printable, TOO_MANY } from './forward-host.ts';
import { mayListen, mayListenUnix } from './forward-permission.ts';
import { isInMemoryMount } from './unix-path.ts';

const MOST_LISTENERS = 100;
const MAX_PORT = 65_535;
/** sun_path of unix(7), less its end. */
const MAX_PATH = 107;

interface Address {
  readonly bindAddr: string;
  readonly bindPort: number;
}
interface Path {
  readonly socketPath: string;
}

interface Listening extends AsyncDisposable {
  /** Absent: a unix socket. */
  readonly port?: number;
}

interface Wish {
  /** Without the port, when any will do. */
  readonly name: string;
  readonly permitted: boolean;
  readonly listen: (onSocket: (socket: Socket) => void) => Promise<Listening>;
  readonly lead: (socket: Socket, port: number, done: (error: Error | undefined, channel: ServerChannel) => void) => void;
  readonly key: (port: number) => string;
}

/** ssh2 passes no callbacks when the client wants no reply, whatever its types say. */
type Accept = ((port?: number) => void) | undefined;
type Reject = (() => void) | undefined;

/** Answers tcpip-forward, streamlocal-forward@openssh.com and their cancels; all ends when the client is gone. Tells how many there are. */
export function attendListens(host: ForwardHost): { readonly listeners: number } {
  const listeners = new Map<string, Listening>();

  async function start(wish: Wish, accept: Accept, reject: Reject): Promise<void> {
    const refuse = (why: string) => {
      host.observer.refused?.(`listen on ${wish.name}`, why);
      reject?.();
    };
    if (!wish.permitted) return refuse(NOT_PERMITTED);
    if (listeners.size >= MOST_LISTENERS) return refuse(`more than ${MOST_LISTENERS} listeners`);
    try {
      let port = 0;
      const listener = await wish.listen((socket) => void receive(host, wish, socket, port));
      port = listener.port ?? 0;
      if (host.gone.aborted) return void (await listener[Symbol.asyncDispose]());
      listeners.set(wish.key(port), listener);
      host.observer.listening?.(wish.key(port), true);
      accept?.(listener.port);
    } catch (error) {
      refuse(error instanceof Error ? error.message : String(error));
    }
  }

  function stop(key: string, accept: Accept, reject: Reject): void {
    const listener = listeners.get(key);
    if (listener === undefined) {
      reject?.();
      return;
    }
    listeners.delete(key);
    host.observer.listening?.(key, false);
    void listener[Symbol.asyncDispose]();
    accept?.();
  }

  host.gone.addEventListener('abort', () => {
    for (const key of [...listeners.keys()]) stop(key, undefined, undefined);
  });
  host.connection.on('request', (accept: Accept, reject: Reject, name: string, info: unknown) => {
    if (name === 'tcpip-forward') void start(planTcp(host, info as Address), accept, reject);
    else if (name === 'cancel-tcpip-forward') stop(tcpKey(info as Address), accept, reject);
    else if (name === 'streamlocal-forward@openssh.com') void start(planUnix(host, info as Path), accept, reject);
    else if (name === 'cancel-streamlocal-forward@openssh.com') stop(printable((info as Path).socketPath), accept, reject);
    else reject?.();
  });
  return {
    get listeners() {
      return listeners.size;
    },
  };
}

const tcpKey = ({ bindAddr, bindPort }: Address) => formatTarget(bindAddr === '' ? '*' : bindAddr, bindPort);

/** The client is told of the address it asked for, by which it knows what is meant, though loopback is what there is. */
function planTcp({ connection, permissions }: ForwardHost, { bindAddr, bindPort }: Address): Wish {
  return {
    name: tcpKey({ bindAddr, bindPort }),
    permitted: bindPort <= MAX_PORT && mayListen(permissions, bindAddr, bindPort),
    listen: (onSocket) => listenLoopback(bindPort, onSocket),
    lead: (socket, port, done) => void connection.forwardOut(bindAddr, port, socket.remoteAddress ?? '', socket.remotePort ?? 0, done),
    key: (port) => tcpKey({ bindAddr, bindPort: port }),
  };
}

function planUnix({ sys, connection, permissions }: ForwardHost, { socketPath }: Path): Wish {
  const name = printable(socketPath);
  return {
    name,
    permitted: mayListenUnix(permissions),
    listen: async (onSocket) => {
      if (!socketPath.startsWith('/') || Buffer.byteLength(socketPath) > MAX_PATH) throw new Error('not an absolute path of a socket');
      if (!(await isInMemoryMount(sys, socketPath))) throw new Error('not in memory: a place below /run is');
      return listenUnix(socketPath, onSocket);
    },
    lead: (_socket, _port, done) => void connection.openssh_forwardOutStreamLocal(socketPath, done),
    key: () => name,
  };
}

async function receive(host: ForwardHost, wish: Wish, socket: Socket, port: number): Promise<void> {
  const target = wish.key(port);
  const leave = host.takePlace();
  if (leave === undefined) {
    host.observer.refused?.(`forward from ${target}`, TOO_MANY);
    socket.destroy();
    return;
  }
  const origin = socket.remoteAddress === undefined ? '' : formatTarget(socket.remoteAddress, socket.remotePort ?? 0);
  const channel = host.gone.aborted ? undefined : await leadToClient(wish, socket, port);
  if (channel === undefined) socket.destroy();
  else await host.join({ kind: 'remote', target, origin }, channel, socket);
  leave();
}

/** The client need not answer, and may answer when the visitor has left. */
function leadToClient({ lead }: Wish, socket: Socket, port: number): Promise<ServerChannel | undefined> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve(undefined));
    lead(socket, port, (error, channel) => {
      if (error !== undefined) resolve(undefined);
      else if (socket.closed) channel.resume().end();
      else resolve(channel);
    });
  });
}
