/** errno(3): what a failed call tells of an object. */
import { constants } from 'node:os';

const names = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));
/** Two names of one number: the first in the table of the kernel counts. */
names.set(constants.errno.EAGAIN, 'EAGAIN');

/** `ENOENT` of -2; undefined when the call worked. */
export const errorName = (result: number): string | undefined => (result < 0 ? (names.get(-result) ?? `errno ${-result}`) : undefined);

/** How a call ended, as far as an object is concerned. `other`: it says nothing of one. */
export type Outcome = 'ok' | 'missing' | 'exists' | 'busy' | 'refused' | 'read-only' | 'other';

const outcomes: Readonly<Record<string, Outcome>> = {
  ENOENT: 'missing',
  ENOTDIR: 'missing',
  ENXIO: 'missing',
  ENODEV: 'missing',
  ESRCH: 'missing',
  EEXIST: 'exists',
  ENOTEMPTY: 'exists',
  EBUSY: 'busy',
  EADDRINUSE: 'busy',
  EAGAIN: 'busy',
  ETXTBSY: 'busy',
  ECONNREFUSED: 'refused',
  EADDRNOTAVAIL: 'refused',
  ENETUNREACH: 'refused',
  EROFS: 'read-only',
  EINPROGRESS: 'ok',
};

export function outcomeOf(result: number): Outcome {
  const name = errorName(result);
  return name === undefined ? 'ok' : (outcomes[name] ?? 'other');
}
