/** Carries bytes between a forwarded channel and a socket, each way at the pace of its reader, until both ways have ended. */
import type { ServerChannel } from 'ssh2';
import type { Socket } from '../../sys/tcp-listener.ts';
import { createChannelOutput } from '../session/channel-output.ts';
import type { Traffic } from '../session/session-observer.ts';

/** How long what a client sent last may take to reach a peer that hardly reads. */
const FLUSH_MS = 10_000;

/** What ssh2's channel can do beyond its types: the end of our half alone. Its `end()` closes both. */
interface HalfChannel {
  eof(): void;
}

/** Takes both over and leaves neither open. Never rejects. */
export async function joinStream(channel: ServerChannel, socket: Socket, gone: AbortSignal): Promise<Traffic> {
  const over = socketClosed(socket);
  const closed = channelClosed(channel, gone);
  const letGo = () => {
    const timer = setTimeout(() => socket.destroy(), FLUSH_MS);
    socket.once('finish', () => socket.destroy()).once('close', () => clearTimeout(timer));
    if (socket.writableFinished) socket.destroy();
  };
  if (closed.aborted) letGo();
  else closed.addEventListener('abort', letGo, { once: true });
  // Each error ends in a close, which is waited for.
  channel.on('error', () => undefined);
  channel.pipe(socket);
  await sendAll(channel, socket, closed);
  await over;
  // ssh2 forgets a channel when its input was read to the end.
  channel.resume();
  channel.end();
  return { bytesIn: socket.bytesWritten, bytesOut: socket.bytesRead };
}

async function sendAll(channel: ServerChannel, socket: Socket, closed: AbortSignal): Promise<void> {
  const send = createChannelOutput(channel, closed);
  try {
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) await send('stdout', chunk);
  } catch {
    // A reset: what came before it was sent.
  }
  if (!closed.aborted) (channel as unknown as HalfChannel).eof();
}

const socketClosed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });

/** Aborted at once when the client closes the channel. ssh2 then ends its unused stderr, long before the channel's own events. */
function channelClosed(channel: ServerChannel, gone: AbortSignal): AbortSignal {
  const closed = new AbortController();
  channel.stderr.once('finish', () => closed.abort());
  return AbortSignal.any([closed.signal, gone]);
}
