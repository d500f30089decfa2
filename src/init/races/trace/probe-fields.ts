/** What each probe of ours says, in its order. The recorder makes probes that say it, the parser reads it. */

/**
 * `text` is between quotation marks; a number has a sign, or is hexadecimal with 0x; bytes are two digits each; `later` is a number that older
 * recordings do not have. What could not be read is `(fault)`.
 */
type FieldKind = 'text' | 'number' | 'bytes' | 'later';
export type Fields = Readonly<Record<string, string | number | undefined>>;

/** An address of the families inet and inet6: both places where the address can be. */
const inet = {
  type: 'number',
  family: 'number',
  port: 'number',
  v4: 'number',
  a: 'number',
  b: 'number',
  c: 'number',
  d: 'number',
} as const;
const unix = { path: 'text', abstract: 'text', length: 'number' } as const;
const at = { dir: 'number', name: 'text' } as const;
const two = { ...at, todir: 'number', to: 'text' } as const;
const inode = { inode: 'number', device: 'number' } as const;

/** As many bytes of a message of netlink(7), behind its header, as the probe reads: a route of version 6 with gateway, source and metrics. */
export const MESSAGE_BYTES = 128;

export const probeFields = {
  open: { ...at, flags: 'number', mode: 'number' },
  opened: { ...inode, fmode: 'number' },
  lookup: at,
  create: at,
  unlink: at,
  rmdir: at,
  rename: two,
  link: two,
  symlink: { todir: 'number', name: 'text', to: 'text' },
  mount: { source: 'text', type: 'text', flags: 'number' },
  /** What it says of options has become a number when the recording was written down. */
  mount_data: { content: 'number' },
  list: inode,
  unix_bind: unix,
  unix_connect: unix,
  unix_join: unix,
  unix_send: unix,
  inet_bind: inet,
  inet6_bind: inet,
  inet_connect: inet,
  inet_join: inet,
  inet_send: inet,
  inet6_send: inet,
  inet_listen: inet,
  inet_accept: inet,
  pipe_write: inode,
  pipe_read: inode,
  pipe_done: { result: 'number' },
  lock: { ...inode, type: 'number' },
  locked: inode,
  interface: { command: 'number', name: 'text' },
  inet_interface: { command: 'number', name: 'text' },
  /** Said by the kernel's own event. */
  module: { name: 'text' },
  /** Where no more can be read, and in older recordings. */
  netlink: { type: 'number', index: 'number' },
  /** Its words of memory have become bytes of the message, and no more than that, when the recording was written down. */
  message: { type: 'number', flags: 'number', data: 'bytes' },
  message_done: { result: 'number' },
  /** What it says of contents has become a number when the recording was written down. */
  written: { content: 'number', count: 'later', at: 'later' },
  handle: { signal: 'number', handler: 'number' },
} as const satisfies Record<string, Readonly<Record<string, FieldKind>>>;

export type ProbeName = keyof typeof probeFields;

export interface ProbeHit {
  readonly probe: ProbeName;
  readonly fields: Fields;
}

interface Pattern {
  readonly probe: ProbeName;
  readonly names: readonly string[];
  readonly kinds: readonly FieldKind[];
  readonly pattern: RegExp;
}

const patterns: ReadonlyMap<string, Pattern> = new Map(
  Object.entries(probeFields).map(([probe, fields]) => [
    probe,
    { probe: probe as ProbeName, names: Object.keys(fields), kinds: Object.values(fields), pattern: patternOf(fields) },
  ]),
);

/** Undefined when it is no probe of ours, `torn` when it does not say what it should. */
export function parseProbe(name: string, rest: string): ProbeHit | 'torn' | undefined {
  const known = patterns.get(name);
  if (known === undefined) return undefined;
  const found = known.pattern.exec(rest);
  if (found === null) return 'torn';
  const fields: Record<string, string | number | undefined> = {};
  known.names.forEach((field, index) => {
    fields[field] = readValue(found[index + 1] ?? '', known.kinds[index]);
  });
  return { probe: known.probe, fields };
}

function readValue(text: string, kind: FieldKind | undefined): string | number | undefined {
  if (text.startsWith('"')) return text.slice(1, -1);
  if (text === '(fault)' || (kind === 'later' && text === '')) return undefined;
  return kind === 'bytes' ? text : Number(text);
}

/** A text may have quotation marks in it: the next field tells where it ends. */
function patternOf(fields: Readonly<Record<string, FieldKind>>): RegExp {
  const value = { text: '(".*"|\\(fault\\))', number: '(-?\\d+|0x[0-9a-f]+|\\(fault\\))', bytes: '([0-9a-f]*)' };
  const each = Object.entries(fields).map(([name, kind]) => (kind === 'later' ? `(?: ${name}=(\\d+))?` : ` ${name}=${value[kind]}`));
  return new RegExp(`^\\(.*?\\)${each.join('')}$`);
}
