/** What the options of a line in authorized_keys or auth_principals demand and leave: sshauthopt_parse of OpenSSH. */
import { everything, type Permissions } from '../login.ts';
import { type AddressPattern, parseAddressPatterns } from './address-patterns.ts';
import { parseExpiryTime } from './expiry-time.ts';
import { type Fault, isFault } from './fault.ts';
import { type Option, readOptions } from './option-text.ts';
import { parseEnvironment, parsePermit } from './option-values.ts';

export interface KeyOptions {
  /** The line's key signs certificates and lets nobody in by itself. */
  readonly certAuthority: boolean;
  /** Of which a certificate must name one; absent: `root`. */
  readonly principals?: readonly string[];
  /** Absent: from everywhere. */
  readonly from?: readonly AddressPattern[];
  /** Milliseconds since 1970. */
  readonly expiresMs?: number;
  /** Of security keys: somebody must touch it; it must know who. */
  readonly touchRequired: boolean;
  readonly verifyRequired: boolean;
  readonly permissions: Permissions;
}

export const noOptions: KeyOptions = { certAuthority: false, touchRequired: true, verifyRequired: false, permissions: everything };

/** A fault with the option that has it. */
export interface OptionFault extends Fault {
  readonly value: string;
}

type Step = (so: KeyOptions, value: string) => KeyOptions | Fault;

const permit = (change: Partial<Permissions>): Step => {
  return (so) => ({ ...so, permissions: { ...so.permissions, ...change } });
};
const same: Step = (so) => so;

/** Agent and X11 forwarding and ~/.ssh/rc are never done here: to forbid them costs nothing, to allow them changes nothing. */
const flags: Readonly<Record<string, Step>> = {
  restrict: permit({ pty: false, forwarding: false }),
  pty: permit({ pty: true }),
  'no-pty': permit({ pty: false }),
  'port-forwarding': permit({ forwarding: true }),
  'no-port-forwarding': permit({ forwarding: false }),
  'agent-forwarding': same,
  'no-agent-forwarding': same,
  'x11-forwarding': same,
  'no-x11-forwarding': same,
  'user-rc': same,
  'no-user-rc': same,
  'cert-authority': (so) => ({ ...so, certAuthority: true }),
  'touch-required': (so) => ({ ...so, touchRequired: true }),
  'no-touch-required': (so) => ({ ...so, touchRequired: false }),
  'verify-required': (so) => ({ ...so, verifyRequired: true }),
  'no-verify-required': (so) => ({ ...so, verifyRequired: false }),
};

/** `tunnel=` chooses among devices that are never made here. */
const valued: Readonly<Record<string, Step>> = {
  command(so, value) {
    if (so.permissions.command !== undefined) return { fault: 'more than one command=' };
    return permit({ command: value })(so, '');
  },
  from(so, value) {
    if (so.from !== undefined) return { fault: 'more than one from=' };
    const from = parseAddressPatterns(value);
    return isFault(from) ? from : { ...so, from };
  },
  principals(so, value) {
    if (so.principals !== undefined) return { fault: 'more than one principals=' };
    return { ...so, principals: value.split(',').filter((name) => name !== '') };
  },
  'expiry-time'(so, value) {
    const expiresMs = parseExpiryTime(value);
    if (expiresMs === undefined) return { fault: 'no time; YYYYMMDD[HHMM[SS]][Z] is one, in UTC' };
    return { ...so, expiresMs: Math.min(expiresMs, so.expiresMs ?? expiresMs) };
  },
  environment(so, value) {
    const variable = parseEnvironment(value);
    if (isFault(variable)) return variable;
    // sshd(8): of several with one name, the first counts.
    const environment = { [variable.name]: variable.value, ...so.permissions.environment };
    return permit({ environment })(so, '');
  },
  permitopen(so, value) {
    const to = parsePermit(value);
    return typeof to === 'string' ? permit({ permitOpen: [...(so.permissions.permitOpen ?? []), to] })(so, '') : to;
  },
  permitlisten(so, value) {
    const at = parsePermit(value.includes(':') ? value : `*:${value}`);
    return typeof at === 'string' ? permit({ permitListen: [...(so.permissions.permitListen ?? []), at] })(so, '') : at;
  },
  tunnel: same,
};

const KNOWN = [...Object.keys(flags), ...Object.keys(valued).map((name) => `${name}="…"`)].join(', ');

/** Reads them in order: `restrict,pty` allows a pty, `pty,restrict` does not. Never throws. */
export function parseKeyOptions(text: string): KeyOptions | OptionFault {
  let options = noOptions;
  for (const option of readOptions(text)) {
    const next = apply(options, option);
    if (isFault(next)) return { fault: next.fault, value: option.text };
    options = next;
  }
  if (options.principals !== undefined && !options.certAuthority)
    return { fault: 'principals= counts for a cert-authority only', value: text };
  return options;
}

function apply(options: KeyOptions, { name, value }: Option): KeyOptions | Fault {
  const step = Object.hasOwn(value === undefined ? flags : valued, name) ? (value === undefined ? flags : valued)[name] : undefined;
  return step?.(options, value ?? '') ?? { fault: `unknown or unsupported option; known are ${KNOWN}` };
}
