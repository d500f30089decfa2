/** What ssh2 1.17.0 lets a client do to its server, and OpenSSH does not. Every use of ssh2's inside for defence is in this folder. */
import type { Connection } from 'ssh2';
import type { Socket } from '../../sys/tcp-listener.ts';
import { keepGoodGuesses } from './kex-guess.ts';
import { createSendCredit } from './send-credit.ts';
import type { Channel, Inside } from './ssh2-inside.ts';

export interface Guard {
  /** How many channels are open or being opened. */
  readonly channels: number;
}

/** RFC 4254 section 5.1 knows no least size; with 0, ssh2 would send empty packets for ever. */
const LEAST_PACKET = 256;
const RESOURCE_SHORTAGE = 4;
/**
 * RFC 4250 section 4.1.2: disconnect, ignore, unimplemented, debug, service request, extension info, authentication request.
 * No second key exchange, as OpenSSH has it: each costs us a signature. No answer (61) to questions nobody asked: ssh2 makes an
 * array of the length that it names. No channels or global requests: ssh2 would answer each.
 */
const BEFORE_LOGIN: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 7, 50]);
/** The authentication protocol is over: RFC 4252 section 5.3 lets late requests pass unheard, and the rest is the server's to say. */
const FIRST_AUTH_REPLY = 51;
const LAST_AUTH = 79;

/** Guards a client object that has just said its name. `refuse` is called with what it did, once or more often. */
export function guardClient(client: Connection, socket: Socket, refuse: (why: string) => void): Guard {
  const inside = client as unknown as Inside;
  const protocol = inside._protocol;
  const handlers = protocol._handlers;
  const channelOf = (id: number): Channel | undefined => {
    const found = inside._chanMgr.get(id);
    if (typeof found !== 'object' || found === null) return undefined;
    return '_chanInfo' in found ? (found._channel ?? found._chanInfo) : found;
  };
  const credit = createSendCredit({ client, protocol, socket, adjust: handlers.CHANNEL_WINDOW_ADJUST, channelOf });

  keepGoodGuesses(inside);
  const takePayload = protocol._onPayload;
  protocol._onPayload = (payload) => {
    const type = payload[0] ?? 0;
    if (inside.authenticated ? type < FIRST_AUTH_REPLY || type > LAST_AUTH : BEFORE_LOGIN.has(type)) return takePayload(payload);
    refuse(`message ${type} ${inside.authenticated ? 'after' : 'before'} log-in`);
    return undefined;
  };

  const { CHANNEL_OPEN, CHANNEL_OPEN_CONFIRMATION, CHANNEL_DATA, CHANNEL_CLOSE } = handlers;
  handlers.CHANNEL_OPEN = (from, info) => {
    if (info.packetSize < LEAST_PACKET) from.channelOpenFail(info.sender, RESOURCE_SHORTAGE, `packets of ${info.packetSize} bytes`);
    else CHANNEL_OPEN(from, { ...info, window: credit.open(info.sender, info.window) });
  };
  handlers.CHANNEL_OPEN_CONFIRMATION = (from, info) => {
    if (info.packetSize < LEAST_PACKET) refuse(`packets of ${info.packetSize} bytes`);
    else CHANNEL_OPEN_CONFIRMATION(from, { ...info, window: credit.open(info.sender, info.window, info.recipient) });
  };
  handlers.CHANNEL_DATA = (from, recipient, data) => {
    const channel = channelOf(recipient);
    if (channel !== undefined && data.length > channel.incoming.window) refuse('more data than the window has room for');
    else CHANNEL_DATA(from, recipient, data);
  };
  handlers.CHANNEL_WINDOW_ADJUST = (_from, recipient, amount) => credit.adjust(recipient, amount);
  handlers.CHANNEL_CLOSE = (from, recipient) => {
    const channel = channelOf(recipient);
    if (channel !== undefined) credit.close(channel.outgoing.id);
    CHANNEL_CLOSE(from, recipient);
  };

  return {
    get channels() {
      return inside._chanMgr._count;
    },
  };
}
