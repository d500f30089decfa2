/** A listening unix socket for one user, at a path where nothing is yet. */
import { createServer, type Socket } from 'node:net';
import { asSysError } from './sys.ts';

/**
 * Listens with mode 0600 and removes the socket when disposed. Throws SysError: EADDRINUSE when anything is at the path, ENOENT.
 * bind(2) happens here and now: the path has to lie in memory, or a dying disk stalls the process.
 */
export async function listenUnix(path: string, onSocket: (socket: Socket) => void): Promise<AsyncDisposable> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    onSocket(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(asSysError(error, path)));
    // The mode of the socket is that of bind(2): nobody can connect between that and a chmod.
    const umask = process.umask(0o177);
    server.listen(path, () => {
      server.removeAllListeners('error');
      resolve();
    });
    process.umask(umask);
  });
  server.on('error', () => undefined);
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}
