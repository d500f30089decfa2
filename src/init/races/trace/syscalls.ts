/** Which system call does what, and where it says so: in its own numbers, or through a probe behind it. */
import type { ProbeName } from './probe-fields.ts';
import type { CallName } from './trace.ts';

/** `from`: the descriptor of the file that is copied; `offset`: where not to go on where it stands. */
type Argument =
  | 'fd'
  | 'from'
  | 'offset'
  | 'target'
  | 'flags'
  | 'family'
  | 'protocol'
  | 'command'
  | 'mode'
  | 'user'
  | 'group'
  | 'key'
  | 'number'
  | undefined;

export interface SyscallRow {
  readonly call: CallName;
  /** The call is told of only when one of these was hit on its way. */
  readonly probes?: readonly ProbeName[];
  /** What its arguments are, first to last. Absent: the probes say it. With probes: what they do not say. */
  readonly takes?: readonly Argument[];
  /** It is told of also when no probe was hit: that it was called is enough. */
  readonly isWhole?: true;
  /** Its beginning is recorded only when it meets this filter (Documentation/trace/events.rst); a return without a beginning is of no interest. */
  readonly sift?: string;
  /** It opens programs, one after another. */
  readonly isExec?: true;
  /** Its beginning tells all; its return is not recorded. */
  readonly isBrief?: true;
  /** Of a brief one: its return is recorded when it failed. */
  readonly tellsFailure?: true;
}

const byName = (call: CallName, probes: readonly ProbeName[], names: string): Record<string, SyscallRow> =>
  Object.fromEntries(names.split(' ').map((name) => [name, { call, probes }]));
/** What is called is enough; a probe may say more. */
const byItself = (call: CallName, probes: readonly ProbeName[], names: string): Record<string, SyscallRow> =>
  Object.fromEntries(names.split(' ').map((name) => [name, { call, probes, isWhole: true }]));
const byNumbers = (call: CallName, names: string, takes: readonly Argument[]): Record<string, SyscallRow> =>
  Object.fromEntries(names.split(' ').map((name) => [name, { call, takes }]));

const byWriting = (names: string, takes: readonly Argument[]): Record<string, SyscallRow> =>
  Object.fromEntries(names.split(' ').map((name) => [name, { call: 'write', takes, isBrief: true, tellsFailure: true }]));

/** Nothing is waited for but the time. */
const sleepOn = (count: string, names: string): Record<string, SyscallRow> =>
  Object.fromEntries(names.split(' ').map((name) => [name, { call: 'sleep', takes: [], sift: `${count}==0` }]));

/** By the names of the tracepoints: `newstat` is stat(2), `umount` is umount2(2). */
export const syscalls: Readonly<Record<string, SyscallRow>> = {
  ...byName('open', ['open', 'opened'], 'open openat openat2 creat'),
  execve: { call: 'look', isExec: true },
  execveat: { call: 'look', isExec: true },
  ...byName('look', ['open', 'opened'], 'swapon'),
  ...byName('look', ['lookup'], 'newstat newlstat newfstatat statx access faccessat faccessat2 statfs name_to_handle_at'),
  ...byName('watch', ['lookup'], 'inotify_add_watch fanotify_mark'),
  ...byName('readlink', ['lookup'], 'readlink readlinkat'),
  ...byName('chdir', ['lookup'], 'chdir'),
  ...byName('chroot', ['lookup'], 'chroot'),
  mkdir: { call: 'mkdir', probes: ['create'], takes: [undefined, 'mode'] },
  mkdirat: { call: 'mkdir', probes: ['create'], takes: [undefined, undefined, 'mode'] },
  mknod: { call: 'mknod', probes: ['create'], takes: [undefined, 'mode'] },
  mknodat: { call: 'mknod', probes: ['create'], takes: [undefined, undefined, 'mode'] },
  ...byName('symlink', ['symlink', 'create'], 'symlink symlinkat'),
  ...byName('link', ['link', 'create'], 'link linkat'),
  ...byName('unlink', ['unlink', 'rmdir'], 'unlink unlinkat'),
  ...byName('rmdir', ['rmdir'], 'rmdir'),
  ...byName('rename', ['rename'], 'rename renameat renameat2'),
  ...byName('truncate', ['lookup'], 'truncate'),
  chmod: { call: 'chmod', probes: ['lookup'], takes: [undefined, 'mode'] },
  fchmodat: { call: 'chmod', probes: ['lookup'], takes: [undefined, undefined, 'mode'] },
  fchmodat2: { call: 'chmod', probes: ['lookup'], takes: [undefined, undefined, 'mode'] },
  chown: { call: 'chown', probes: ['lookup'], takes: [undefined, 'user', 'group'] },
  lchown: { call: 'chown', probes: ['lookup'], takes: [undefined, 'user', 'group'] },
  fchownat: { call: 'chown', probes: ['lookup'], takes: [undefined, undefined, 'user', 'group'] },
  ...byName('utime', ['lookup'], 'utime utimes utimensat futimesat'),
  ...byName('xattr', ['lookup'], 'setxattr lsetxattr removexattr lremovexattr'),
  ...byName('mount', ['mount', 'mount_data', 'lookup'], 'mount move_mount'),
  ...byName('umount', ['lookup'], 'umount'),
  ...byName('pivot-root', ['lookup'], 'pivot_root'),
  ...byName('interface', ['interface', 'inet_interface'], 'ioctl'),
  ...byItself('clock', [], 'settimeofday clock_settime'),
  ...byItself('hostname', [], 'sethostname setdomainname'),
  ...byItself('module', ['module'], 'init_module finit_module delete_module'),
  ...byNumbers('ipc', 'msgget', ['key', 'flags']),
  ...byNumbers('ipc', 'semget shmget', ['key', undefined, 'flags']),
  // IPC_RMID of sysvipc(7)
  ...Object.fromEntries(['msgctl', 'semctl', 'shmctl'].map((name) => [name, { call: 'ipc-remove', takes: ['number'], sift: 'cmd==0' }])),
  close: { call: 'close', takes: ['fd'], isBrief: true },
  ...byWriting('write pwrite64 writev', ['fd']),
  ...byWriting('sendfile64', ['fd', 'from', 'offset']),
  ...byWriting('copy_file_range', ['from', 'offset', 'fd', 'offset']),
  ...byWriting('splice', [undefined, undefined, 'fd']),
  ...byNumbers('dup', 'dup dup2 dup3', ['fd']),
  ...byNumbers('lock', 'flock', ['fd', 'flags']),
  fcntl: { call: 'lock', takes: ['fd', 'command'], sift: 'cmd==0||cmd==1030||cmd==6||cmd==7||cmd==37||cmd==38' },
  ...byNumbers('fchdir', 'fchdir', ['fd']),
  ...byNumbers('list', 'getdents getdents64', ['fd']),
  ...byNumbers('truncate', 'ftruncate', ['fd']),
  ...byNumbers('chmod', 'fchmod', ['fd', 'mode']),
  ...byNumbers('chown', 'fchown', ['fd', 'user', 'group']),
  ...byNumbers('xattr', 'fsetxattr fremovexattr', ['fd']),
  ...byNumbers('kill', 'kill', ['target', 'flags']),
  ...byNumbers('kill', 'tgkill', ['target', undefined, 'flags']),
  ...byNumbers('wait', 'wait4', ['target']),
  ...byNumbers('wait', 'waitid', [undefined, 'target']),
  ...byNumbers('socket', 'socket', ['family', 'flags', 'protocol']),
  ...byNumbers('bind', 'bind', ['fd']),
  ...byNumbers('listen', 'listen', ['fd']),
  ...byNumbers('connect', 'connect', ['fd']),
  ...byNumbers('accept', 'accept accept4', ['fd']),
  ...byNumbers('send', 'sendto sendmsg sendmmsg', ['fd']),
  ...byNumbers('unshare', 'unshare', ['flags']),
  ...byNumbers('setns', 'setns', ['fd', 'flags']),
  ...byNumbers('pidfd', 'pidfd_open', ['target']),
  ...byNumbers('sleep', 'nanosleep clock_nanosleep', []),
  ...sleepOn('n', 'select pselect6'),
  ...sleepOn('nfds', 'poll ppoll'),
};

/** Undefined for a call that nobody wants recorded. */
export const syscallNamed = (name: string): SyscallRow | undefined => (Object.hasOwn(syscalls, name) ? syscalls[name] : undefined);

/** Of the calls that are told of by their numbers: what probes add to them. */
export const addedBy: Readonly<Partial<Record<CallName, readonly ProbeName[]>>> = {
  list: ['list'],
  lock: ['lock', 'locked'],
  bind: ['unix_bind', 'inet_bind', 'inet6_bind'],
  connect: ['unix_connect', 'unix_join', 'inet_connect', 'inet_join'],
  listen: ['inet_listen'],
  accept: ['inet_accept'],
  send: ['unix_send', 'inet_send', 'inet6_send'],
};

/** socket(2) */
export const familyNames: ReadonlyMap<number, string> = new Map([
  [1, 'unix'],
  [2, 'inet'],
  [10, 'inet6'],
  [16, 'netlink'],
  [17, 'packet'],
]);
