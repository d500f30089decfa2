/** Asks a UDP port whether somebody is there: UDP itself never says so, only that nobody is. */
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Reach, Reached } from './sys.ts';

/** How long nothing must be heard after an empty datagram: on the machine itself a refusal comes at once. */
const SILENCE_MS = 250;

/**
 * udp(7): the ICMP answer of a port that nobody has is ECONNREFUSED on a connected socket. Without `enough` it is reached when no
 * such answer came: `send`, or an empty datagram, was sent, and silence counts, so a port behind a filter counts as well.
 */
export async function reachUdp({ to, send = '', enough, timeoutMs }: Reach): Promise<Reached> {
  if (to.transport !== 'udp') return { ok: false, why: `${to.transport} is not udp` };
  const { promise, resolve } = Promise.withResolvers<Reached>();
  const socket = createSocket(isIPv6(to.host) ? 'udp6' : 'udp4');
  const waitMs = enough === undefined ? Math.min(SILENCE_MS, timeoutMs) : timeoutMs;
  const silence: Reached = enough === undefined ? { ok: true, answer: '' } : { ok: false, why: `no answer within ${timeoutMs} ms` };
  const timer = setTimeout(() => resolve(silence), waitMs);
  try {
    socket.on('error', (error) => resolve({ ok: false, why: error.message }));
    socket.on('message', (bytes) => {
      const answer = bytes.toString('latin1');
      if (enough === undefined || enough(answer)) resolve({ ok: true, answer });
    });
    const failed = (error?: Error | null): void => void (error && resolve({ ok: false, why: error.message }));
    // Node hands a name that is none to this callback, though its types do not say so.
    socket.connect(to.port, to.host, (error?: Error) => {
      if (error) failed(error);
      else socket.send(Buffer.from(send, 'latin1'), failed);
    });
    return await promise;
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
    socket.close();
  }
}
