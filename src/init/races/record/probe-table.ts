/** The probes of a recording: where in the kernel they sit and what they read there, for kernel 6.1 and for those with BTF arguments. */
import { MESSAGE_BYTES, type ProbeName } from '../trace/probe-fields.ts';
import { OPTION_BYTES, READ_BYTES } from './hide-contents.ts';

/** `before` the function does its work, or `after` it. */
export interface ProbeRow {
  readonly name: ProbeName;
  /** What is not seen without it, in words. */
  readonly sees: string;
  readonly when: 'before' | 'after';
  readonly symbol: string;
  /** Fetch arguments (Documentation/trace/kprobetrace.rst): one text for all kernels, or offsets of 6.1 and names for newer ones. */
  readonly reads: string | { readonly raw: string; readonly named: string };
  /** Hits that do not meet it are not recorded. */
  readonly filter?: string;
  /** Only when that one cannot be had. */
  readonly insteadOf?: ProbeName;
}

/** getname(9) has copied the name by then: it cannot fault. */
const NAME = 'dir=$arg1:s32 name=+0(+0($arg2)):string';
const TWO_NAMES = `${NAME} todir=$arg3:s32 to=+0(+0($arg4)):string`;
/** A socket's address as the kernel has copied it: `sockaddr` is the argument. struct socket has its type at 4. */
const inetAt = (sockaddr: string, type = '+4($arg1):s16') =>
  `type=${type} family=+0(${sockaddr}):u16 port=+2(${sockaddr}):x16 v4=+4(${sockaddr}):x32 ` +
  [8, 12, 16, 20].map((at, index) => `${'abcd'[index]}=+${at}(${sockaddr}):x32`).join(' ');
/** Of struct sock, at 24 of struct socket: family, own port and own address of both families. */
const INET_SOCK =
  'type=+4($arg1):s16 family=+16(+24($arg1)):u16 port=+14(+24($arg1)):u16 v4=+4(+24($arg1)):x32 ' +
  [72, 76, 80, 84].map((at, index) => `${'abcd'[index]}=+${at}(+24($arg1)):x32`).join(' ');
const UNIX = 'path=+2($arg2):string abstract=+3($arg2):string length=$arg3:s32';
/** struct msghdr begins with the name and its length. */
const UNIX_MESSAGE = 'path=+2(+0($arg2)):string abstract=+3(+0($arg2)):string length=+8($arg2):s32';
const DATAGRAM = String.raw`\2:s16`;

/** struct inode of 6.1: i_sb at 0x28, i_ino at 0x40; s_dev at 0x10 of its superblock; f_inode at 0x20 of struct file. */
const inodeAt = (inode: string, named: string) => ({
  raw: `inode=+0x40(${inode}):u64 device=+0x10(+0x28(${inode})):x32`,
  named: `inode=${named}->i_ino:u64 device=${named}->i_sb->s_dev:x32`,
});
/** The memory of the program: what is not there stays what stood in the buffer. A filter would have the kernel use one buffer again and again. */
const WRITTEN = `count=$arg3:u64 at=+0($arg4):s64 ${Array.from({ length: READ_BYTES / 8 }, (_, word) => `w${word}=+u${8 * word}($arg2):x64`).join(' ')}`;
/** A page of the kernel's own, or none. */
const OPTIONS = `data=$arg5:x64 ${Array.from({ length: OPTION_BYTES / 8 }, (_, word) => `d${word}=+${8 * word}($arg5):x64`).join(' ')}`;
/** struct nlmsghdr, and what is behind it: it lies in memory of the kernel, which has more there than the message. */
const MESSAGE = `type=+4($arg2):u16 flags=+6($arg2):x16 length=+0($arg2):u32 ${Array.from({ length: MESSAGE_BYTES / 8 }, (_, word) => `m${word}=+${16 + 8 * word}($arg2):x64`).join(' ')}`;
const fileInode = (file: string, named: string) => inodeAt(`+0x20(${file})`, `${named}->f_inode`);
const PIPE = fileInode('+0($arg1)', 'iocb->ki_filp');
const opened = fileInode('$retval', '$retval');
const lock = fileInode('$arg2', 'filp');

const before = (name: ProbeName, symbol: string, reads: ProbeRow['reads'], sees: string): ProbeRow => ({
  name,
  symbol,
  reads,
  sees,
  when: 'before',
});

export const probeTable: readonly ProbeRow[] = [
  before('open', 'do_filp_open', `${NAME} flags=+0($arg3):x32 mode=+4($arg3):u16`, 'files that are opened'),
  {
    name: 'opened',
    symbol: 'do_filp_open',
    when: 'after',
    reads: { raw: `${opened.raw} fmode=+0x44($retval):x32`, named: `${opened.named} fmode=$retval->f_mode:x32` },
    sees: 'which inode an open found, and whether it made it',
  },
  before('lookup', 'filename_lookup', NAME, 'names that are looked at, changed into or mounted on'),
  before('create', 'filename_create', NAME, 'directories, devices and names that are made'),
  before('unlink', 'do_unlinkat', NAME, 'files that are removed'),
  before('rmdir', 'do_rmdir', NAME, 'directories that are removed'),
  before('rename', 'do_renameat2', TWO_NAMES, 'files that are renamed'),
  before('link', 'do_linkat', TWO_NAMES, 'hard links'),
  before('symlink', 'do_symlinkat', 'todir=$arg2:s32 name=+0(+0($arg1)):string to=+0(+0($arg3)):string', 'symbolic links that are made'),
  before('mount', 'path_mount', 'source=+0($arg1):string type=+0($arg3):string flags=$arg4:x64', 'sources and types of mounts'),
  before('mount_data', 'path_mount', OPTIONS, 'which options of mounts are the same'),
  before('list', 'iterate_dir', fileInode('$arg1', 'file'), 'which directory is listed'),
  before('unix_bind', 'unix_bind', UNIX, 'unix sockets that are bound'),
  before('unix_connect', 'unix_stream_connect', UNIX, 'connections to unix sockets'),
  before('unix_join', 'unix_dgram_connect', UNIX, 'connections to unix datagram sockets'),
  before('unix_send', 'unix_dgram_sendmsg', UNIX_MESSAGE, 'datagrams to unix sockets'),
  before('inet_bind', 'inet_bind', inetAt('$arg2'), 'addresses of IPv4 that are bound'),
  before('inet6_bind', 'inet6_bind', inetAt('$arg2'), 'addresses of IPv6 that are bound'),
  before('inet_connect', 'inet_stream_connect', inetAt('$arg2'), 'connections of TCP'),
  before('inet_join', 'inet_dgram_connect', inetAt('$arg2'), 'connected sockets of UDP'),
  before('inet_send', 'udp_sendmsg', inetAt('+0($arg2)', DATAGRAM), 'datagrams of IPv4'),
  before('inet6_send', 'udpv6_sendmsg', inetAt('+0($arg2)', DATAGRAM), 'datagrams of IPv6'),
  before('inet_listen', 'inet_listen', INET_SOCK, 'which address a socket listens at'),
  before('inet_accept', 'inet_accept', INET_SOCK, 'at which address a connection is taken'),
  before('pipe_read', 'pipe_read', PIPE, 'what is read from pipes'),
  { name: 'pipe_done', symbol: 'pipe_read', when: 'after', reads: 'result=$retval:s64', sees: 'when a pipe gives something' },
  before('pipe_write', 'pipe_write', PIPE, 'what is written to pipes'),
  before('lock', 'fcntl_setlk', { raw: `${lock.raw} type=+0($arg4):s16`, named: `${lock.named} type=+0($arg4):s16` }, 'locks of fcntl(2)'),
  before('locked', 'locks_lock_inode_wait', inodeAt('$arg1', 'inode'), 'which file flock(2) locks'),
  before('interface', 'dev_ioctl', 'command=$arg2:x32 name=+0($arg3):string', 'interfaces that are set up by ioctl(2)'),
  before('inet_interface', 'devinet_ioctl', 'command=$arg2:x32 name=+0($arg3):string', 'addresses that are set by ioctl(2)'),
  before('message', 'rtnetlink_rcv_msg', MESSAGE, 'interfaces, addresses, routes and rules that are set by netlink'),
  {
    ...before('netlink', 'rtnetlink_rcv_msg', 'type=+4($arg2):u16 index=+20($arg2):s32', 'that something is set by netlink'),
    insteadOf: 'message',
  },
  {
    name: 'message_done',
    symbol: 'rtnetlink_rcv_msg',
    when: 'after',
    reads: 'result=$retval:s32',
    sees: 'which interfaces, addresses, routes and rules the kernel refused',
  },
  {
    ...before(
      'written',
      'vfs_write',
      {
        raw: `mode=+0(+0x20($arg1)):x16 ${WRITTEN}`,
        named: `mode=file->f_inode->i_mode:x16 ${WRITTEN}`,
      },
      'which writes into files are the same',
    ),
  },
  { ...before('handle', 'do_sigaction', 'signal=$arg1:s32 handler=+0($arg2):x64', 'handlers of signals'), filter: 'handler > 1' },
];
