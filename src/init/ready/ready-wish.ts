/** How a daemon says that it is ready: `X-Ready: notify` or `X-Ready: fd:3` of a header. */

export type ReadyWish =
  /** sd_notify(3): `READY=1` to the socket that NOTIFY_SOCKET names. */
  | { readonly kind: 'notify' }
  /** s6's way: a newline on this descriptor. */
  | { readonly kind: 'fd'; readonly fd: number };

/** For Problems. A shell can name no descriptor above 9. */
export const ACCEPTED_READY = 'notify, fd:3 to fd:9';

/** Undefined for anything else. */
export function parseReady(text: string): ReadyWish | undefined {
  if (text === 'notify') return { kind: 'notify' };
  const fd = /^fd:([3-9])$/.exec(text)?.[1];
  return fd === undefined ? undefined : { kind: 'fd', fd: Number(fd) };
}
