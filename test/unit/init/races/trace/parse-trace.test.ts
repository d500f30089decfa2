import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTrace } from '../../../../../src/init/races/trace/parse-trace.ts';
import { parseRouteMessage } from '../../../../../src/init/races/trace/route-message.ts';
import type { TraceEvent, TraceHead } from '../../../../../src/init/races/trace/trace.ts';
import { formatTrace } from '../../../../../src/init/races/trace/trace-format.ts';
import { route } from './route-bytes.ts';

const head: TraceHead = {
  version: 1,
  kernel: '6.1.0-43-cloud-amd64',
  name: 'boot',
  tiers: [
    { name: 'rc2.d/S01', scripts: [{ name: 'cron', path: '/etc/init.d/cron', pid: 640, sha256: 'ab', header: { Provides: 'cron' } }] },
  ],
  missing: [],
  dropped: 0,
  links: [{ from: '/var/run', to: '/run' }],
  mounts: ['/'],
};

let micros = 0;
const at = (): string => `12.${String(++micros).padStart(6, '0')}`;
const by = (tid: number, rest: string, comm = 'cron'): string =>
  `${comm.padStart(16)}-${String(tid).padEnd(7)} [001] ..... ${at()}: ${rest}`;

function read(lines: readonly string[], change: Partial<TraceHead> = {}) {
  const parsed = parseTrace(formatTrace({ ...head, ...change }, lines));
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return parsed.trace;
}

/** Without what is the same in all of them. */
const told = (events: readonly TraceEvent[]) =>
  events.map(({ atUs: _, ...rest }) => ({ ...rest, ...('endUs' in rest ? { endUs: 0 } : {}) }));
const call = { kind: 'call', tid: 640, comm: 'cron', endUs: 0, result: 0 };
const OPEN = 'open: (do_filp_open+0x0/0x180)';
const LOOKUP = 'lookup: (filename_lookup+0x0/0x1f0)';

describe('parseTrace()', () => {
  test('pairs an open with its inode and its result', () => {
    const { events } = read([
      by(640, `${OPEN} dir=-100 name="/run/x y.pid" flags=0x8241 mode=33184`),
      by(640, 'opened: (do_sys_openat2+0x9f/0x160 <- do_filp_open) inode=1234 device=0x800001 fmode=0x1d801e'),
      by(640, 'sys_openat -> 0x3'),
      by(640, `${OPEN} dir=-100 name="/run/none" flags=0x8000 mode=0`),
      by(640, 'opened: (do_sys_openat2+0x9f/0x160 <- do_filp_open) inode=(fault) device=(fault) fmode=(fault)'),
      by(640, 'sys_openat -> 0xfffffffffffffffe'),
    ]);
    expect(told(events)).toEqual([
      { ...call, call: 'open', path: '/run/x y.pid', dirFd: -100, flags: 0x8241, mode: 0o640, inode: '8:1:1234', created: true, result: 3 },
      { ...call, call: 'open', path: '/run/none', dirFd: -100, flags: 0x8000, result: -2 },
    ]);
  });
  test('tells what was asked of the kernel by netlink, and what it said', () => {
    const sent = `message: (rtnetlink_rcv_msg+0x0/0x3b0) type=24 flags=0x505 data=${route.toString('hex')}`;
    const done = (result: number) => `message_done: (netlink_rcv_skb+0x50/0x100 <- rtnetlink_rcv_msg) result=${result}`;
    const { events } = read([
      ...[sent, done(-17), sent, sent, done(0)].map((line) => by(640, line)),
      by(641, 'message: (rtnetlink_rcv_msg+0x0/0x3b0) type=22 flags=0x301 data=02000000'),
      by(641, done(-4)),
      by(642, 'netlink: (rtnetlink_rcv_msg+0x0/0x3b0) type=18 index=2'),
    ]);
    const message = parseRouteMessage(24, 0x505, route.toString('hex'), true);
    const made = { ...call, call: 'netlink', flags: 24, detail: 'make route 10.1.0.0/16 table 254', message };
    expect(message).toMatchObject({ about: 'route', destination: '10.1.0.0/16' });
    expect(told(events)).toMatchObject([
      { ...made, result: -17 },
      made,
      made,
      { tid: 641, flags: 22, result: 0, message: { about: 'address', isDump: true } },
      { tid: 642, flags: 18, detail: '#2' },
    ]);
    expect(events[4]).not.toHaveProperty('message');
  });
  test('tells what is shared by keys, and the names of the machine', () => {
    const { events } = read([
      by(640, 'sys_msgget(key: 4d54001b, msgflg: 392)'),
      by(640, 'sys_msgget -> 0x5'),
      by(640, 'sys_shmget(key: 1235, size: 64, shmflg: 3b6)'),
      by(640, 'sys_shmget -> 0xffffffffffffffef'),
      by(640, 'sys_msgctl(msqid: 5, cmd: 0, buf: 0)'),
      by(640, 'sys_msgctl -> 0x0'),
      by(640, 'sys_semctl -> 0x0'),
      by(640, 'sys_setdomainname -> 0x0'),
      by(640, 'sys_sethostname -> 0x0'),
    ]);
    expect(told(events)).toEqual([
      { ...call, call: 'ipc', detail: 'message queue 0x4d54001b', flags: 0x392, result: 5 },
      { ...call, call: 'ipc', detail: 'shared memory 0x1235', flags: 0x3b6, result: -17 },
      { ...call, call: 'ipc-remove', detail: 'message queue', target: 5 },
      { ...call, call: 'hostname', detail: 'domainname' },
      { ...call, call: 'hostname', detail: 'hostname' },
    ]);
  });
  test('keeps apart what two tasks do at once, in the order in which it began', () => {
    const { events } = read([
      by(640, `${LOOKUP} dir=-100 name="/a"`),
      by(641, `${LOOKUP} dir=-100 name="/b"`),
      by(641, 'sys_newfstatat -> 0x0'),
      by(640, 'sys_access -> 0xffffffffffffffec'),
    ]);
    expect(events.map((event) => event.kind === 'call' && [event.tid, event.path, event.result])).toEqual([
      [640, '/a', -20],
      [641, '/b', 0],
    ]);
  });
  test('reads names and numbers of every kind of call', () => {
    const { events } = read([
      by(640, 'create: (filename_create+0x0/0x180) dir=-100 name="/run/d"'),
      by(640, 'sys_mkdir -> 0xffffffffffffffef'),
      by(640, 'rename: (do_renameat2+0x0/0x5f0) dir=-100 name="a" todir=5 to="b"'),
      by(640, 'sys_renameat2 -> 0x0'),
      by(640, 'symlink: (do_symlinkat+0x0/0x130) todir=-100 name="../x" to="/etc/y"'),
      by(640, 'create: (filename_create+0x0/0x180) dir=-100 name="/etc/y"'),
      by(640, 'sys_symlink -> 0x0'),
      by(640, 'rmdir: (do_rmdir+0x0/0x1a0) dir=-100 name="/run/d"'),
      by(640, 'sys_unlinkat -> 0xffffffffffffffd9'),
      by(640, 'sys_dup2(oldfd: a, newfd: 1)'),
      by(640, 'sys_dup2 -> 0x1'),
      by(640, 'sys_close(fd: a)'),
      by(640, 'sys_kill(pid: ffffff38, sig: f)'),
      by(640, 'sys_kill -> 0xfffffffffffffffd'),
      by(640, 'sys_flock(fd: 4, cmd: 6)'),
      by(640, 'locked: (locks_lock_inode_wait+0x0/0x150) inode=9 device=0x1b'),
      by(640, 'sys_flock -> 0xfffffffffffffff5'),
      by(640, 'lookup: (filename_lookup+0x0/0x1f0) dir=-100 name="/proc"'),
      by(640, 'mount: (path_mount+0x0/0xa60) source="proc" type="proc" flags=0x0'),
      by(640, 'mount_data: (path_mount+0x0/0xa60) content=3'),
      by(640, 'sys_mount -> 0xfffffffffffffff0'),
      by(640, 'sys_finit_module(fd: 3, uargs: 55d0c1a3e, flags: 0)'),
      by(640, 'module_load: nf_tables E'),
      by(640, 'sys_finit_module -> 0x0'),
    ]);
    expect(told(events)).toEqual([
      { ...call, call: 'mkdir', path: '/run/d', dirFd: -100, result: -17 },
      { ...call, call: 'rename', path: 'a', dirFd: -100, toPath: 'b', toDirFd: 5 },
      { ...call, call: 'symlink', path: '/etc/y', dirFd: -100, toPath: '../x' },
      { ...call, call: 'rmdir', path: '/run/d', dirFd: -100, result: -39 },
      { ...call, call: 'dup', fd: 10, result: 1 },
      { ...call, call: 'close', fd: 10 },
      { ...call, call: 'kill', target: -200, flags: 15, result: -3 },
      { ...call, call: 'lock', fd: 4, flags: 6, detail: 'exclusive', inode: '0:27:9', result: -11 },
      { ...call, call: 'mount', path: '/proc', dirFd: -100, toPath: 'proc', detail: 'proc', flags: 0, content: 3, result: -16 },
      { ...call, call: 'module', detail: 'nf_tables' },
    ]);
  });
  test('reads what is known of a write, whatever it says of itself first', () => {
    const { events } = read([
      by(640, 'sys_write(fd: 3, buf: 47c011, count: 2)'),
      by(640, 'written: (vfs_write+0x0/0x3d0) content=7'),
      by(640, 'sys_write(fd: 4, buf: 47c011, count: 2)'),
      by(640, 'written: (vfs_write+0x0/0x3d0) content=7'),
      by(640, 'sys_write -> 0xffffffffffffffea'),
      by(640, 'sys_writev(fd: 3, vec: 47c011, vlen: 2)'),
      by(641, 'written: (vfs_write+0x0/0x3d0) content=8'),
      by(640, 'sys_pwrite64(fd: 7, buf: 47c011, count: 5, pos: 10)'),
      by(640, 'written: (vfs_write+0x0/0x3d0) content=9 count=5 at=16'),
      by(640, 'sys_copy_file_range(fd_in: 3, off_in: 0, fd_out: 5, off_out: 0, len: 10, flags: 0)'),
      by(640, 'sys_copy_file_range -> 0xffffffffffffffee'),
      by(640, 'sys_sendfile64(out_fd: 6, in_fd: 3, offset: 0, count: 10)'),
      by(640, 'sys_copy_file_range(fd_in: 4, off_in: 7ffd, fd_out: 5, off_out: 0, len: 10, flags: 0)'),
    ]);
    expect(told(events)).toEqual([
      { ...call, call: 'write', fd: 3, content: 7 },
      { ...call, call: 'write', fd: 4, content: 7, result: -22 },
      { ...call, call: 'write', fd: 3 },
      { ...call, call: 'write', fd: 7, content: 9, bytes: 5, at: 16 },
      { ...call, call: 'write', fd: 5, fromFd: 3, result: -18 },
      { ...call, call: 'write', fd: 6, fromFd: 3 },
      { ...call, call: 'write', fd: 5 },
    ]);
  });
  test('knows contents by digests that follow its end, and by nothing else', () => {
    const text = formatTrace(head, ['# content 1 ab:01', by(640, 'sys_close(fd: 3)')]);
    const parsed = [text, `${text}# content 2 ab:cd\n# content 3 ab:ef\n`, `${text}# content 2 a`].map((each) => parseTrace(each));
    const traces = parsed.map((each) => (each.ok ? each.trace : undefined));
    expect(traces.map((trace) => trace?.digests && [...trace.digests])).toEqual([
      undefined,
      [
        [2, 'ab:cd'],
        [3, 'ab:ef'],
      ],
      undefined,
    ]);
    expect(traces.map((trace) => trace?.head.missing)).toEqual([[], [], [expect.stringContaining('it was cut')]]);
  });
  test('turns big-endian ports into addresses, and binds a name to a descriptor', () => {
    const zero = 'a=0x0 b=0x0 c=0x0 d=0x0';
    const { events } = read([
      by(640, 'sys_bind(fd: 3, umyaddr: 7ffd, addrlen: 10)'),
      by(640, `inet_bind: (inet_bind+0x0/0x70) type=2 family=2 port=0x3500 v4=0x100007f ${zero}`),
      by(640, 'sys_bind -> 0xffffffffffffff9e'),
      by(640, 'sys_connect(fd: 4, uservaddr: 7ffd, addrlen: 1c)'),
      by(640, 'inet_connect: (inet_stream_connect+0x0/0x60) type=1 family=10 port=0x5000 v4=0x0 a=0x0 b=0x0 c=0x0 d=0x1000000'),
      by(640, 'sys_connect -> 0xffffffffffffff91'),
      by(640, 'sys_bind(fd: 5, umyaddr: 7ffd, addrlen: 6e)'),
      by(640, 'unix_bind: (unix_bind+0x0/0x560) path="/run/x.sock" abstract="run/x.sock" length=110'),
      by(640, 'sys_bind -> 0x0'),
      by(640, 'sys_listen(fd: 5, backlog: 80)'),
      by(640, 'sys_listen -> 0x0'),
      by(640, 'sys_connect(fd: 6, uservaddr: 7ffd, addrlen: 8)'),
      by(640, 'unix_connect: (unix_stream_connect+0x0/0x8e0) path="" abstract="ready\u0001\u0002" length=8'),
      by(640, 'sys_connect -> 0x0'),
      by(640, 'sys_listen(fd: 7, backlog: 80)'),
      by(640, `inet_listen: (inet_listen+0x0/0xa0) type=1 family=2 port=80 v4=0x0 ${zero}`),
      by(640, 'sys_listen -> 0x0'),
    ]);
    expect(events.map((event) => event.kind === 'call' && [event.call, event.address, event.result])).toEqual([
      ['bind', 'udp:127.0.0.1:53', -98],
      ['connect', 'tcp:[::1]:80', -111],
      ['bind', 'unix:/run/x.sock', 0],
      ['listen', 'unix:/run/x.sock', 0],
      ['connect', 'unix:@ready', 0],
      ['listen', 'tcp:0.0.0.0:80', 0],
    ]);
  });
  test('tells who leaves namespaces, enters others, and begins with new ones', () => {
    const { events } = read([
      by(640, 'sys_unshare(unshare_flags: 44020000)'),
      by(640, 'sys_unshare -> 0x0'),
      by(640, 'sys_pidfd_open(pid: 280, flags: 0)'),
      by(640, 'sys_pidfd_open -> 0x4'),
      by(640, 'sys_setns(fd: 4, nstype: 40000000)'),
      by(640, 'sys_setns -> 0xffffffffffffffff'),
      by(640, 'task_newtask: pid=641 comm=cron clone_flags=6c020000 oom_score_adj=0'),
    ]);
    expect(told(events)).toEqual([
      { ...call, call: 'unshare', flags: 0x44020000, detail: 'mnt uts net' },
      { ...call, call: 'pidfd', target: 640, result: 4 },
      { ...call, call: 'setns', fd: 4, flags: 0x40000000, detail: 'net', result: -1 },
      { kind: 'fork', tid: 640, comm: 'cron', child: 641, thread: false, flags: 0x6c020000 },
    ]);
  });
  test('follows forks, threads, programs and their names', () => {
    const { events } = read([
      by(640, 'task_newtask: pid=641 comm=cron clone_flags=1200000 oom_score_adj=0'),
      by(640, 'task_newtask: pid=642 comm=cron clone_flags=3d0f00 oom_score_adj=0'),
      by(641, `${OPEN} dir=-100 name="/bin/sh" flags=0x8020 mode=0`, '<...>'),
      by(641, 'opened: (do_open_execat+0x5b/0x1d0 <- do_filp_open) inode=77 device=0x800001 fmode=0xa801d', '<...>'),
      by(641, 'task_rename: pid=641 oldcomm=cron newcomm=my-script (a) oom_score_adj=0', '<...>'),
      by(641, 'sched_process_exec: filename=/bin/sh pid=641 old_pid=641', '<...>'),
      by(641, 'sys_execve -> 0x0', '<...>'),
      by(641, 'signal_generate: sig=15 errno=0 code=0 comm=cron pid=640 grp=1 res=0', '<...>'),
      by(641, 'sched_process_exit: comm=my-script (a) pid=641 prio=120', '<...>'),
    ]);
    const comm = 'my-script (a)';
    expect(told(events)).toEqual([
      { kind: 'fork', tid: 640, comm: 'cron', child: 641, thread: false },
      { kind: 'fork', tid: 640, comm: 'cron', child: 642, thread: true },
      { ...call, tid: 641, comm, call: 'look', path: '/bin/sh', dirFd: -100, flags: 0x8020, inode: '8:1:77', created: false },
      { kind: 'exec', tid: 641, comm, path: '/bin/sh' },
      { kind: 'signal', tid: 641, comm, target: 640, signal: 15 },
      { kind: 'exit', tid: 641, comm },
    ]);
  });
  test('sees the same in the lines of kernels 6.1 and 6.12', () => {
    const callsOf = (kernel: string) => {
      const text = readFileSync(join(import.meta.dirname, `../../../../fixtures/races/ftrace-${kernel}.txt`), 'utf8');
      const { head: found, events } = read(text.trimEnd().split('\n'));
      expect(found.missing).toEqual([]);
      const first = events.find(({ kind }) => kind === 'exec');
      return events
        .filter((event) => event.kind === 'call' && event.tid === first?.tid)
        .map((event) => {
          if (event.kind !== 'call') return '';
          const { call: name, path = '', toPath = '', address = '', detail = '', created = '', mode = '', result } = event;
          return [name, path, toPath, address, detail, created, mode, Math.min(result, 99)].join(' ');
        });
    };
    const calls = callsOf('6.1');
    expect(callsOf('6.12')).toEqual(calls);
    expect(calls).toHaveLength(95);
    for (const each of [
      'open /run/new.pid    true 416 3',
      'open /run/none      -2',
      'look /nonexist/x      -2',
      'mkdir /run/d     488 0',
      'link /run/new.pid /run/hl     0',
      'connect   unix:/run/u.sock    -2',
      'listen   unix:/run/u.sock    0',
      'bind   unix:@ready    0',
      'bind   tcp:127.0.0.1:80    -98',
      'listen   tcp:127.0.0.1:80    0',
      'connect   tcp:127.0.0.1:81    -111',
      'send   udp:[::1]:8080    1',
      'mount /tmp/m none  tmpfs   0',
      'mount /nomount      -2',
      'kill       -3',
    ])
      expect(calls).toContain(each);
  });
  test('counts what it cannot read', () => {
    const { head: read1, events } = read([
      'rubbish',
      by(640, `${OPEN} dir=-100 nam`),
      by(640, 'some_event: a=1'),
      by(640, 'sys_close(fd: 3)'),
      '            cron-640     [001] ..... 12.0000',
    ]);
    expect(events).toHaveLength(1);
    expect(read1.missing).toEqual([
      '2 lines that are cut or are none of the kernel',
      '1 hits of the probe open that are torn',
      '1 events of some_event, which says nothing to us',
    ]);
  });
  test('knows no call or event that is only a word of the language', () => {
    const { head: found, events } = read([by(640, 'constructor: a=1'), by(640, 'sys_constructor -> 0x0'), by(640, 'sys_toString(fd: 3)')]);
    expect(events).toEqual([]);
    expect(found.missing).toHaveLength(3);
  });
  test('says that a file was cut', () => {
    const parsed = parseTrace(formatTrace(head, [by(640, 'sys_close(fd: 3)')]).slice(0, -6));
    expect(parsed.ok && parsed.trace.head.missing).toEqual(['the end of the file: it was cut']);
  });
  test('refuses what is no trace, or is void', () => {
    const messageOf = (text: string) => {
      const parsed = parseTrace(text, 'x.trace');
      return parsed.ok ? '' : `${parsed.problem.file}: ${parsed.problem.message}`;
    };
    expect(messageOf('')).toBe('x.trace: is not the first line of a trace');
    expect(messageOf('{"events":[]}')).toBe('x.trace: is not the first line of a trace');
    expect(messageOf('# lifeboot trace 1\n{\n "version": 1\n}\n')).toBe('x.trace: the head is cut or is not one');
    expect(messageOf(formatTrace({ ...head, dropped: 3 }, []))).toMatch(/^x.trace: the trace is void/);
    expect(messageOf(formatTrace(head, ['CPU:1 [LOST 7 EVENTS]']))).toMatch(/^x.trace: the trace is void/);
  });
  test('throws for no text at all', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof parseTrace(formatTrace(head, [text])).ok === 'boolean'));
    fc.assert(fc.property(fc.string(), (text) => typeof parseTrace(text).ok === 'boolean'));
  });
});
