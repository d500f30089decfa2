import { describe, expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import { type Actor, boot, errno } from './boot.ts';

const NEW = { mnt: 0x20000, uts: 0x4000000, pid: 0x20000000, net: 0x40000000 };
const BIND = 0x1000;
const REC = 0x4000;
const MS = { private: 0x40000, slave: 0x80000, shared: 0x100000 };
const RTM = { newAddress: 20, newRoute: 24 };

type Two = (a: Actor, b: Actor) => void;
const findingsOf = (two: Two, [tierOfA, tierOfB] = ['t1', 't1']) =>
  analyse([boot((begin) => two(begin(tierOfA ?? 't1', 'a'), begin(tierOfB ?? 't1', 'b')))]).findings;
const found = (two: Two) => findingsOf(two).map(({ type, scripts }) => `${type} ${scripts.join(' ')}`);
const objects = (two: Two) => findingsOf(two).flatMap(({ witnesses }) => witnesses.map(({ type, object }) => `${type} ${object}`));

const unshare = (script: Actor, kind: keyof typeof NEW) => script.call('unshare', { flags: NEW[kind], detail: kind });
const mount = (script: Actor, path: string, detail = 'tmpfs') => script.call('mount', { path, detail, flags: 0 });
const bind = (script: Actor, toPath: string, path: string) => script.call('mount', { path, toPath, flags: BIND });
const spread = (script: Actor, how: keyof typeof MS, path = '/') => script.call('mount', { path, flags: MS[how] | REC });
let fd = 50;
const open = (script: Actor, path: string) => {
  fd += 1;
  script.call('open', { path, flags: 0, result: fd });
  return fd;
};
const enter = (script: Actor, path: string) => script.call('setns', { fd: open(script, path), flags: NEW.net });
/** Somebody of the script has the address for a while. */
const serve = (script: Actor, address = 'tcp:0.0.0.0:80') => script.run('server', (server) => void server.listen(address));
/** ip-netns(8) add. */
const addNetwork = (script: Actor, name: string) => {
  script.write(`/run/netns/${name}`, true);
  unshare(script, 'net');
  return bind(script, '/proc/self/ns/net', `/run/netns/${name}`);
};
const netlink = (script: Actor, flags: number) => script.call('netlink', { flags, detail: '#1' });

describe('a network', () => {
  test('of its own has interfaces and routes of its own', () => {
    const both: Two = (a, b) => void [netlink(a, RTM.newAddress), netlink(b, RTM.newRoute)];
    expect(objects(both)).toEqual(['T1 interfaces']);
    expect(found((a, b) => both(unshare(a, 'net'), b))).toEqual([]);
    expect(found((a, b) => both(unshare(a, 'net'), unshare(b, 'net')))).toEqual([]);
  });
  test('has addresses of its own, also for sockets that were made in it before it was left', () => {
    const both: Two = (a, b) => void [serve(a), serve(b)];
    expect(found(both)).toEqual(['T4 a b']);
    expect(found((a, b) => both(a, unshare(b, 'net')))).toEqual([]);
    const made: Two = (a, b) => {
      a.call('socket', { result: 40, flags: 1, detail: 'inet' });
      unshare(a, 'net').call('bind', { fd: 40, address: 'tcp:0.0.0.0:80' }).call('close', { fd: 40 });
      serve(b);
    };
    expect(found(made)).toEqual(['T4 a b']);
  });
  test('has abstract addresses, too, but sockets that are files are where the files are', () => {
    const both =
      (address: string): Two =>
      (a, b) =>
        void [unshare(a, 'net').listen(address), b.connect(address, errno.ECONNREFUSED)];
    expect(found(both('unix:@hub'))).toEqual([]);
    expect(found(both('unix:/run/hub'))).toEqual(['T1 a b']);
  });
  test('is shared by who enters it by the name that it was bound to', () => {
    const both: Two = (a, b) => {
      serve(addNetwork(a, 'guests'));
      serve(enter(b, '/run/netns/guests'));
    };
    expect(objects(both)).toContain('T4 address tcp:80 [network guests]');
    expect(found((a, b) => void [serve(addNetwork(a, 'x')), serve(enter(b, '/run/netns/guests'))])).toEqual([]);
  });
  test('is shared by who enters it by a name that was bound before the recording', () => {
    const both =
      (one: string, other: string): Two =>
      (a, b) =>
        void [serve(enter(a, one)), serve(enter(b, other))];
    expect(objects(both('/run/netns/dmz', '/run/netns/dmz'))).toEqual(['T4 address tcp:80 [network dmz]']);
    expect(found(both('/run/netns/dmz', '/run/netns/lan'))).toEqual([]);
  });
  test('is shared by who enters it by a process that is in it', () => {
    const both: Two = (a, b) => {
      serve(unshare(a, 'net'));
      serve(enter(b, `/proc/${a.pid}/ns/net`));
    };
    expect(objects(both)).toEqual(['T4 address tcp:80 [network a#1]']);
    expect(objects((a, b) => void [serve(a), serve(enter(unshare(b, 'net'), '/proc/1/ns/net'))])).toEqual(['T4 address tcp:80']);
  });
  test('is left again by a file that was opened before', () => {
    const both: Two = (a, b) => {
      const own = open(a, '/proc/self/ns/net');
      serve(unshare(a, 'net').call('setns', { fd: own, flags: NEW.net }));
      serve(b);
    };
    expect(objects(both)).toEqual(['T4 address tcp:80']);
  });
  test('has the same settings for none but those in it', () => {
    const both: Two = (a, b) => void [a.write('/proc/sys/net/ipv4/ip_forward'), b.write('/proc/sys/net/ipv4/ip_forward')];
    expect(objects(both)).toEqual(['T3 sysctl net.ipv4.ip_forward']);
    expect(found((a, b) => both(a, unshare(b, 'net')))).toEqual([]);
    expect(objects((a, b) => both(addNetwork(a, 'x'), enter(b, '/run/netns/x')))).toContain('T3 sysctl net.ipv4.ip_forward [network x]');
  });
  test('has ports of its own to draw from', () => {
    const both: Two = (a, b) => void [a.listen('tcp:0.0.0.0:40101'), b.bind('tcp:0.0.0.0:0')];
    const twice = (two: Two) =>
      analyse(['1', '2'].map((name) => boot((begin) => two(begin('t1', 'a'), begin('t1', 'b')), name))).findings.flatMap(({ witnesses }) =>
        witnesses.map(({ type, object }) => `${type} ${object}`),
      );
    expect(twice(both)).toEqual(['T8 port tcp:40101']);
    expect(twice((a, b) => both(unshare(a, 'net'), b))).toEqual([]);
    expect(twice((a, b) => both(enter(a, '/run/netns/dmz'), enter(b, '/run/netns/dmz')))).toEqual(['T8 port tcp:40101 [network dmz]']);
  });
  test('that could not be had leaves everything as it was', () => {
    const both: Two = (a, b) => {
      serve(a.call('unshare', { flags: NEW.net, result: -1 }));
      serve(b);
    };
    expect(found(both)).toEqual(['T4 a b']);
  });
});

describe('mounts of its own', () => {
  const both: Two = (a, b) => {
    mount(a, '/var/cache/render').write('/var/cache/render/page', true).unlink('/var/cache/render/page');
    b.read('/var/cache/render/page', errno.ENOENT).write('/var/cache/render/page', true);
  };
  test('hide from others what is below them, and that they are there', () => {
    expect(found(both)).not.toEqual([]);
    expect(found((a, b) => both(unshare(a, 'mnt'), b))).toEqual([]);
    expect(found((a, b) => both(unshare(a, 'mnt'), unshare(b, 'mnt')))).toEqual([]);
  });
  test('are made by a fork with the flag, too', () => {
    const forked = (flags?: number) => {
      const trace = boot((begin) => {
        const [a, b] = [begin('t1', 'a'), begin('t1', 'b')];
        both(a.fork(), b);
      });
      const events = trace.events.map((event, index) => (event.kind === 'fork' && index === 2 && flags ? { ...event, flags } : event));
      return analyse([{ ...trace, events }]).findings;
    };
    expect(forked()).not.toEqual([]);
    expect(forked(NEW.mnt)).toEqual([]);
  });
  test('hide nothing elsewhere', () => {
    const elsewhere: Two = (a, b) => {
      mount(unshare(a, 'mnt'), '/var/cache/render').write('/run/a.state', true);
      b.read('/run/a.state', errno.ENOENT);
    };
    expect(found(elsewhere)).toEqual(['T1 a b']);
  });
  test('hide no files of the kernel, which are the same wherever they are mounted', () => {
    const settings: Two = (a, b) => {
      mount(unshare(a, 'mnt'), '/proc', 'proc').write('/proc/sys/vm/swappiness');
      b.write('/proc/sys/vm/swappiness');
    };
    expect(objects(settings)).toEqual(['T3 sysctl vm.swappiness']);
    const mounted: Two = (a, b) => void [mount(a, '/sys', 'sysfs'), b.look('/sys/power/state')];
    expect(objects(mounted)).toEqual(['T6 mount /sys']);
    expect(found((a, b) => mounted(unshare(a, 'mnt'), b))).toEqual([]);
  });
  test('lead to where they were bound', () => {
    const bound: Two = (a, b) => {
      bind(unshare(a, 'mnt'), '/srv/a', '/data').write('/data/file', true);
      b.read('/srv/a/file', errno.ENOENT).read('/data/file', errno.ENOENT);
    };
    expect(objects(bound)).toEqual(['T1 name /srv/a/file']);
  });
  test('are gone when they are unmounted', () => {
    const gone: Two = (a, b) => {
      mount(unshare(a, 'mnt'), '/mnt').call('umount', { path: '/mnt' }).write('/mnt/file', true);
      b.read('/mnt/file', errno.ENOENT);
    };
    expect(objects(gone)).toEqual(['T1 name /mnt/file']);
  });
  test('are everybody’s where the mounts are shared', () => {
    expect(found((a, b) => void [spread(a, 'shared'), both(unshare(a, 'mnt'), b)])).not.toEqual([]);
    expect(found((a, b) => void [spread(a, 'shared'), both(spread(unshare(a, 'mnt'), 'private'), b)])).toEqual([]);
  });
});

describe('a mount that another one has copied too early', () => {
  const labels = (before: (b: Actor) => void): Two => {
    return (a, b) => {
      before(b);
      b.look('/srv/labels/index', errno.ENOENT).sleep().look('/srv/labels/index', errno.ENOENT).sleep();
      mount(a, '/srv/labels').write('/srv/labels/index', true);
      b.look('/srv/labels/index').exit();
    };
  };
  const typesOf = (two: Two, tiers?: readonly string[]) =>
    findingsOf(two, tiers as [string, string]).flatMap(({ witnesses }) =>
      witnesses.map(({ type, second, first }) => `${type} ${first.call} ${second.call}`),
    );
  test('is not seen, however long one waits', () => {
    expect(typesOf(labels(() => undefined))).toEqual([]);
    expect(typesOf(labels((b) => unshare(b, 'mnt')))).toEqual(['T6 unshare mount']);
  });
  test('is seen by who lets it come in', () => {
    expect(typesOf(labels((b) => spread(unshare(spread(b, 'shared'), 'mnt'), 'slave')))).toEqual([]);
    expect(typesOf(labels((b) => spread(unshare(spread(b, 'shared'), 'mnt'), 'private')))).toEqual(['T6 unshare mount']);
  });
  test('is seen by who lets it come in where mounts were shared before the recording', () => {
    const made = boot((begin) => labels((b) => spread(unshare(b, 'mnt'), 'slave'))(begin('t1', 'a'), begin('t1', 'b')));
    const types = (shared: readonly string[]) =>
      analyse([{ ...made, head: { ...made.head, shared } }]).findings.flatMap(({ witnesses }) => witnesses.map(({ type }) => type));
    expect(types(['/'])).toEqual([]);
    expect(types(['/run'])).toEqual(['T6']);
    expect(types([])).toEqual(['T6']);
  });
  test('is no matter where the tiers put it first', () => {
    const inOrder: Two = (a, b) => {
      mount(a, '/srv/labels').write('/srv/labels/index', true).exit();
      unshare(b, 'mnt').look('/srv/labels/index');
    };
    expect(typesOf(inOrder, ['t1', 't2'])).toEqual([]);
    expect(typesOf(inOrder)).toContain('T6 mount unshare');
  });
  test('is no matter to who never looks there', () => {
    const elsewhere: Two = (a, b) => void [unshare(b, 'mnt').look('/srv/other'), mount(a, '/srv/labels')];
    expect(typesOf(elsewhere)).toEqual([]);
  });
});

describe('a host of its own', () => {
  const both: Two = (a, b) => {
    a.write('/proc/sys/kernel/hostname').call('hostname');
    b.write('/proc/sys/kernel/hostname').read('/proc/sys/kernel/hostname').call('hostname');
  };
  test('has a name of its own', () => {
    expect(objects(both).toSorted()).toEqual(['T1 sysctl kernel.hostname', 'T3 sysctl kernel.hostname']);
    expect(found((a, b) => both(unshare(a, 'uts'), unshare(b, 'uts')))).toEqual([]);
    expect(found((a, b) => both(unshare(a, 'uts'), b))).toEqual([]);
    expect(objects((a, b) => both(unshare(a, 'net'), b))).toEqual(objects(both));
  });
});

describe('pids of its own', () => {
  test('are other numbers: who waits, waits all the same', () => {
    const waited: Two = (a, b) => {
      const shell = unshare(a, 'pid').fork();
      const child = shell.fork();
      child.write('/run/a', true).exit();
      shell.call('wait', { result: 2, target: -1 }).exit();
      a.wait(shell).exit();
      b.read('/run/a').exit();
    };
    expect(findingsOf(waited, ['t1', 't2'])).toEqual([]);
  });
  test('are nobody’s outside: a signal to one of them reaches no other script', () => {
    const both: Two = (a, b) => {
      b.exec('/usr/sbin/other');
      a.call('kill', { target: b.pid, flags: 15 });
    };
    expect(found(both)).toEqual(['T2 a b']);
    expect(found((a, b) => both(unshare(a, 'pid'), b))).toEqual([]);
  });
});
