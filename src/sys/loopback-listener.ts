/** Listens on this machine's loopback addresses, for nobody from outside. */
import { listenTcp, type Socket, type TcpListener } from './tcp-listener.ts';

export interface LoopbackListener extends AsyncDisposable {
  readonly port: number;
}

/**
 * Listens on 127.0.0.1, and at the same port on ::1 where there is IPv6 and the port is free; 0 picks a free one. The sockets are half-open
 * ones. Throws SysError: EADDRINUSE.
 */
export async function listenLoopback(port: number, onSocket: (socket: Socket) => void): Promise<LoopbackListener> {
  const first = await listenTcp({ host: '127.0.0.1', port, halfOpen: true }, onSocket);
  const second = await listenTcp({ host: '::1', port: first.port, halfOpen: true }, onSocket).catch(() => undefined);
  const both = [first, second].filter((listener): listener is TcpListener => listener !== undefined);
  return {
    port: first.port,
    [Symbol.asyncDispose]: async () => void (await Promise.all(both.map((listener) => listener[Symbol.asyncDispose]()))),
  };
}
