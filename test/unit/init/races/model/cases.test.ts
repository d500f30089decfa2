import { describe, expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import type { RaceType } from '../../../../../src/init/races/report/finding.ts';
import { type Actor, boot, errno } from './boot.ts';

type Two = (a: Actor, b: Actor) => void;
const types = (two: Two) => {
  const trace = boot((begin) => two(begin('rc2.d/S01', 'a'), begin('rc2.d/S01', 'b')));
  return analyse([trace]).findings.map(({ type, scripts }) => `${type} ${scripts.join(' ')}`);
};

/** Races by what is seen in the good order. */
const races: readonly (readonly [string, string, Two])[] = [
  [
    'a file is made, then read',
    'T1 a b',
    (a, b) => {
      a.write('/run/x', true);
      b.read('/run/x');
    },
  ],
  [
    'a file is not there yet',
    'T1 a b',
    (a, b) => {
      b.read('/run/x', errno.ENOENT);
      a.write('/run/x', true);
    },
  ],
  [
    'a directory is made, then used',
    'T1 a b',
    (a, b) => {
      a.mkdir('/run/d');
      b.write('/run/d/x', true);
    },
  ],
  [
    'a socket is listened at, then connected to',
    'T1 a b',
    (a, b) => {
      a.listen('unix:/run/s');
      b.connect('unix:/run/s');
    },
  ],
  [
    'a connect is refused',
    'T1 a b',
    (a, b) => {
      b.connect('tcp:127.0.0.1:80', errno.ECONNREFUSED);
      a.listen('tcp:0.0.0.0:80');
    },
  ],
  [
    'a relative name through a symbolic link',
    'T1 a b',
    (a, b) => {
      a.call('chdir', { path: '/var' }).write('run/x', true);
      b.look('/run/x');
    },
  ],
  [
    'a file is cleaned away',
    'T2 b a',
    (a, b) => {
      b.unlink('/run/x');
      a.write('/run/x', true);
    },
  ],
  [
    'a cleaner finds nothing',
    'T2 b a',
    (a, b) => {
      b.run('rm', (rm) => rm.unlink('/run/x', errno.ENOENT));
      a.write('/run/x', true);
    },
  ],
  [
    'a cleaner lists an empty directory',
    'T2 b a',
    (a, b) => {
      b.run('find', (find) => find.call('open', { path: '/tmp', flags: 0o200000, result: 3 }).call('list', { fd: 3 }));
      a.write('/tmp/x', true);
    },
  ],
  [
    'both write one file',
    'T3 a b',
    (a, b) => {
      a.write('/etc/conf', false);
      b.write('/etc/conf', false);
    },
  ],
  [
    'the one writes a file anew that the other one adds to',
    'T3 b a',
    (a, b) => {
      a.append('/run/facts', true);
      b.write('/run/facts', false);
    },
  ],
  [
    'the one replaces a file that the other one adds to',
    'T3 b a',
    (a, b) => {
      b.write('/run/.facts', true).rename('/run/.facts', '/run/facts');
      a.append('/run/facts', false);
    },
  ],
  [
    'both write one file anew, and the one adds to it',
    'T3 a b',
    (a, b) => {
      b.write('/run/facts', true);
      a.write('/run/facts', false).append('/run/facts', false);
    },
  ],
  [
    'both replace one file',
    'T3 a b',
    (a, b) => {
      a.write('/etc/.a', true).rename('/etc/.a', '/etc/conf');
      b.write('/etc/.b', true).rename('/etc/.b', '/etc/conf');
    },
  ],
  [
    'both put a link in one place, to different targets',
    'T3 a b',
    (a, b) => {
      a.call('symlink', { path: '/run/.a', toPath: '/srv/8' }).rename('/run/.a', '/run/current');
      b.call('symlink', { path: '/run/.b', toPath: '/srv/9' }).rename('/run/.b', '/run/current');
    },
  ],
  [
    'both bind one port',
    'T4 a b',
    (a, b) => {
      a.bind('tcp:0.0.0.0:80').exit();
      b.bind('tcp:127.0.0.1:80');
    },
  ],
  [
    'a port is taken',
    'T4 a b',
    (a, b) => {
      a.bind('udp:0.0.0.0:123');
      b.bind('udp:0.0.0.0:123', errno.EADDRINUSE);
    },
  ],
  [
    'mkdir as a lock',
    'T4 a b',
    (a, b) => {
      a.mkdir('/run/lock/x');
      b.mkdir('/run/lock/x', errno.EEXIST);
    },
  ],
  [
    'both look and make',
    'T5 a b',
    (a, b) => {
      a.look('/run/x', errno.ENOENT);
      b.look('/run/x', errno.ENOENT);
      a.write('/run/x', true);
      b.write('/run/x', false);
    },
  ],
  [
    'both count up',
    'T5 a b',
    (a, b) => {
      a.read('/var/n').write('/var/n', false);
      b.read('/var/n').write('/var/n', false);
    },
  ],
  [
    'a mount over what the other uses',
    'T6 a b',
    (a, b) => {
      b.look('/var/lib/x');
      a.call('mount', { path: '/var', detail: 'tmpfs' });
    },
  ],
  [
    'a cleaner of all that is not there',
    'T2 b a',
    (a, b) => {
      b.call('open', { path: '/run/q', flags: 0o200000, result: 3 }).call('list', { fd: 3 });
      b.run('rm', (rm) => void rm.unlink('/run/q/*', errno.ENOENT));
      a.write('/run/q/x', true);
    },
  ],
  [
    'a fifo is made, then written to',
    'T1 a b',
    (a, b) => {
      a.call('mknod', { path: '/run/fifo' });
      b.write('/run/fifo', false);
    },
  ],
  [
    'a device that can be open once',
    'T4 a b',
    (a, b) => {
      a.call('open', { path: '/dev/rtc0', flags: 0, result: 3 });
      b.call('open', { path: '/dev/rtc0', flags: 0, result: errno.EBUSY });
    },
  ],
  [
    'both make one link',
    'T4 a b',
    (a, b) => {
      a.call('symlink', { path: '/run/l', toPath: 'a' });
      b.call('symlink', { path: '/run/l', toPath: 'b', result: errno.EEXIST });
    },
  ],
  [
    'a user is added, then owns',
    'T1 a b',
    (a, b) => {
      a.look('/etc/passwd').write('/etc/passwd+', true).rename('/etc/passwd+', '/etc/passwd');
      b.run('chown', (chown) => void chown.read('/etc/passwd'));
    },
  ],
  [
    'a mount is taken away',
    'T2 b a',
    (a, b) => {
      b.call('umount', { path: '/mnt/x', result: -22 });
      a.call('mount', { path: '/mnt/x' });
    },
  ],
  [
    'both look for a log, put it aside, and begin a new one',
    'T5 a b',
    (a, b) => {
      for (const one of [a, b]) {
        one.look('/var/log/x').run('mv', (mv) => void mv.rename('/var/log/x', '/var/log/x.0'));
        one.write('/var/log/x', true);
      }
    },
  ],
  [
    'both put a log aside, whatever is there, and begin a new one',
    'T3 a b',
    (a, b) => {
      for (const one of [a, b]) {
        one.run('mv', (mv) => void mv.look('/var/log/x').rename('/var/log/x', '/var/log/x.0'));
        one.write('/var/log/x', true);
      }
    },
  ],
  [
    'both put their own in the place of the old one',
    'T3 a b',
    (a, b) => {
      a.unlink('/opt/x', errno.ENOENT).call('symlink', { path: '/opt/x', toPath: 'a' });
      b.unlink('/opt/x').call('symlink', { path: '/opt/x', toPath: 'b' });
    },
  ],
];

const links: Two = (a, b) => {
  a.call('symlink', { path: '/opt/x', toPath: 'a' });
  b.run('rm', (rm) => void rm.look('/opt/x').unlink('/opt/x')).run('ln', (ln) => void ln.call('symlink', { path: '/opt/x', toPath: 'b' }));
};
const replacedLinks: Two = (a, b) => {
  b.run('rm', (rm) => void rm.look('/opt/x', errno.ENOENT).unlink('/opt/x', errno.ENOENT)).run(
    'ln',
    (ln) => void ln.call('symlink', { path: '/opt/x', toPath: 'b' }),
  );
  a.run('ln', (ln) => {
    ln.call('symlink', { path: '/opt/x', toPath: 'a', result: errno.EEXIST }).look('/opt/x');
    ln.call('symlink', { path: '/opt/.x', toPath: 'a' }).rename('/opt/.x', '/opt/x');
  });
};

const twins: readonly (readonly [string, Two])[] = [
  [
    'both mkdir -p',
    (a, b) => {
      a.mkdirP('/run/d');
      b.mkdirP('/run/d', errno.EEXIST);
    },
  ],
  [
    'both mkdir -p and use it',
    (a, b) => {
      a.mkdirP('/run/d').write('/run/d/a', true);
      b.mkdirP('/run/d', errno.EEXIST).write('/run/d/b', true);
    },
  ],
  [
    'both append to one log',
    (a, b) => {
      a.append('/var/log/x', true);
      b.append('/var/log/x', false);
    },
  ],
  [
    'a file that is replaced as a whole',
    (a, b) => {
      b.read('/etc/conf');
      a.write('/etc/.conf', true).rename('/etc/.conf', '/etc/conf');
      b.read('/etc/conf');
    },
  ],
  [
    'both put a link in one place, to one target',
    (a, b) => {
      a.call('symlink', { path: '/run/.a', toPath: '/srv/9' }).rename('/run/.a', '/run/current');
      b.call('symlink', { path: '/run/.b', toPath: '/srv/9' });
      b.call('rename', { path: '/run/.b', toPath: '/run/current', result: errno.EEXIST }).rename('/run/.b', '/run/current');
    },
  ],
  [
    'waits for the file',
    (a, b) => {
      b.look('/run/x', errno.ENOENT).sleep().look('/run/x', errno.ENOENT).sleep();
      a.write('/run/x', true);
      b.look('/run/x').read('/run/x');
    },
  ],
  [
    'waits for the socket',
    (a, b) => {
      b.look('/run/s', errno.ENOENT).sleep().look('/run/s', errno.ENOENT).sleep();
      a.listen('unix:/run/s');
      b.look('/run/s').connect('unix:/run/s');
    },
  ],
  [
    'names with pids',
    (a, b) => {
      a.write(`/run/x.${a.pid}`, true);
      b.write(`/run/x.${b.pid}`, true);
    },
  ],
  [
    'what nobody makes',
    (a, b) => {
      a.look('/etc/ld.so.preload', errno.ENOENT);
      b.look('/etc/ld.so.preload', errno.ENOENT);
    },
  ],
  [
    'different ports',
    (a, b) => {
      a.listen('tcp:0.0.0.0:80');
      b.listen('tcp:0.0.0.0:81');
    },
  ],
  [
    'one port of two protocols',
    (a, b) => {
      a.bind('tcp:0.0.0.0:53');
      b.bind('udp:0.0.0.0:53');
    },
  ],
  [
    'device sinks',
    (a, b) => {
      a.write('/dev/null', false);
      b.read('/dev/null');
    },
  ],
];

describe('analyse()', () => {
  test.each(races)('finds: %s', (_, expected, two) => expect(types(two)).toEqual([expected]));
  test.each(twins)('is silent: %s', (_, two) => expect(types(two)).toEqual([]));
  test('tells of who makes its own in the place of another as of two that make it, though it looks first', () => {
    expect(types(links)).toEqual(['T3 a b']);
    expect(types(replacedLinks)).toEqual(['T3 a b']);
  });
  test('every type is in the list', () => {
    const found = new Set(races.map(([, expected]) => expected.slice(0, 2) as RaceType));
    expect([...found].sort()).toEqual(['T1', 'T2', 'T3', 'T4', 'T5', 'T6']);
  });
});
