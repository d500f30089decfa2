/** Port forwarding of one client, both ways. */
import { type ForwardClient, type ForwardHost, MOST_STREAMS } from './forward-host.ts';
import { joinStream } from './join-stream.ts';
import { attendListens } from './listen-forwards.ts';
import { attendOpens } from './open-forwards.ts';

export interface Forwards {
  /** How many listeners stand for the client now. */
  readonly listeners: number;
}

/** Answers what a client asks of forwarding until it is gone. */
export function attendForwards(client: ForwardClient): Forwards {
  const { observer, gone } = client;
  let streams = 0;
  const host: ForwardHost = {
    ...client,
    takePlace: () => {
      if (streams >= MOST_STREAMS) return undefined;
      streams += 1;
      return () => {
        streams -= 1;
      };
    },
    join: async (forward, channel, socket) => {
      const ended = observer.forwarded?.(forward);
      ended?.(await joinStream(channel, socket, gone));
    },
  };
  attendOpens(host);
  return attendListens(host);
}
