/** The record of one boot: who ran, what each process asked of the kernel, and what it was told. Types only. */

export interface Trace {
  readonly head: TraceHead;
  /** In the order of `atUs`. */
  readonly events: readonly TraceEvent[];
  /** Of contents, by their numbers: in all recordings of one key equal digests are equal contents. Absent: they are comparable within this one only. */
  readonly digests?: ReadonlyMap<number, string>;
}

/** What is known of the boot besides its events. */
export interface TraceHead {
  readonly version: 1;
  /** `uname -r` */
  readonly kernel: string;
  /** The name of the file, or of the boot: how reports call it. */
  readonly name: string;
  readonly tiers: readonly TracedTier[];
  /** What could not be seen, in words: `no probe for locks (locks_lock_inode_wait is not in this kernel)`. Empty: everything. */
  readonly missing: readonly string[];
  /** Events the kernel had no room for. Not 0: the trace is void. */
  readonly dropped: number;
  /** Symbolic links of directories that names go through: `/var/run` → `/run`. Longest first. */
  readonly links: readonly { readonly from: string; readonly to: string }[];
  /** Mounts when the recording began: `/` first. */
  readonly mounts: readonly string[];
  /** Those of them that other namespaces share (mount_namespaces(7)). Absent: none. */
  readonly shared?: readonly string[];
  /** Those of them that nobody could write to. Absent: not known of any. */
  readonly readOnly?: readonly string[];
  /** Sysctls, devices, unix addresses and processes that were there when it began need no entry: what is absent is learned from failures. */
}

export interface TracedTier {
  /** `rcS.d/S02` */
  readonly name: string;
  readonly scripts: readonly TracedScript[];
}

export interface TracedScript {
  readonly name: string;
  /** `/etc/init.d/ssh` */
  readonly path: string;
  /** The first process of it. Absent: it was not run. */
  readonly pid?: number;
  readonly startedUs?: number;
  /** The end of its root process. */
  readonly endedUs?: number;
  /** When it counted as up, if that was later: its daemon said so, or its health check passed. */
  readonly readyUs?: number;
  readonly exitCode?: number;
  /** SHA-256 of the file, hex: a script that did not change keeps its verdicts. */
  readonly sha256: string;
  /** The fields of its header and overrides, by canonical key: `Required-Start` → `$remote_fs $syslog`. */
  readonly header: Readonly<Record<string, string>>;
}

interface At {
  /** Microseconds of CLOCK_MONOTONIC. Of a call: when it was entered. */
  readonly atUs: number;
  /** The task: a thread of a process has its own. */
  readonly tid: number;
  /** The 15 bytes of proc_pid_comm(5). */
  readonly comm: string;
}

export type TraceEvent = Fork | Exec | Exit | Signal | Call;

export interface Fork extends At {
  readonly kind: 'fork';
  readonly child: number;
  /** It shares memory, files and cwd with its parent. */
  readonly thread: boolean;
  /** CLONE_NEW*: the namespaces that it begins with, for itself. Absent: it has those of its parent. */
  readonly flags?: number;
}

export interface Exec extends At {
  readonly kind: 'exec';
  readonly path: string;
}

export interface Exit extends At {
  readonly kind: 'exit';
}

export interface Signal extends At {
  readonly kind: 'signal';
  readonly target: number;
  readonly signal: number;
}

/** One call that has returned. */
export interface Call extends At {
  readonly kind: 'call';
  readonly call: CallName;
  readonly endUs: number;
  /** 0 or more, or -errno. */
  readonly result: number;
  /** As the program said it; resolve it by `dirFd` or cwd. */
  readonly path?: string;
  /** AT_FDCWD is -100. */
  readonly dirFd?: number;
  /** Of rename, link: the second name. Of symlink: the target (text). Of mount: the source. Of pivot-root: put_old. */
  readonly toPath?: string;
  readonly toDirFd?: number;
  /** O_* of open, MS_* of mount, the signal of kill, SOCK_* of socket, the SIOC* number of interface, RTM_* of netlink, LOCK_* or F_* of lock, CLONE_NEW* of unshare and setns. */
  readonly flags?: number;
  /** The descriptor that the call is about. */
  readonly fd?: number;
  /** `MAJOR:MINOR:INODE`, where the probe could see it; of pipes, too. */
  readonly inode?: string;
  /** `tcp:0.0.0.0:80`, `udp:[::]:53`, `unix:/run/x.sock`, `unix:@abstract`. */
  readonly address?: string;
  /** Of mount: the type; of a module: its name; of an interface: `eth0`, or `#2`, its index; of unshare and setns: `mnt net`; of a lock: `shared`, `exclusive`, `unlock`; of socket: `inet`, `netlink:15`; of mknod: `fifo`, `device`, `socket`, `file`; of hostname: `hostname`, `domainname`. */
  readonly detail?: string;
  /** The pid of kill, wait, pidfd, pidof's `/proc/PID`. */
  readonly target?: number;
  /** Of open: it made the file (FMODE_CREATED), or found it. Absent: not known, and the model guesses by what it saw before. */
  readonly created?: boolean;
  /** Permission bits of chmod, mkdir, mknod, open with O_CREAT; `uid:gid` of chown is in `detail`. */
  readonly mode?: number;
  /** Of write: a number that only the same bytes have, within one recording; of mount: only the same options besides `flags`. Absent: not known, or too many to compare. */
  readonly content?: number;
  /** Of write: how many bytes of a file that is not appended to, and where they begin. Absent: not known. */
  readonly bytes?: number;
  readonly at?: number;
  /** Of write: what is written is read from this descriptor, by the kernel itself (copy_file_range, sendfile). */
  readonly fromFd?: number;
  /** Of netlink. Absent: not recorded, or about something else. */
  readonly message?: RouteMessage;
}

/** What a program asked of rtnetlink(7). What could not be read is absent. */
export interface RouteMessage {
  readonly about: 'interface' | 'address' | 'route' | 'rule';
  /** `set` is of interfaces only. */
  readonly does: 'make' | 'remove' | 'ask' | 'set';
  /** It asks for all that there are, or all that meet what it says. */
  readonly isDump: boolean;
  /** Of make: it takes the place of what is there; it is refused when something is there. */
  readonly replaces?: boolean;
  readonly isExclusive?: boolean;
  readonly family?: 4 | 6;
  /** Of the interface. */
  readonly index?: number;
  readonly name?: string;
  readonly isUp?: boolean;
  /** The address, and how long its network is. */
  readonly address?: string;
  readonly prefix?: number;
  /** `10.1.0.0/16`, `default` */
  readonly destination?: string;
  readonly gateway?: string;
  /** Of a route: the address that what goes by it comes from. */
  readonly source?: string;
  readonly table?: number;
  /** Of a route: its metric. Of a rule: its place; absent: the kernel gives it one. */
  readonly priority?: number;
  /** Settings of an interface; what a rule selects: `from` → `10.1.0.0/16`. */
  readonly says?: Readonly<Record<string, string>>;
  /** All of it: two that say the same have the same text. Absent: not all of it was recorded. */
  readonly text?: string;
}

/** Calls by what they do, not by their number: `openat2` is `open`, `newfstatat` and `access` are `look`. */
export type CallName =
  | 'open'
  | 'close'
  | 'dup'
  | 'read'
  | 'write'
  | 'look'
  | 'list'
  | 'chdir'
  | 'fchdir'
  | 'chroot'
  | 'readlink'
  | 'mkdir'
  | 'mknod'
  | 'symlink'
  | 'link'
  | 'unlink'
  | 'rmdir'
  | 'rename'
  | 'truncate'
  | 'chmod'
  | 'chown'
  | 'utime'
  | 'xattr'
  | 'socket'
  | 'bind'
  | 'listen'
  | 'connect'
  | 'accept'
  | 'send'
  | 'pipe'
  | 'pipe-read'
  | 'pipe-write'
  | 'kill'
  | 'wait'
  | 'mount'
  | 'umount'
  | 'pivot-root'
  | 'module'
  | 'interface'
  | 'netlink'
  | 'clock'
  | 'hostname'
  /** `flags`: the namespaces that it leaves for new ones of its own. */
  | 'unshare'
  /** Into the namespace that `fd` leads to, or those of the process that it stands for. */
  | 'setns'
  /** A descriptor that stands for the process `target`. */
  | 'pidfd'
  /** msgget, semget, shmget: `detail` is `message queue 0x4d54001b`, `flags` IPC_*, the result its number. */
  | 'ipc'
  /** Removes it: `detail` is `message queue`, `target` the number. */
  | 'ipc-remove'
  | 'lock'
  /** clock_nanosleep, or select and poll of nothing with a time: what tells a loop that waits from one that looks twice. */
  | 'sleep'
  /** rt_sigaction with a handler, signalfd: who is sent `signal` (in `target`) before dies of it, or misses it. */
  | 'handle'
  /** inotify_add_watch, fanotify_mark: `path` is watched from now on. */
  | 'watch';
