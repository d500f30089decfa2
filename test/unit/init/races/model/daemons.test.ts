import { describe, expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import type { Trace } from '../../../../../src/init/races/trace/trace.ts';
import { type Actor, boot, errno } from './boot.ts';

const found = (...traces: readonly Trace[]) =>
  analyse(traces).findings.map(({ type, scripts, declaredEdge }) => `${type} ${scripts.join(' ')}${declaredEdge ? ' declared' : ''}`);
type Two = (a: Actor, b: Actor) => void;
const sameTier = (two: Two) => boot((begin) => two(begin('t1', 'a'), begin('t1', 'b')));
const behind = { 'Required-Start': 'a' };

describe('analyse() of daemons', () => {
  test('finds a socket that is listened at after the script has ended: T7 behind a declared edge', () => {
    const trace = boot((begin) => {
      const a = begin('t1', 'a');
      const daemon = a.fork('ad');
      a.exit();
      daemon.listen('unix:/run/a.sock');
      begin('t2', 'b', { header: behind }).connect('unix:/run/a.sock');
    });
    expect(found(trace)).toEqual(['T7 a b declared']);
  });
  test('is silent when the script waits for its daemon by a pipe', () => {
    const trace = boot((begin) => {
      const a = begin('t1', 'a');
      const daemon = a.fork('ad').listen('unix:/run/a.sock').call('pipe-write', { inode: '0:1:9' });
      a.call('pipe-read', { inode: '0:1:9', result: 1 }).exit();
      daemon.sleep();
      begin('t2', 'b', { header: behind }).connect('unix:/run/a.sock');
    });
    expect(found(trace)).toEqual([]);
  });
  test('is silent when the script looks until its daemon has made the socket', () => {
    const trace = boot((begin) => {
      const a = begin('t1', 'a');
      const daemon = a.fork('ad');
      a.look('/run/a.sock', errno.ENOENT).sleep();
      daemon.listen('unix:/run/a.sock');
      a.look('/run/a.sock').exit();
      begin('t2', 'b', { header: behind }).connect('unix:/run/a.sock');
    });
    expect(found(trace)).toEqual([]);
  });
  test('is silent when the daemon says that it is ready, and the runner waits for that', () => {
    const trace = boot((begin, clock) => {
      const a = begin('t1', 'a', { header: { 'X-Ready': 'notify' }, readyUs: 2_000_000 });
      const daemon = a.fork('ad');
      a.exit();
      daemon.listen('unix:/run/a.sock').call('send', { address: 'unix:/run/lifeboot/notify/a' });
      clock.pass(2000);
      begin('t2', 'b', { header: behind }).connect('unix:/run/a.sock');
    });
    expect(found(trace)).toEqual([]);
  });
  test('is silent of what the script itself does before the barrier, and of children it waits for', () => {
    const trace = boot((begin) => {
      const a = begin('t1', 'a');
      a.run('tool', (tool) => tool.write('/run/x', true)).exit();
      begin('t2', 'b').read('/run/x');
    });
    expect(found(trace)).toEqual([]);
  });
  test('is silent of interactive scripts, which run alone', () => {
    const trace = boot((begin) => {
      begin('t1', 'a').write('/run/x', true).exit();
      begin('t1', 'b', { header: { 'X-Interactive': 'true' } }).read('/run/x');
    });
    expect(found(trace)).toEqual([]);
  });
  test('follows a double fork', () => {
    const trace = boot((begin) => {
      const a = begin('t1', 'a');
      const middle = a.fork();
      const daemon = middle.fork('ad');
      middle.exit();
      a.wait(middle).exit();
      daemon.write('/run/ad.pid', true);
      begin('t1', 'b').read('/run/ad.pid');
    });
    expect(found(trace)).toEqual(['T1 a b']);
  });
  test('takes a parent that does nothing until its child ends to have waited, where no wait is recorded', () => {
    const trace = boot((begin) => {
      const a = begin('t1', 'a');
      const child = a.fork('tool').write('/run/x', true);
      child.exit();
      a.look('/').exit();
      begin('t2', 'b').read('/run/x');
    });
    expect(found(trace)).toEqual([]);
  });
});

describe('analyse() of chance', () => {
  test('finds a port by the pid within which another script has its own: T8', () => {
    const trace = sameTier((a, b) => {
      a.bind(`tcp:0.0.0.0:${600 + (a.pid % 424)}`);
      b.bind('tcp:0.0.0.0:631');
    });
    expect(found(trace)).toEqual(['T8 a b']);
  });
  test('finds a port that is another one in each boot: T8', () => {
    const make = (port: number) =>
      sameTier((a, b) => {
        a.bind(`udp:0.0.0.0:${port}`);
        b.bind('udp:0.0.0.0:750');
      });
    expect(found(make(700), make(800))).toEqual(['T8 a b']);
  });
  test('is silent when the fixed port is taken before the draw', () => {
    const trace = boot((begin) => {
      begin('t1', 'b').bind('tcp:0.0.0.0:631').exit();
      const a = begin('t2', 'a');
      a.bind(`tcp:0.0.0.0:${600 + (a.pid % 424)}`);
    });
    expect(found(trace)).toEqual([]);
  });
  test('finds a signal to a pid out of a file of an earlier boot: T8', () => {
    const trace = sameTier((a, b) => {
      const daemon = a.fork('ad').look('/');
      b.read('/var/run/b.pid').call('kill', { target: daemon.pid, flags: 0 });
    });
    expect(found(trace)).toEqual(['T8 a b']);
  });
});

describe('analyse() of events', () => {
  test('finds a signal that may come before its handler: T9', () => {
    const trace = sameTier((a, b) => {
      const daemon = a.fork('ad').exec('/usr/sbin/ad').call('handle', { target: 10 });
      b.call('kill', { target: daemon.pid, flags: 10 });
    });
    expect(found(trace)).toEqual(['T9 a b']);
  });
  test('finds a datagram that nobody repeats: T9', () => {
    const trace = sameTier((a, b) => {
      a.bind('udp:0.0.0.0:514');
      b.connect('udp:127.0.0.1:514');
    });
    expect(found(trace)).toEqual(['T9 a b']);
  });
  const watch = (two: Two) =>
    sameTier((a, b) => {
      a.call('watch', { path: '/run/drop' });
      two(a, b);
    });
  test('finds a file that may come before the directory is watched: T9', () => {
    expect(found(watch((_, b) => void b.write('/run/drop/x', true)))).toEqual(['T9 a b']);
  });
  test('is silent when the watcher looks at all that is there after it began to watch', () => {
    const trace = watch((a, b) => {
      a.call('open', { path: '/run/drop', flags: 0o200000, result: 7 }).call('list', { fd: 7 });
      b.write('/run/drop/x', true);
    });
    expect(found(trace).filter((line) => line.startsWith('T9'))).toEqual([]);
  });
});

describe('analyse() of the kernel', () => {
  test('finds a sysctl that a module brings: T1', () => {
    const trace = sameTier((a, b) => {
      a.run('modprobe', (modprobe) => void modprobe.call('module', { detail: 'bridge' }));
      b.write('/proc/sys/net/bridge/x', false);
    });
    expect(found(trace)).toEqual(['T1 a b']);
  });
  test('finds an address of an interface that is not up yet: T1', () => {
    const trace = sameTier((a, b) => {
      a.call('netlink', { flags: 20, detail: '#2' });
      b.bind('tcp:192.0.2.1:53');
    });
    expect(found(trace)).toEqual(['T1 a b']);
  });
  test('finds a clock that is set beside who reads it: T1', () => {
    const trace = sameTier((a, b) => {
      a.call('clock');
      b.run('fsck', () => undefined);
    });
    expect(found(trace)).toEqual(['T1 a b']);
  });
  test('finds a domain name that the one sets by its call and the other one as a sysctl: T3', () => {
    const set = (a: Actor, b: Actor) => {
      a.write('/proc/sys/kernel/domainname');
      b.run('domainname', (tool) => void tool.call('hostname', { detail: 'domainname' }));
    };
    expect(found(sameTier(set))).toEqual(['T3 a b']);
    expect(found(sameTier((a, b) => set(a.call('hostname'), b.call('look', { path: '/etc/hostname' }))))).toEqual(['T3 a b']);
    expect(
      found(sameTier((a, b) => void [a.write('/proc/sys/kernel/domainname'), b.run('hostname', (tool) => void tool.call('hostname'))])),
    ).toEqual([]);
  });
  test('finds a hostname that both set: T3', () => {
    expect(found(sameTier((a, b) => [a, b].forEach((each) => void each.run('hostname', (tool) => void tool.call('hostname')))))).toEqual([
      'T3 a b',
    ]);
  });
  test('finds a lock that is only tried: T4, and is silent when both wait for it', () => {
    const take = (flags: number) =>
      sameTier((a, b) =>
        [a, b].forEach(
          (each) =>
            void each
              .call('open', { path: '/run/lock/x', flags: 0o101, result: 9 })
              .call('lock', { fd: 9, flags, detail: 'exclusive' })
              .write(`/run/own.${each.pid}`),
        ),
      );
    expect(found(take(6))).toEqual(['T4 a b']);
    expect(found(take(2))).toEqual([]);
  });
  test('finds a write before the root is writable: T1', () => {
    const trace = sameTier((a, b) => {
      b.call('mkdir', { path: '/var/x', result: errno.EROFS });
      a.call('mount', { path: '/', flags: 32 });
    });
    expect(found(trace)).toEqual(['T1 a b']);
  });
});
