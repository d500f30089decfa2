/** Sends to an ssh channel one chunk after the other, at the pace the client reads. */
import type { ServerChannel } from 'ssh2';

export type OutputStream = 'stdout' | 'stderr';
/** Resolves when the client's window took the chunk, or the channel is gone. Never rejects. */
export type ChannelOutput = (stream: OutputStream, chunk: Uint8Array | string) => Promise<void>;

/** What ssh2 1.17 keeps of a write that had to wait for the window. */
interface Leftovers {
  _chunk?: unknown;
  _chunkcb?: unknown;
  _chunkErr?: unknown;
  _chunkcbErr?: unknown;
}

/**
 * INVARIANTS: one write is under way at a time, whichever stream it goes to, and the channel remembers nothing of it afterwards.
 * ssh2 1.17 never forgets a chunk that had waited for the window: the next wait, of either stream, would send it again.
 */
export function createChannelOutput(channel: ServerChannel, closed: AbortSignal): ChannelOutput {
  let last: Promise<void> = Promise.resolve();
  return (stream, chunk) => {
    last = last.then(() => writeOne(channel, stream, chunk, closed));
    return last;
  };
}

async function writeOne(channel: ServerChannel, stream: OutputStream, chunk: Uint8Array | string, closed: AbortSignal): Promise<void> {
  if (closed.aborted || chunk.length === 0) return;
  await new Promise<void>((resolve) => {
    const settle = () => {
      closed.removeEventListener('abort', settle);
      resolve();
    };
    // ssh2 never calls back for a write to a channel that is closing.
    closed.addEventListener('abort', settle);
    (stream === 'stdout' ? channel : channel.stderr).write(chunk, settle);
  });
  const leftovers = channel as unknown as Leftovers;
  leftovers._chunk = leftovers._chunkcb = leftovers._chunkErr = leftovers._chunkcbErr = undefined;
}
