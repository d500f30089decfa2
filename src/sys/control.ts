/** Control sockets: one request and one answer to a connection, each a line of JSON. */
import { chmodSync, renameSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type Answer, asSysError, type Message, SysError } from './sys.ts';

const SOCKET_MODE = 0o600;
const MAX_REQUEST_CHARS = 64 * 1024;
const MAX_ANSWER_CHARS = 4 * 1024 * 1024;
/** How long a client may take over its request, and over taking the answer. */
const CLIENT_MS = 10_000;
const MAX_CLIENTS = 64;

/**
 * Serves requests at `path` until disposed. The socket takes its name only when it is private and listening, so a stale one is replaced
 * and nobody meets half a server. No client can hurt it: neither by silence, nor by garbage, nor by going away.
 */
export async function serveControl(path: string, answer: Answer): Promise<AsyncDisposable> {
  const clients = new Set<Socket>();
  const server = createServer((socket) => {
    clients.add(socket);
    socket.once('close', () => clients.delete(socket));
    void serveClient(socket, answer);
  });
  server.maxConnections = MAX_CLIENTS;
  const inode = await listen(server, path);
  return {
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of clients) socket.destroySoon();
      // A successor may already have taken the name.
      if (statSync(path, { throwIfNoEntry: false })?.ino === inode) rmSync(path, { force: true });
      await closed;
    },
  };
}

async function listen(server: Server, path: string): Promise<number> {
  const unnamed = `${path}.${process.pid}`;
  try {
    rmSync(unnamed, { force: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(unnamed, resolve);
    });
    chmodSync(unnamed, SOCKET_MODE);
    const { ino } = statSync(unnamed);
    renameSync(unnamed, path);
    server.on('error', () => undefined);
    return ino;
  } catch (error) {
    server.close();
    throw asSysError(error, path);
  }
}

async function serveClient(socket: Socket, answer: Answer): Promise<void> {
  socket.on('error', () => socket.destroy());
  try {
    const line = await readLine(socket, MAX_REQUEST_CHARS, CLIENT_MS);
    const reply = await answerOf(line, answer);
    socket.setTimeout(CLIENT_MS, () => socket.destroy());
    socket.end(`${JSON.stringify(reply)}\n`);
  } catch (error) {
    socket.end(`${JSON.stringify({ error: messageOf(error) })}\n`, () => socket.destroy());
  }
}

async function answerOf(line: string, answer: Answer): Promise<Message> {
  return answer(parseMessage(line, 'request'));
}

/** Asks the server at `path`. Throws SysError: what connect(2) says, ETIMEDOUT, ECONNRESET, EPROTO. */
export async function askControl(path: string, message: Message, timeoutMs: number): Promise<Message> {
  const socket = connect(path);
  try {
    const line = readLine(socket, MAX_ANSWER_CHARS, timeoutMs);
    socket.write(`${JSON.stringify(message)}\n`);
    return parseMessage(await line, path);
  } catch (error) {
    throw asSysError(error, path);
  } finally {
    socket.destroy();
  }
}

function parseMessage(line: string, subject: string): Message {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new SysError('EPROTO', subject, `${subject}: not a line of JSON`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SysError('EPROTO', subject, `${subject}: not a JSON object`);
  }
  return value as Message;
}

/** The first line that comes; the socket keeps an error handler for good. */
async function readLine(socket: Socket, maxChars: number, timeoutMs: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = '';
  const timer = setTimeout(() => reject(new SysError('ETIMEDOUT', 'socket', `no line within ${timeoutMs} ms`)), timeoutMs);
  const onData = (chunk: string) => {
    text += chunk;
    const end = text.indexOf('\n');
    if (end >= 0 && end <= maxChars) resolve(text.slice(0, end));
    else if (text.length > maxChars) reject(new SysError('EMSGSIZE', 'socket', `a line of more than ${maxChars} characters`));
  };
  socket.setEncoding('utf8').on('data', onData);
  socket.on('error', reject);
  socket.once('close', () => reject(new SysError('ECONNRESET', 'socket', 'closed before a whole line came')));
  socket.once('end', () => reject(new SysError('ECONNRESET', 'socket', 'closed before a whole line came')));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.off('data', onData);
    socket.resume();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
