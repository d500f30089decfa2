import { describe, expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import type { Trace } from '../../../../../src/init/races/trace/trace.ts';
import { type Actor, boot, errno } from './boot.ts';

type Two = (a: Actor, b: Actor) => void;
const recorded = (two: Two): Trace => boot((begin) => two(begin('t1', 'a'), begin('t1', 'b')));
const found = (...boots: readonly Two[]) =>
  analyse(boots.map(recorded)).findings.map(({ type, scripts }) => `${type} ${scripts.join(' ')}`);
const { EEXIST, ENOENT } = errno;

/** `[ -p F ] || mkfifo F`, and what comes of it: it is there, it is made, it was made in between. */
const makes = (script: Actor, way: 'found' | 'won' | 'lost', quiet: boolean, kind = 'fifo'): Actor => {
  script.look('/run/x', way === 'found' ? 0 : ENOENT);
  if (way === 'found') return script;
  return script.run(kind === 'fifo' ? 'mkfifo' : 'ln', (tool) => {
    if (quiet) tool.call('open', { path: '/dev/null', flags: 0o101, result: 3 }).call('dup', { fd: 3, result: 2 });
    const result = way === 'won' ? 0 : EEXIST;
    if (kind === 'fifo') tool.call('mknod', { path: '/run/x', detail: 'fifo', result });
    else tool.call('link', { path: `/run/x.${tool.pid}`, toPath: '/run/x', result });
  });
};
const uses = (script: Actor): Actor => script.look('/run/x');

describe('what two scripts make if it is not there', () => {
  test('is minded by neither who lost and used that of the other', () => {
    const ab: Two = (a, b) => void [uses(makes(a, 'won', false)).exit(), uses(makes(b, 'lost', false)).exit()];
    const ba: Two = (a, b) => void [uses(makes(b, 'won', false)).exit(), uses(makes(a, 'lost', false)).exit()];
    expect(found(ab, ba)).toEqual([]);
  });
  test('is minded by neither when one program makes it for both, and went on with that of the other', () => {
    const adds = (script: Actor, program: string, result: number, goesOn = true): Actor =>
      script.run(program, (tool) => {
        tool.call('mkdir', { path: '/run/netns', result });
        if (goesOn) tool.look('/run/netns');
      });
    const once =
      (program: string, other = program, goesOn = true): Two =>
      (a, b) =>
        void [adds(a, program, 0).exit(), adds(b, other, EEXIST, goesOn).exit()];
    expect(found(once('ip'))).toEqual([]);
    expect(found(once('ip', 'ip', false))).toEqual(['T4 a b']);
    const query = (script: Actor, result: number, reads: string): Actor =>
      script.run('ifquery', (tool) => void tool.mkdir('/run/network', result).read(reads));
    const queries =
      (reads: string, others: string): Two =>
      (a, b) =>
        void [query(a, 0, reads).exit(), query(b, EEXIST, others).exit()];
    expect(found(queries('/etc/network/interfaces', '/etc/network/interfaces'))).toEqual([]);
    expect(found(queries('/etc/network/interfaces', '/usr/share/locale/C'))).toEqual(['T4 a b']);
    expect(found(once('ip', 'netns-setup'))).toEqual(['T4 a b']);
    expect(found(once('mkdir'))).toEqual(['T4 a b']);
    expect(found(once('perl'))).toEqual(['T4 a b']);
  });
  test('is minded by neither who found it as good, and would not even say that it could not make it', () => {
    const ab =
      (quiet: boolean): Two =>
      (a, b) =>
        void [uses(makes(a, 'won', quiet)).exit(), uses(makes(b, 'found', quiet)).exit()];
    const ba =
      (quiet: boolean): Two =>
      (a, b) =>
        void [uses(makes(b, 'won', quiet)).exit(), uses(makes(a, 'found', quiet)).exit()];
    expect(found(ab(true), ba(true))).toEqual([]);
    expect(found(ab(false), ba(false))).toEqual(['T5 a b']);
  });
  test('is a race where the loser ends, or nobody was seen to lose', () => {
    const ab: Two = (a, b) => void [uses(makes(a, 'won', false)).exit(), makes(b, 'lost', false).exit()];
    const ba: Two = (a, b) => void [uses(makes(b, 'won', false)).exit(), makes(a, 'lost', false).exit()];
    expect(found(ab, ba)).toEqual(['T5 a b']);
    expect(found((a, b) => void [uses(makes(a, 'won', true)).exit(), uses(makes(b, 'won', true)).exit()])).toEqual(['T5 a b']);
  });
  test('is a race where somebody takes it away again', () => {
    const ab: Two = (a, b) =>
      void [
        uses(makes(a, 'won', false))
          .unlink('/run/x')
          .exit(),
        uses(makes(b, 'lost', false)).exit(),
      ];
    const ba: Two = (a, b) =>
      void [
        uses(makes(b, 'won', false)).exit(),
        uses(makes(a, 'lost', false))
          .unlink('/run/x')
          .exit(),
      ];
    expect(found(ab, ba)).not.toEqual([]);
  });
  test('is a race when it says whose it is and the loser does less than the winner', () => {
    const full = (script: Actor): Actor => uses(script).write(`/run/${script.pid === 100 ? 'a' : 'b'}.state`, true);
    const ends = (does: (script: Actor) => Actor): Two[] => [
      (a, b) => void [full(makes(a, 'won', false, 'link')).exit(), does(makes(b, 'lost', false, 'link')).exit()],
      (a, b) => void [does(makes(a, 'lost', false, 'link')).exit(), full(makes(b, 'won', false, 'link')).exit()],
    ];
    expect(found(...ends(full))).toEqual([]);
    expect(found(...ends(uses))).toEqual(['T5 a b']);
  });
});

describe('what only the first one can open', () => {
  /** `(set -C; echo sealed >/run/seal) 2>/dev/null || [ -e /run/seal ]` of dash, which looks before. */
  const seals = (script: Actor, isFirst: boolean, quiet: boolean): Actor => {
    const shell = script.fork();
    if (quiet) shell.call('open', { path: '/dev/null', flags: 0o101, result: 3 }).call('dup', { fd: 3, result: 2 });
    shell.look('/run/seal', isFirst ? 0 : ENOENT);
    if (!isFirst) shell.call('open', { path: '/run/seal', flags: 0o301, result: 4, created: true }).call('close', { fd: 4 });
    shell.exit();
    script.wait(shell);
    return isFirst ? script.look('/run/seal') : script;
  };
  const both = (quiet: boolean, does: (script: Actor) => Actor): Two[] => [
    (a, b) => void [does(seals(a, false, quiet)).exit(), seals(b, true, quiet).exit()],
    (a, b) => void [does(seals(b, false, quiet)).exit(), seals(a, true, quiet).exit()],
  ];
  const nothing = (script: Actor): Actor => script;

  test('is minded by neither who found it and was content', () => {
    expect(found(...both(true, nothing))).toEqual([]);
    expect(found(...both(false, nothing))).toEqual(['T5 a b']);
  });
  test('is minded by who does less when it is there', () => {
    expect(found(...both(true, (script) => script.write('/run/work', true)))).toContain('T5 a b');
  });
});

describe('what says something else when another has made it', () => {
  /** `[ -e X ] || { echo >X.$$; ln X.$$ X; rm X.$$; }; read <X` */
  const links = (content: (script: Actor) => number, isFirst: boolean, script: Actor): Actor => {
    const own = `/etc/x.${script.pid}`;
    script.look('/etc/x', ENOENT).put(own, content(script));
    script.run('ln', (tool) => {
      tool.call('open', { path: '/dev/null', flags: 0o101, result: 3 }).call('dup', { fd: 3, result: 2 });
      tool.call('link', { path: own, toPath: '/etc/x', result: isFirst ? 0 : EEXIST });
    });
    return script.unlink(own).look('/etc/x').read('/etc/x');
  };
  const both = (content: (script: Actor) => number): Two[] => [
    (a, b) => void [links(content, true, a).exit(), links(content, false, b).exit()],
    (a, b) => void [links(content, true, b).exit(), links(content, false, a).exit()],
  ];
  /** `set -C; echo >X` or, when it is there, nothing. */
  const opens = (isFirst: boolean, script: Actor): Actor => {
    const shell = script.fork();
    shell.call('open', { path: '/dev/null', flags: 0o101, result: 3 }).call('dup', { fd: 3, result: 2 });
    if (isFirst) shell.call('open', { path: '/run/x', flags: 0o301, result: 4, created: true }).call('write', { fd: 4, content: 1 });
    else shell.call('open', { path: '/run/x', flags: 0o301, result: EEXIST });
    shell.exit();
    return script.wait(shell).look('/run/x');
  };
  const opened = (does: (script: Actor) => Actor): Two[] => [
    (a, b) => void [does(opens(true, a)).exit(), does(opens(false, b)).exit()],
    (a, b) => void [does(opens(true, b)).exit(), does(opens(false, a)).exit()],
  ];

  test('is a race when the contents differ', () => {
    expect(found(...both(() => 1))).toEqual([]);
    expect(found(...both(({ pid }) => pid))).toEqual(['T5 a b']);
  });
  test('is a race when somebody reads what nobody knows to be the same', () => {
    expect(found(...opened((script) => script))).toEqual([]);
    expect(found(...opened((script) => script.read('/run/x')))).toContain('T4 a b');
  });
});

describe('what one makes and the other opens to write', () => {
  test('becomes a plain file when the other is first: T1', () => {
    const queue: Two = (a, b) => {
      a.look('/run/q', ENOENT)
        .run('mkfifo', (tool) => void tool.call('mknod', { path: '/run/q', detail: 'fifo' }))
        .exit();
      b.append('/run/q').exit();
    };
    const plain: Two = (a, b) => {
      b.append('/run/q', true).exit();
      a.look('/run/q')
        .run('mkfifo', (tool) => void tool.call('mknod', { path: '/run/q', detail: 'fifo', result: EEXIST }))
        .exit();
    };
    expect(found(queue)).toEqual(['T1 a b']);
    expect(found(queue, plain)).toEqual(['T1 a b']);
  });
  test('is made in time by one who makes it, too', () => {
    const does = (maker: Actor, other: Actor): void => {
      makes(maker, 'won', true).append('/run/x', false).exit();
      makes(other, 'found', true).append('/run/x', false).exit();
    };
    expect(
      found(
        (a, b) => does(a, b),
        (a, b) => does(b, a),
      ),
    ).toEqual([]);
  });
});
