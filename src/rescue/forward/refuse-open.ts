/** Refuses a channel for a reason that the client is told. */
import type { Connection } from 'ssh2';
import type { Inside } from '../guard/ssh2-inside.ts';

/** RFC 4254, 5.1. */
const REASONS = { prohibited: 1, 'connect-failed': 2, 'resource-shortage': 4 } as const;
export type OpenRefusal = keyof typeof REASONS;

/** `reject` is ssh2's own for the channel: it says "connect failed" whatever the reason is, and nothing more. */
export function refuseOpen(connection: Connection, reject: () => void, reason: OpenRefusal, description: string): void {
  const { _protocol: protocol } = connection as unknown as Inside;
  const plain = protocol.channelOpenFail;
  protocol.channelOpenFail = (recipient) => plain.call(protocol, recipient, REASONS[reason], description);
  try {
    reject();
  } finally {
    protocol.channelOpenFail = plain;
  }
}
