/** A listening TCP socket whose accept loop nothing can stop. */
import { createServer, type Server, type Socket } from 'node:net';
import { asSysError } from './sys.ts';

export type { Socket } from 'node:net';

export interface TcpListener extends AsyncDisposable {
  readonly port: number;
  /** The address it got: `0.0.0.0` when `::` was asked of a kernel without IPv6. */
  readonly address: string;
}

export interface ListenTarget {
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  /** A socket whose peer has ended its half can still be written to. */
  readonly halfOpen?: boolean;
}

const WITHOUT_IPV6 = ['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL'];

/**
 * Listens; `::` takes IPv4 too. Every socket comes with an error handler, so a reset is never an exception.
 * Throws SysError: EADDRINUSE, EACCES, EADDRNOTAVAIL.
 */
export async function listenTcp(target: ListenTarget, onSocket: (socket: Socket) => void): Promise<TcpListener> {
  try {
    return await listenAt(target, onSocket);
  } catch (error) {
    const failure = asSysError(error, `port ${target.port}`);
    if (target.host !== '::' || !WITHOUT_IPV6.includes(failure.code)) throw failure;
    return await listenAt({ ...target, host: '0.0.0.0' }, onSocket);
  }
}

async function listenAt({ host, port, halfOpen = false }: ListenTarget, onSocket: (socket: Socket) => void): Promise<TcpListener> {
  const options = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000, allowHalfOpen: halfOpen };
  const server = createServer(options, (socket) => {
    socket.on('error', () => socket.destroy());
    onSocket(socket);
  });
  await bound(server, host, port);
  // accept(2) fails with EMFILE or ENOMEM for a while: the next connection is tried again by libuv.
  server.on('error', () => undefined);
  const at = server.address();
  if (at === null || typeof at === 'string') throw asSysError(new Error('not a TCP address'), `port ${port}`);
  return {
    port: at.port,
    address: at.address,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function bound(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(asSysError(error, `port ${port}`)));
    server.listen({ host, port, backlog: 128 }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}
