import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import { compareLeft, openContents } from '../../../../../src/init/races/model/contents.ts';
import { type Actor, boot, errno } from './boot.ts';

type Two = (a: Actor, b: Actor) => void;
const bootOf = (two: Two) => boot((begin) => two(begin('rc2.d/S01', 'a'), begin('rc2.d/S01', 'b')));
const types = (...boots: readonly Two[]) => analyse(boots.map(bootOf)).findings.map(({ type, scripts }) => `${type} ${scripts.join(' ')}`);
const SYSCTL = '/proc/sys/net/ipv4/ip_forward';
/** O_WRONLY, O_CREAT, O_TRUNC */
const WRITING = 0o1101;

const silent: readonly (readonly [string, Two])[] = [
  [
    'one line',
    (a, b) => {
      a.put('/run/x', 1);
      b.put('/run/x', 1);
    },
  ],
  [
    'several writes',
    (a, b) => {
      a.put('/run/x', 1, 2, 1);
      b.put('/run/x', 1, 2, 1);
    },
  ],
  [
    'a setting',
    (a, b) => {
      a.put(SYSCTL, 1);
      b.put(SYSCTL, 1);
    },
  ],
  [
    'again and again',
    (a, b) => {
      a.put('/run/x', 1).put('/run/x', 1);
      b.put('/run/x', 1);
    },
  ],
  [
    'files that are moved into place',
    (a, b) => {
      a.put('/run/x.a', 1).rename('/run/x.a', '/run/x');
      b.put('/run/x.b', 1).rename('/run/x.b', '/run/x');
    },
  ],
  [
    'copies of one file',
    (a, b) => {
      a.copy('/usr/share/x', '/run/x');
      b.copy('/usr/share/x', '/run/x.b').rename('/run/x.b', '/run/x');
    },
  ],
];

const told: readonly (readonly [string, string, Two])[] = [
  [
    'other contents',
    'T3 a b',
    (a, b) => {
      a.put('/run/x', 1);
      b.put('/run/x', 2);
    },
  ],
  [
    'more of the same',
    'T3 a b',
    (a, b) => {
      a.put('/run/x', 1);
      b.put('/run/x', 1, 1);
    },
  ],
  [
    'the same in another order',
    'T3 a b',
    (a, b) => {
      a.put('/run/x', 1, 2);
      b.put('/run/x', 2, 1);
    },
  ],
  [
    'the same in the end, but another before',
    'T3 a b',
    (a, b) => {
      a.put('/run/x', 2).put('/run/x', 1);
      b.put('/run/x', 1);
    },
  ],
  [
    'what is not known',
    'T3 a b',
    (a, b) => {
      a.put('/run/x', 1);
      b.write('/run/x');
    },
  ],
  [
    'what is known in part',
    'T3 a b',
    (a, b) => {
      a.put('/run/x', 1);
      b.call('open', { path: '/run/x', flags: WRITING, result: 9 }).call('write', { fd: 9, content: 1 }).call('write', { fd: 9 });
    },
  ],
  [
    'what is written over a part',
    'T3 a b',
    (a, b) => {
      for (const one of [a, b]) one.call('open', { path: '/run/x', flags: 1, result: 9 }).call('write', { fd: 9, content: 1 });
    },
  ],
  [
    'a write that is refused',
    'T3 a b',
    (a, b) => {
      a.put(SYSCTL, 1);
      b.call('open', { path: SYSCTL, flags: 1, result: 9 }).call('write', { fd: 9, content: 1, result: -22 });
    },
  ],
  [
    'copies of two files',
    'T3 a b',
    (a, b) => {
      a.copy('/usr/share/x', '/run/x');
      b.copy('/usr/share/y', '/run/x');
    },
  ],
  [
    'a copy and more',
    'T3 a b',
    (a, b) => {
      a.copy('/usr/share/x', '/run/x');
      b.call('open', { path: '/usr/share/x', flags: 0, result: 8 }).call('open', { path: '/run/x', flags: WRITING, result: 9 });
      b.call('write', { fd: 9, fromFd: 8 }).call('write', { fd: 9, content: 1 });
    },
  ],
  [
    'the rest of a file that somebody else has read from',
    'T3 a b',
    (a, b) => {
      for (const one of [a, b]) {
        one.call('open', { path: '/usr/share/x', flags: 0, result: 8 });
        one.run('cat', (cat) => void cat.call('open', { path: '/run/x', flags: WRITING, result: 9 }).call('write', { fd: 9, fromFd: 8 }));
      }
    },
  ],
  [
    'copies of what the kernel shows',
    'T3 a b',
    (a, b) => {
      for (const one of [a, b]) one.copy('/proc/uptime', '/run/x');
    },
  ],
  [
    'an order to the kernel',
    'T3 a b',
    (a, b) => {
      a.put('/sys/class/gpio/export', 1);
      b.put('/sys/class/gpio/export', 1);
    },
  ],
  [
    'a count that both have read',
    'T5 a b',
    (a, b) => {
      a.read('/run/x');
      b.read('/run/x');
      a.put('/run/x', 1);
      b.put('/run/x', 1);
    },
  ],
  [
    'what only one has read',
    'T1 b a',
    (a, b) => {
      a.read('/run/x');
      a.put('/run/x', 1);
      b.put('/run/x', 1);
    },
  ],
];

describe('the same contents', () => {
  test.each(silent)('harm nobody: %s', (_, two) => {
    expect(types(two)).toEqual([]);
  });
  test.each(told)('are not %s', (_, type, two) => {
    expect(types(two)).toEqual([type]);
  });
  test('are those of one recording', () => {
    expect(
      types(
        (a) => a.put('/run/x', 1),
        (_, b) => b.put('/run/x', 1),
      ),
    ).toEqual(['T3 a b']);
  });
  test('must be so in every recording', () => {
    const same: Two = (a, b) => void [a.put('/run/x', 1), b.put('/run/x', 1)];
    const other: Two = (a, b) => void [a.put('/run/x', 1), b.put('/run/x', 2)];
    expect(types(same, other)).toEqual(['T3 a b']);
  });
  test('do not speak for who reads in between', () => {
    const trace = boot((begin) => {
      for (const name of ['a', 'b']) begin('rc2.d/S01', name).put('/run/x', 1);
      begin('rc2.d/S01', 'c').read('/run/x');
    });
    expect(
      analyse([trace])
        .findings.map(({ type, scripts }) => `${type} ${scripts.join(' ')}`)
        .sort(),
    ).toEqual(['T1 a c', 'T1 b c']);
  });
  test('do not speak for what hangs on the flag: a look decides', () => {
    const [finding] = types((a, b) => {
      for (const one of [a, b]) one.look('/run/x', errno.ENOENT);
      for (const one of [a, b]) one.put('/run/x', 1);
    });
    expect(finding).toBe('T5 a b');
  });
  test('are those of a file as it was when it was copied', () => {
    const left = (between: boolean) => {
      const contents = openContents();
      contents.emptied('/x', 0);
      contents.copied('/x', 0, '/y');
      if (between) contents.wrote('/y', 2, undefined);
      contents.emptied('/z', 1);
      contents.copied('/z', 1, '/y');
      contents.moved('/z', '/x', 1);
      return [0, 1].map((script) => contents.leftBy('/x', script));
    };
    expect(left(false)).toEqual(['/y@0', '/y@0']);
    expect(left(true)).toEqual(['/y@0', '/y@1']);
  });
  test('are counted', () => {
    const trace = bootOf((a, b) => void [a.put('/run/x', 1), b.put('/run/x', 1)]);
    expect(analyse([trace]).benign.find(({ rule }) => rule === 'same-contents')?.pairs).toBeGreaterThan(0);
    expect(analyse([trace], { disabledRules: ['same-contents'] }).findings).toHaveLength(1);
  });
});

describe('compareLeft()', () => {
  test('compares numbers within one recording only', () => {
    expect(compareLeft('1 2', '1 2', true)).toBe('same');
    expect(compareLeft('1 2', '1 3', true)).toBe('other');
    expect(compareLeft('1 2', '1 2', false)).toBeUndefined();
    expect(compareLeft('~a:1 2', '~a:1 2', false)).toBeUndefined();
  });
  test('compares digests of one key over two, and copies of files that were not changed', () => {
    expect(compareLeft('~a:1', '~a:1', false)).toBe('same');
    expect(compareLeft('~a:1', '~a:2', false)).toBe('other');
    expect(compareLeft('~a:1', '~b:2', false)).toBeUndefined();
    expect(compareLeft('/usr/share/x@0', '/usr/share/x@0', false)).toBe('same');
    expect(compareLeft('/run/x@1', '/run/x@1', false)).toBeUndefined();
    expect(compareLeft('-> a', '-> b', false)).toBe('other');
  });
});

/** Writes of two scripts at once, as a file keeps them. */
test('Contents.leftBy() of two scripts is equal only where every order of their calls leaves the same', () => {
  const content = fc.integer({ min: 1, max: 2 });
  const writer = fc.array(fc.array(content, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 2 });
  fc.assert(
    fc.property(writer, writer, fc.infiniteStream(fc.boolean()), (one, other, turns) => {
      const contents = openContents();
      const steps = [one, other].map((versions, script) =>
        versions.flatMap((version) => [
          () => contents.emptied('/x', script),
          ...version.map((each) => () => contents.wrote('/x', script, each)),
        ]),
      );
      for (const each of steps.flat()) each();
      const left = [0, 1].map((script) => contents.leftBy('/x', script));
      if (left[0] === undefined || left[0] !== left[1]) return;
      expect(interleave([one, other], turns)).toBe(left[0]);
    }),
  );
});

/** Each write goes where its own descriptor stands. */
function interleave(scripts: readonly (readonly (readonly number[])[])[], turns: Iterator<boolean>): string {
  let file: (number | undefined)[] = [];
  const [one, other] = scripts.map((versions) =>
    versions.flatMap((version) => [
      () => {
        file = [];
      },
      ...version.map((each, at) => () => {
        file[at] = each;
      }),
    ]),
  ) as [(() => void)[], (() => void)[]];
  while (one.length + other.length > 0) ((turns.next().value ? one.shift() : other.shift()) ?? one.shift() ?? other.shift())?.();
  return Array.from(file, (each) => each ?? 0).join(' ');
}
