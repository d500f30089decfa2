/** What a log-in may do once it is let in: the strictest of everything that let it in. */
import type { Permissions } from '../login.ts';
import { matchesAddress } from './address-patterns.ts';
import { type Fault, isFault } from './fault.ts';
import type { KeyOptions } from './key-options.ts';

export interface Grant {
  readonly permissions: Permissions;
  readonly touchRequired: boolean;
  readonly verifyRequired: boolean;
}

/** Whence and when somebody knocks. */
export interface Circumstances {
  readonly address: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/** Whether the options let somebody in from there and now: a fault says why not. */
export function grantBy(options: KeyOptions, { address, nowMs }: Circumstances): Grant | Fault {
  if (options.expiresMs !== undefined && nowMs > options.expiresMs)
    return { fault: `expired ${new Date(options.expiresMs).toISOString()}, the machine's clock says ${new Date(nowMs).toISOString()}` };
  if (options.from !== undefined && !matchesAddress(address, options.from)) return { fault: `not allowed from ${address}` };
  const { permissions, touchRequired, verifyRequired } = options;
  return { permissions, touchRequired, verifyRequired };
}

/**
 * Of several lines in one file the first that lets somebody in counts, as in sshd(8). Undefined when `lines` is empty; a fault, that
 * of the last line, when there are some and none does.
 */
export function firstGrant(lines: readonly KeyOptions[], circumstances: Circumstances): Grant | Fault | undefined {
  const grants = lines.map((options) => grantBy(options, circumstances));
  return grants.find((grant) => !isFault(grant)) ?? grants.at(-1);
}

/** A restriction in one place is not undone by another: what any refuses is refused. Undefined when none says anything. */
export function mergeGrants(grants: readonly (Grant | Fault | undefined)[]): Grant | Fault | undefined {
  return grants
    .filter((grant) => grant !== undefined)
    .reduce<Grant | Fault | undefined>(
      (so, next) => (so === undefined ? next : isFault(so) ? so : isFault(next) ? next : merge(so, next)),
      undefined,
    );
}

function merge(left: Grant, right: Grant): Grant | Fault {
  const [one, other] = [left.permissions, right.permissions];
  const command = one.command ?? other.command;
  if (other.command !== undefined && other.command !== command) return { fault: 'two forced commands that differ' };
  const permitOpen = meet(one.permitOpen, other.permitOpen);
  const permitListen = meet(one.permitListen, other.permitListen);
  return {
    touchRequired: left.touchRequired || right.touchRequired,
    verifyRequired: left.verifyRequired || right.verifyRequired,
    permissions: {
      pty: one.pty && other.pty,
      forwarding: one.forwarding && other.forwarding,
      environment: { ...other.environment, ...one.environment },
      ...(command === undefined ? {} : { command }),
      ...(permitOpen === undefined ? {} : { permitOpen }),
      ...(permitListen === undefined ? {} : { permitListen }),
    },
  };
}

/** What both lists of `host:port` permit. */
function meet(left: readonly string[] | undefined, right: readonly string[] | undefined): readonly string[] | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return [...new Set(left.flatMap((one) => right.flatMap((other) => meetTwo(one, other))))];
}

function meetTwo(left: string, right: string): readonly string[] {
  const [one, other] = [left, right].map((permit) => [permit.slice(0, permit.lastIndexOf(':')), permit.slice(permit.lastIndexOf(':') + 1)]);
  const parts = [0, 1].map((part) => meetPart(one?.[part] ?? '', other?.[part] ?? ''));
  return parts.includes(undefined) ? [] : [parts.join(':')];
}

function meetPart(left: string, right: string): string | undefined {
  if (left === '*') return right;
  return right === '*' || left === right ? left : undefined;
}
