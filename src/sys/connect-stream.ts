/** Connects to a TCP port or a unix socket, to carry bytes both ways. */
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { asSysError, SysError } from './sys.ts';

export type StreamTarget = { readonly host: string; readonly port: number } | { readonly path: string };

/**
 * Each half of the socket ends by itself; it has an error handler for good. A name is tried with all its addresses.
 * Throws SysError: what getaddrinfo(3) and connect(2) say, ETIMEDOUT, ECANCELED when aborted.
 */
export async function connectStream(target: StreamTarget, timeoutMs: number, signal: AbortSignal): Promise<Socket> {
  const subject = 'path' in target ? target.path : `${target.host}:${target.port}`;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new SysError('ETIMEDOUT', subject, `no connection within ${timeoutMs} ms`)), timeoutMs);
  const cancel = () => reject(new SysError('ECANCELED', subject, 'canceled'));
  signal.addEventListener('abort', cancel);
  let socket: Socket | undefined;
  try {
    const options: NetConnectOpts = { ...target, allowHalfOpen: true, noDelay: true, keepAlive: true };
    socket = connect(options);
    socket.on('error', reject).once('connect', resolve);
    if (signal.aborted) cancel();
    await promise;
    return socket;
  } catch (error) {
    socket?.destroy();
    throw asSysError(firstOf(error), subject);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
  }
}

/** Of a name with several addresses, Node tells all failures at once, under an empty message. */
const firstOf = (error: unknown): unknown => (error instanceof AggregateError ? (error.errors[0] ?? error) : error);
