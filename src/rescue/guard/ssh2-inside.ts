/** The parts of ssh2 1.17.0 that have no public name and that the guard holds on to. */

/** One end of a channel, as ssh2 keeps it. */
export interface ChannelEnd {
  readonly id: number;
  window: number;
  readonly state: 'open' | 'eof' | 'closing' | 'closed';
}

interface OpenRequest {
  readonly sender: number;
  readonly window: number;
  readonly packetSize: number;
}

/** ssh2's own handlers of messages that it has taken apart. */
interface Handlers {
  CHANNEL_OPEN(protocol: Protocol, info: OpenRequest): void;
  CHANNEL_OPEN_CONFIRMATION(protocol: Protocol, info: OpenRequest & { readonly recipient: number }): void;
  CHANNEL_DATA(protocol: Protocol, recipient: number, data: Buffer): void;
  CHANNEL_WINDOW_ADJUST(protocol: Protocol, recipient: number, amount: number): void;
  CHANNEL_CLOSE(protocol: Protocol, recipient: number): void;
  /** `data` is what ssh2 makes of the rest of the message: an object, a text, nothing. */
  CHANNEL_REQUEST(protocol: Protocol, recipient: number, type: string, wantReply: boolean, data: unknown): void;
}

export interface Protocol {
  readonly _handlers: Handlers;
  _onPayload(payload: Buffer): unknown;
  /** Set while a key exchange is under way. */
  readonly _kexinit: unknown;
  /** The latest key exchange, with the client's KEXINIT until it is done. */
  readonly _kex?: { readonly _remoteKexinit?: Buffer };
  readonly _offer: { readonly lists: Readonly<Record<'kex' | 'serverHostKey', { readonly array: readonly string[] }>> };
  channelOpenFail(recipient: number, reason: number, description: string): void;
  channelSuccess(recipient: number): void;
  channelFailure(recipient: number): void;
  channelClose(recipient: number): void;
  channelData(recipient: number, data: Uint8Array | string): void;
  channelExtData(recipient: number, data: Uint8Array | string, type: number): void;
  channelOpenConfirm(sender: number, recipient: number, window: number, packetSize: number): void;
}

export interface Channel {
  readonly incoming: ChannelEnd;
  readonly outgoing: ChannelEnd;
  /** Absent in a session that has no program yet. */
  readonly push?: unknown;
}

interface ChannelManager {
  /** A session keeps its channel apart; what is still being opened is no object. */
  get(id: number): Channel | { readonly _chanInfo: Channel; readonly _channel?: Channel } | undefined;
  remove(id: number): void;
  readonly _count: number;
}

/** What ssh2's client object keeps to itself. */
export interface Inside {
  readonly authenticated: boolean;
  readonly _protocol: Protocol;
  readonly _chanMgr: ChannelManager;
}
