import { describe, expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import { type Actor, boot, errno } from './boot.ts';

const objects = (scripts: readonly string[], make: (...actors: readonly Actor[]) => void, header = {}) =>
  analyse([boot((begin) => make(...scripts.map((name) => begin('t1', name, name === 'z' ? { header } : {}))))]).findings.flatMap(
    ({ witnesses }) => witnesses.map(({ type, object }) => `${type} ${object}`),
  );
type Two = (a: Actor, b: Actor) => void;
const two = (make: Two) => objects(['a', 'b'], (a, b) => make(a as Actor, b as Actor));

describe('who finds nothing in a directory', () => {
  test('finds nothing when it is made without it, either', () => {
    expect(two((a, b) => void [b.look('/run/d/x', errno.ENOENT), a.mkdir('/run/d')])).toEqual([]);
    expect(two((a, b) => void [a.mkdir('/run/d'), b.look('/run/d/x', errno.ENOENT)])).toEqual([]);
  });
  test('minds what is put into it', () => {
    expect(two((a, b) => void [b.look('/run/d/x', errno.ENOENT), a.mkdir('/run/d').write('/run/d/x', true)])).toEqual(['T1 name /run/d/x']);
  });
  test('minds what comes with it: by a link, by a move, by a mount, by the kernel', () => {
    const late = (does: (a: Actor) => void) => two((a, b) => void [b.look('/run/d/x', errno.ENOENT), does(a)]);
    expect(late((a) => a.call('symlink', { path: '/run/d', toPath: '/srv/d' }))).toEqual(['T1 name /run/d']);
    expect(late((a) => a.rename('/run/new', '/run/d'))).toEqual(['T1 name /run/d']);
    expect(late((a) => a.call('mount', { path: '/run/d', detail: 'ext4' }))).toEqual(['T6 mount /run/d']);
    expect(two((a, b) => void [b.look('/sys/fs/cgroup/d/cgroup.procs', errno.ENOENT), a.mkdir('/sys/fs/cgroup/d')])).toEqual([
      'T1 name /sys/fs/cgroup/d',
    ]);
  });
  test('minds the directory where it makes something in it', () => {
    expect(two((a, b) => void [b.call('mkdir', { path: '/run/d/x', result: errno.ENOENT }), a.mkdir('/run/d')])).toEqual([
      'T1 name /run/d',
    ]);
  });
});

describe('a name that a third script makes, too', () => {
  const both = (c: (third: Actor) => void, isBefore: boolean) =>
    analyse([
      boot((begin) => {
        const a = begin('t2', 'a').mkdirP('/run/d', 0);
        const third = begin(isBefore ? 't1' : 't2', 'c');
        c(third);
        third.exit();
        a.exit();
        begin('t2', 'b').look('/run/d/x').exit();
      }),
    ]).findings.flatMap(({ scripts, witnesses }) =>
      scripts.includes('b') ? witnesses.map(({ type, object }) => `${type} ${object}`) : [],
    );
  test('is there, whoever made it, for who comes behind that one', () => {
    expect(both((c) => c.mkdirP('/run/d', errno.EEXIST), true)).toEqual([]);
  });
  test('is minded where the third may be late, or does not make it', () => {
    expect(both((c) => c.mkdirP('/run/d', errno.EEXIST), false)).toContain('T1 name /run/d');
    expect(both((c) => c.look('/run/d'), true)).toContain('T1 name /run/d');
  });
  test('is minded where somebody takes it away', () => {
    expect(both((c) => c.mkdirP('/run/d', errno.EEXIST).call('rmdir', { path: '/run/d' }), true)).toContain('T1 name /run/d');
  });
});

describe('a directory that is bound onto itself', () => {
  const uses: Two = (a, b) => {
    a.call('mount', { path: '/run/netns', toPath: '/run/netns', flags: 0x5000 });
    b.look('/run/netns/x');
  };
  test('hides nothing, while what is bound from elsewhere does', () => {
    expect(two(uses)).toEqual([]);
    expect(
      two((a, b) => void [a.call('mount', { path: '/run/netns', toPath: '/srv/netns', flags: 0x5000 }), b.look('/run/netns/x')]),
    ).toEqual(['T6 mount /run/netns']);
  });
  test('must be there', () => {
    expect(two((a, b) => void [b.mkdir('/run/netns'), uses(a, b)])).toContain('T1 name /run/netns');
  });
});
