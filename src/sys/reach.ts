/** Asks whether somebody is there at the other end of a socket, and what it says. */
import { connect, type Socket } from 'node:net';
import { formatEndpoint } from './endpoint.ts';
import { reachUdp } from './reach-udp.ts';
import type { Reach, Reached } from './sys.ts';

/** What is read of an answer; what comes after it is not looked at. */
const MAX_ANSWER_CHARS = 65_536;

/** Connects, says `send`, and reads until `enough`. Every failure is a value; nothing is left open. */
export function reach(question: Reach): Promise<Reached> {
  return question.to.transport === 'udp' ? reachUdp(question) : reachStream(question);
}

async function reachStream({ to, send, enough, timeoutMs }: Reach): Promise<Reached> {
  const { promise, resolve } = Promise.withResolvers<Reached>();
  let socket: Socket | undefined;
  let connected = false;
  const timer = setTimeout(() => resolve({ ok: false, why: lateness(connected, timeoutMs) }), timeoutMs);
  try {
    socket = connect('path' in to ? { path: to.path } : { host: to.host, port: to.port });
    socket.setEncoding('latin1');
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // connect(2) on a socket of datagrams: it is bound, and a stream is not what its owner wants.
      const bound = error.code === 'EPROTOTYPE' && send === undefined && enough === undefined;
      resolve(bound ? { ok: true, answer: '' } : { ok: false, why: refusal(error, to) });
    });
    socket.on('connect', () => {
      connected = true;
      if (send !== undefined) socket?.write(send, 'latin1');
      if (enough === undefined) resolve({ ok: true, answer: '' });
    });
    if (enough !== undefined) readAnswer(socket, enough, resolve);
    return await promise;
  } catch (error) {
    // A port that is no port.
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
    socket?.destroy();
  }
}

function readAnswer(socket: Socket, enough: (answer: string) => boolean, resolve: (reached: Reached) => void): void {
  let answer = '';
  socket.on('data', (text: string) => {
    answer = (answer + text).slice(0, MAX_ANSWER_CHARS);
    if (answer.length === MAX_ANSWER_CHARS || enough(answer)) resolve({ ok: true, answer });
  });
  socket.on('end', () => resolve({ ok: true, answer }));
}

/** Of a name with several addresses, Node tells all failures at once, under an empty message. */
function refusal(error: NodeJS.ErrnoException, to: Reach['to']): string {
  const all = error instanceof AggregateError ? error.errors.map(String).join('; ') : '';
  return error.message || all || `${formatEndpoint(to)}: ${error.code}`;
}

const lateness = (connected: boolean, timeoutMs: number) =>
  `${connected ? 'connected, but no whole answer' : 'no connection'} within ${timeoutMs} ms`;
