/** Requests on a channel that ssh2 1.17.0 leaves unanswered, does not tell of, or reads wrongly. */
import type { Connection, Session } from 'ssh2';
import type { Channel, Inside } from '../guard/ssh2-inside.ts';
import { planTerminalModes } from './terminal-modes.ts';

interface SessionInside extends Session {
  readonly _chanInfo: Channel;
  /** There when a program was asked for. */
  readonly _channel?: Channel;
  /** The client's input has ended. */
  readonly _ending: boolean;
}

/**
 * While a program runs ssh2 answers no request, and tells of none once the input has ended: with `ssh -tt host </dev/null` the size of the
 * terminal would never change. Here `window-change`, `signal`, `break` and `eow@openssh.com` reach the session's listeners, which accept
 * them or do not, and whoever wants an answer gets it. A pty request gets `settings`, words of stty(1). A session that is
 * closed before it ran anything is forgotten, and its close answered. To be called before keys are exchanged.
 */
export function answerRequests(connection: Connection): void {
  const { _protocol: protocol, _chanMgr: channels } = connection as unknown as Inside;
  const handlers = protocol._handlers;
  const { CHANNEL_REQUEST, CHANNEL_CLOSE } = handlers;
  const sessionOf = (recipient: number): SessionInside | undefined => {
    const found = channels.get(recipient);
    return typeof found === 'object' && '_chanInfo' in found ? (found as unknown as SessionInside) : undefined;
  };
  const takePayload = protocol._onPayload;
  let payload: Buffer = Buffer.alloc(0);
  protocol._onPayload = (bytes) => {
    payload = bytes;
    return takePayload(bytes);
  };

  handlers.CHANNEL_REQUEST = (from, recipient, type, wantReply, data) => {
    const session = sessionOf(recipient);
    if (session === undefined || (session._channel === undefined && !session._ending)) {
      const more = type === 'pty-req' && typeof data === 'object' ? { ...data, settings: planTerminalModes(readModes(payload)) } : data;
      return CHANNEL_REQUEST(from, recipient, type, wantReply, more);
    }
    const { id, state } = session._chanInfo.outgoing;
    const granted = session._channel !== undefined && grants(session, type, data);
    if (!wantReply || state === 'closing' || state === 'closed') return;
    if (granted) from.channelSuccess(id);
    else from.channelFailure(id);
  };
  handlers.CHANNEL_CLOSE = (from, recipient) => {
    const session = sessionOf(recipient);
    CHANNEL_CLOSE(from, recipient);
    if (session === undefined || session._channel !== undefined) return;
    channels.remove(recipient);
    from.channelClose(session._chanInfo.outgoing.id);
  };
}

function grants(session: SessionInside, type: string, data: unknown): boolean {
  let granted = false;
  const accept = () => {
    granted = true;
  };
  if (type === 'signal') session.emit(type, accept, undefined, { name: data });
  else if (['window-change', 'break', 'eow@openssh.com'].includes(type)) session.emit(type, accept, undefined, data);
  return granted;
}

/** The modes in a pty request: type of message, channel, "pty-req", wish for a reply, name of the terminal, four numbers, modes. */
function readModes(payload: Buffer): Buffer {
  const skipString = (at: number) => at + 4 + payload.readUInt32BE(at);
  const at = skipString(skipString(1 + 4) + 1) + 4 * 4;
  return payload.subarray(at + 4, at + 4 + payload.readUInt32BE(at));
}
