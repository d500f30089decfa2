/** What forwarding has at hand for one client. */
import type { Connection, ServerChannel } from 'ssh2';
import type { Sys } from '../../sys/sys.ts';
import type { Socket } from '../../sys/tcp-listener.ts';
import type { Permissions } from '../login.ts';
import type { Forward, SessionObserver } from '../session/session-observer.ts';

/** Forwarded connections at once, of one client: each may hold two windows of 2 MiB. */
export const MOST_STREAMS = 200;

export interface ForwardClient {
  readonly sys: Sys;
  readonly connection: Connection;
  readonly permissions: Permissions;
  readonly observer: SessionObserver;
  /** Aborted when the connection ends: nothing of it stays open. */
  readonly gone: AbortSignal;
}

export interface ForwardHost extends ForwardClient {
  /** A place for one more stream, to be given back; undefined when there is none. */
  readonly takePlace: () => (() => void) | undefined;
  /** Carries bytes until both ends are done. Never rejects. */
  readonly join: (forward: Forward, channel: ServerChannel, socket: Socket) => Promise<void>;
}

export const TOO_MANY = `more than ${MOST_STREAMS} forwarded connections`;
export const NOT_PERMITTED = 'not permitted to this key';

/** A name that a client sent, fit for a log. */
export const printable = (text: string): string => text.slice(0, 255).replace(/[^\x21-\x7e]/g, '?');

/** `host:port`, with brackets where the host has colons. */
export const formatTarget = (host: string, port: number): string =>
  `${host.includes(':') ? `[${printable(host)}]` : printable(host)}:${port}`;
