import { describe, expect, test } from 'vitest';
import { fileFacts, parseStats } from '../../../../../src/init/races/outcome/file-facts.ts';
import { changedFacts } from '../../../../../src/init/races/outcome/listing.ts';
import { errorsIn, kernelErrors } from '../../../../../src/init/races/outcome/log-facts.ts';
import { mountFacts, steady, sysctlFacts } from '../../../../../src/init/races/outcome/machine-tables.ts';
import { maskText } from '../../../../../src/init/races/outcome/mask.ts';
import { exitFacts, listenFacts, parseOwners, pidFacts } from '../../../../../src/init/races/outcome/service-facts.ts';
import { FakeSys } from '../../../../fake/fake-sys.ts';

describe('maskText()', () => {
  test.each([
    ['named[412]: bind 0x7f33: 98', 'named[#]: bind #: #'],
    ['Nov 25 02:31:07 started', '# # #:#:# started'],
    ['id 3f2a99bc01 of eth0', 'id # of eth#'],
    ['cafe deadbeef', 'cafe deadbeef'],
  ])('of %j is %j', (text, masked) => expect(maskText(text)).toBe(masked));
});

test('changedFacts() keeps what is new, other, or gone', () => {
  expect(changedFacts({ a: '1', b: '1', c: '1' }, { a: '1', b: '2', d: '1' })).toEqual({ b: '2', d: '1', c: 'gone' });
});

describe('files', () => {
  const before = parseStats([
    '81a4 0 0 5 100 7 0:0 /etc/x',
    '41ed 0 0 40 100 8 0:0 /run',
    'c1ff 0 0 0 100 9 0:0 /run/s',
    'a1ff 0 0 3 1 4 0:0 /run/l',
    'stat: x: No such file',
  ]);
  test('parseStats() reads type, mode and owner, and says what touches them', () => {
    expect(before.get('/etc/x')).toEqual({ shown: 'f 0644 0:0', stamp: '5 100 7' });
    expect(before.get('/run/s')?.shown).toBe('s 0777 0:0');
    expect(parseStats(['2190 0 5 0 1 2 4:41 /dev/ttyS1']).get('/dev/ttyS1')?.shown).toBe('c 0620 0:5 4:41');
    expect(before.size).toBe(4);
  });
  test('fileFacts() tells of names that came and went, and of contents that changed, with and without numbers', async () => {
    const sys = new FakeSys().file('/etc/x', 'pid 12\n').file('/run/new', 'a\0b');
    const now = parseStats([
      '81a4 0 0 7 200 7 0:0 /etc/x',
      '41ed 0 0 60 200 8 0:0 /run',
      '81a4 1 1 3 200 11 0:0 /run/new',
      'a1ff 0 0 3 1 4 0:0 /run/l',
    ]);
    const facts = await fileFacts(sys, before, now);
    expect(Object.keys(facts).toSorted()).toEqual(['content /etc/x', 'content /run/new', 'file /run/new', 'file /run/s', 'text /etc/x']);
    expect([facts['file /run/s'], facts['file /run/new']]).toEqual(['gone', 'f 0644 1:1']);
    const other = await fileFacts(sys.file('/etc/x', 'pid 99\n'), before, now);
    expect(other['content /etc/x']).not.toBe(facts['content /etc/x']);
    expect(other['text /etc/x']).toBe(facts['text /etc/x']);
  });
});

test('fileFacts() does not mind in which order lines came into a log', async () => {
  const now = parseStats(['81a4 0 0 7 200 7 0:0 /var/log/x', '81a4 0 0 7 200 8 0:0 /etc/x']);
  const of = async (text: string) => fileFacts(new FakeSys().file('/var/log/x', text).file('/etc/x', text), new Map(), now);
  const [one, other] = [await of('a\nb\n'), await of('b\na\n')];
  expect(one['content /var/log/x']).toBe(other['content /var/log/x']);
  expect(one['content /etc/x']).not.toBe(other['content /etc/x']);
});

test('mountFacts() has what is mounted where, one over the other, without the toolbox', () => {
  const info = [
    '1 0 8:1 / / rw - ext4 /dev/vda rw',
    '2 1 0:5 / /run/lifeboot rw - tmpfs x rw',
    '3 1 0:6 / /mnt rw,nosuid - tmpfs a rw',
    '4 3 0:7 / /mnt ro - tmpfs b rw',
  ];
  expect(mountFacts(`${info.join('\n')}\n`)).toEqual({
    'mount /': 'ext4 /dev/vda / rw',
    'mount /mnt': 'tmpfs a / rw,nosuid over tmpfs b / ro',
  });
});

test('sysctlFacts() joins values of several lines and leaves counters out', () => {
  expect(
    sysctlFacts(['/proc/sys/net/ipv4/ip_forward:1', '/proc/sys/a/b:x', '/proc/sys/a/b:y', '/proc/sys/fs/file-nr:1 2', 'grep: no']),
  ).toEqual({
    'sysctl net.ipv4.ip_forward': '1',
    'sysctl a.b': 'x | y',
  });
});

test('steady() is a line of ip(8) without its number and lifetimes', () => {
  expect(steady('2: eth0    inet 10.0.2.15/24 scope global eth0\\       valid_lft 86400sec preferred_lft forever')).toBe(
    'eth0 inet 10.0.2.15/24 scope global eth0',
  );
});

describe('services', () => {
  test('exitFacts() knows the exit code, the end by a deadline, and nothing of what did not run', () => {
    const rows = [
      { name: 'a', status: 'started' as const },
      { name: 'b', status: 'failed' as const, exitCode: 3 },
      { name: 'c', status: 'timed-out' as const },
      { name: 'd', status: 'waiting' as const },
      { name: 'e', status: 'skipped' as const, exitCode: 5 },
    ];
    expect(exitFacts(rows)).toEqual({ 'script a exit': '0', 'script b exit': '3', 'script c exit': 'timed-out', 'script e exit': '5' });
  });
  test('parseOwners() knows whose a process is, also in a group below', () => {
    const lines = ['/cg/cgroup.procs:1', '/cg/ssh/cgroup.procs:12', '/cg/bus/x.slice/y/cgroup.procs:13', 'find: /cg/gone'];
    expect([...parseOwners(lines, '/cg')]).toEqual([
      [12, 'ssh'],
      [13, 'bus'],
    ]);
  });
  test('listenFacts() names the process and the script of each socket of a script', () => {
    const owners = new Map([
      [12, 'cups'],
      [13, 'bus'],
    ]);
    const lines = [
      'udp   UNCONN 0      0            0.0.0.0:631        0.0.0.0:*    users:(("cupsd",pid=12,fd=7))',
      'tcp   LISTEN 0      128             [::]:22            [::]:*    users:(("sshd",pid=1,fd=4))',
      'u_str LISTEN 0      5      /run/bus/socket 17412          * 0    users:(("systemd",pid=1,fd=1),("bus",pid=13,fd=2))',
      'u_dgr UNCONN 0      0                    * 12077          * 0    users:(("cupsd",pid=12,fd=9))',
      'u_str LISTEN 0      5         @1f3ab 17413          * 0    users:(("bus",pid=13,fd=3))',
    ];
    expect(listenFacts(lines, owners)).toEqual({ 'listen udp:0.0.0.0:631': 'cupsd of cups', 'listen unix:/run/bus/socket': 'bus of bus' });
  });
});

describe('logs', () => {
  test('kernelErrors() are errors that came later', () => {
    const lines = ['<3>[    1.000000] old error', '<3>[   12.500000] I/O error at 17', '<6>[   12.600000] fine', '<11>[   13.0] daemon: x'];
    expect(kernelErrors(lines, 10)).toEqual({ 'kernel I/O error at #': 'said', 'kernel daemon: x': 'said' });
  });
  test('errorsIn() are lines that speak of one', () => {
    expect(errorsIn('says a', 'all is well\nbind: Address already in use (pid 12)\n')).toEqual({
      'says a bind: Address already in use (pid #)': 'said',
    });
  });
});

test('pidFacts() names the processes of each script, lowest first', () => {
  expect(
    pidFacts(
      new Map([
        [812, 'a'],
        [90, 'b'],
        [99, 'a'],
      ]),
    ),
  ).toEqual({ 'pids a': '99 812', 'pids b': '90' });
});
