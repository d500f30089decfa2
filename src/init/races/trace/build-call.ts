/** One Call from what was seen of it between its beginning and its return. */
import type { CallFacts } from './event-list.ts';
import { type Fields, MESSAGE_BYTES, type ProbeHit } from './probe-fields.ts';
import { parseRouteMessage, titleOf } from './route-message.ts';
import { inetAddress, unixAddress } from './socket-address.ts';
import { addedBy, familyNames, syscallNamed } from './syscalls.ts';
import type { Call } from './trace.ts';

interface BuiltCall extends CallFacts {
  readonly call: Call['call'];
}

/** chmod(2) */
const PERMISSIONS = 0o7777;
/** inode(7): the type of a file, above its permissions. */
const S_IFMT = 0o170000;
const kinds: ReadonlyMap<number, string> = new Map([
  [0o010000, 'fifo'],
  [0o020000, 'device'],
  [0o060000, 'device'],
  [0o140000, 'socket'],
]);
/** open(2) */
const O_CREAT = 0o100;
/** include/linux/fs.h: of f_mode. */
const FMODE_CREATED = 0x100000;
/** fcntl(2) */
const F_DUPFD = 0;
const F_DUPFD_CLOEXEC = 1030;
const lockCommands = [6, 7, 37, 38];
/** flock(2) */
const flockKinds: readonly (readonly [number, string])[] = [
  [8, 'unlock'],
  [2, 'exclusive'],
  [1, 'shared'],
];
/** CLONE_NEW*, as files in /proc/PID/ns are called. */
const spaceBits: readonly (readonly [number, string])[] = [
  [0x20000, 'mnt'],
  [0x4000000, 'uts'],
  [0x8000000, 'ipc'],
  [0x20000000, 'pid'],
  [0x40000000, 'net'],
];
/** F_RDLCK, F_WRLCK, F_UNLCK */
const fcntlKinds = ['shared', 'exclusive', 'unlock'];

/** sysvipc(7) */
const ipcKinds: Readonly<Record<string, string>> = {
  msgget: 'message queue',
  msgctl: 'message queue',
  semget: 'semaphores',
  semctl: 'semaphores',
  shmget: 'shared memory',
  shmctl: 'shared memory',
};

/** Calls with two names of which the first one counts most: mount(2) looks its target up before a source that is a name. */
const firstNameCounts = ['mount', 'pivot_root'];

/** Of what was seen since the last return, that which this call is told of by. */
export function usedHits<T extends ProbeHit>(name: string, hits: readonly T[]): readonly T[] {
  const row = syscallNamed(name);
  const wanted = row?.probes ?? (row === undefined ? [] : (addedBy[row.call] ?? []));
  const isSaid = wanted.some((each) => each !== 'create' && hits.some(({ probe }) => probe === each));
  const said = hits.filter(({ probe, fields }) => wanted.includes(probe) && fields['name'] !== '' && !(isSaid && probe === 'create'));
  if (firstNameCounts.includes(name)) return said;
  // What came before belongs to a call whose return is not recorded.
  return said.filter(({ probe }, index) => said.findLastIndex((other) => other.probe === probe) === index);
}

/** Undefined for a call that touches nothing others could see: fstat(2), fcntl(2) with another command. */
export function buildCall(name: string, args: readonly number[] | undefined, hits: readonly ProbeHit[]): BuiltCall | undefined {
  const row = syscallNamed(name);
  if (row === undefined) return undefined;
  if (name === 'fcntl') return buildFcntl(args ?? [], hits);
  if (row.probes !== undefined && !row.isWhole && hits.length === 0) return undefined;
  const call = name === 'unlinkat' && hits.some(({ probe }) => probe === 'rmdir') ? 'rmdir' : row.call;
  return { call, ...fromArguments(name, args), ...fromHits(name, hits) };
}

function fromArguments(name: string, args: readonly number[] = []): CallFacts {
  const facts: { fd?: number; flags?: number; target?: number; mode?: number; detail?: string } = {};
  const row = syscallNamed(name);
  row?.takes?.forEach((argument, index) => {
    const value = args[index];
    if (value === undefined) return;
    if (argument === 'fd' || argument === 'target') facts[argument] = value | 0;
    if (argument === 'flags') facts.flags = value;
    if (argument === 'mode') facts.mode = value & PERMISSIONS;
    if (argument === 'mode' && row?.call === 'mknod') facts.detail = kinds.get(value & S_IFMT) ?? 'file';
    if (argument === 'user') facts.detail = `${value | 0}`;
    if (argument === 'group') facts.detail += `:${value | 0}`;
    if (argument === 'protocol' && facts.detail === 'netlink') facts.detail += `:${value}`;
    if (argument === 'key') facts.detail = `${ipcKinds[name]} 0x${value.toString(16)}`;
    if (argument === 'number') Object.assign(facts, { target: value | 0, detail: ipcKinds[name] });
    if (argument === 'family') facts.detail = familyNames.get(value) ?? String(value);
  });
  if (name === 'unshare' || name === 'setns') facts.detail = spacesOf(facts.flags);
  if (name === 'sethostname' || name === 'setdomainname') facts.detail = name.slice('set'.length);
  if (name === 'flock') facts.detail = flockKinds.find(([bit]) => ((facts.flags ?? 0) & bit) !== 0)?.[1] ?? 'unlock';
  return facts;
}

const spacesOf = (flags = 0): string => spaceBits.flatMap(([bit, kind]) => ((flags & bit) !== 0 ? [kind] : [])).join(' ');

function buildFcntl([fd = -1, command = -1]: readonly number[], hits: readonly ProbeHit[]): BuiltCall | undefined {
  if (command === F_DUPFD || command === F_DUPFD_CLOEXEC) return { call: 'dup', fd: fd | 0 };
  if (!lockCommands.includes(command)) return undefined;
  return { call: 'lock', fd: fd | 0, flags: command, ...fromHits('fcntl', hits) };
}

function fromHits(name: string, hits: readonly ProbeHit[]): CallFacts {
  const [first, second] = hits.filter(({ probe }) => probe === 'lookup');
  const others = hits.filter(({ probe }) => probe !== 'lookup');
  const facts: CallFacts = Object.assign({}, first && factsOf(first), ...others.map(factsOf));
  const to = name === 'pivot_root' ? second?.fields['name'] : undefined;
  return typeof to === 'string' ? { ...facts, toPath: to } : facts;
}

/** What one probe says. */
export function factsOf({ probe, fields }: ProbeHit): CallFacts {
  switch (probe) {
    case 'open':
      return { ...defined({ path: fields['name'], dirFd: fields['dir'], flags: fields['flags'] }), ...modeOf(fields) };
    case 'opened':
      return { ...defined({ inode: inodeOf(fields) }), ...createdOf(fields) };
    case 'lookup':
    case 'create':
    case 'unlink':
    case 'rmdir':
      return defined({ path: fields['name'], dirFd: fields['dir'] });
    case 'rename':
    case 'link':
      return defined({ path: fields['name'], dirFd: fields['dir'], toPath: fields['to'], toDirFd: fields['todir'] });
    case 'symlink':
      return defined({ path: fields['to'], dirFd: fields['todir'], toPath: fields['name'] });
    case 'mount':
      return defined({ toPath: fields['source'], detail: fields['type'], flags: fields['flags'] });
    case 'unix_bind':
    case 'unix_connect':
    case 'unix_join':
    case 'unix_send':
      return defined({ address: unixAddress(fields) });
    case 'inet_bind':
    case 'inet6_bind':
    case 'inet_connect':
    case 'inet_join':
    case 'inet_send':
    case 'inet6_send':
      return defined({ address: inetAddress(fields) });
    case 'inet_listen':
    case 'inet_accept':
      return defined({ address: inetAddress(fields, 'host') });
    case 'lock':
      return defined({ inode: inodeOf(fields), detail: fcntlKinds[Number(fields['type'])] });
    case 'module':
      return defined({ detail: fields['name'] });
    case 'interface':
    case 'inet_interface':
      return defined({ detail: fields['name'], flags: fields['command'] });
    case 'netlink':
      return defined({ flags: fields['type'], detail: fields['index'] === undefined ? undefined : `#${fields['index']}` });
    case 'message':
      return messageOf(fields);
    case 'written':
      return defined({ content: fields['content'], bytes: fields['count'], at: fields['at'] });
    case 'mount_data':
      return defined({ content: fields['content'] });
    case 'handle':
      return defined({ target: fields['signal'] });
    default:
      return defined({ inode: inodeOf(fields) });
  }
}

/** The data are whole when the probe had room for more. */
function messageOf({ type, flags, data }: Fields): CallFacts {
  const bytes = typeof data === 'string' ? data : '';
  const message = parseRouteMessage(Number(type), Number(flags), bytes, bytes.length < 2 * MESSAGE_BYTES);
  return message === undefined ? defined({ flags: type }) : { ...defined({ flags: type }), detail: titleOf(message), message };
}

/** open(2) says what mode a new file gets; without O_CREAT it means nothing. */
function modeOf({ flags, mode }: Fields): CallFacts {
  return typeof mode === 'number' && (Number(flags) & O_CREAT) !== 0 ? { mode: mode & PERMISSIONS } : {};
}

function createdOf({ fmode, inode }: Fields): CallFacts {
  return typeof fmode === 'number' && inode !== 0 ? { created: (fmode & FMODE_CREATED) !== 0 } : {};
}

/** `8:1:1234`: major and minor of the device, and the inode. MKDEV(3): the kernel's own form has 20 bits for the minor. */
function inodeOf({ inode, device }: Fields): string | undefined {
  // A failed open has no file: some kernels read zeros there.
  if (typeof inode !== 'number' || inode === 0) return undefined;
  return typeof device === 'number' ? `${device >>> 20}:${device & 0xfffff}:${inode}` : `0:0:${inode}`;
}

/** Without what could not be read. */
const defined = (facts: { readonly [Name in keyof CallFacts]: string | number | undefined }): CallFacts =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
