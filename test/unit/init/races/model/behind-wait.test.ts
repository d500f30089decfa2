import { describe, expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import { type Actor, boot, errno } from './boot.ts';

type Two = (a: Actor, b: Actor) => void;
const found = (...boots: readonly Two[]) =>
  analyse(boots.map((two) => boot((begin) => two(begin('t1', 'a'), begin('t1', 'b'))))).findings.map(
    ({ type, scripts, witnesses }) => `${type} ${scripts.join(' ')}: ${witnesses[0]?.object}`,
  );
const NAMES = 'names in /run/plugins';

const lists = (script: Actor): Actor =>
  script.run('ls', (ls) => void ls.call('open', { path: '/run/plugins', flags: 0o200000, result: 3 }).call('list', { fd: 3, result: 0 }));
const asks = (script: Actor, isThere: boolean): Actor => script.look('/run/plugins/one', isThere ? 0 : errno.ENOENT);
const sleeps = (script: Actor): Actor => script.run('sleep', (sleep) => void sleep.sleep());
const makes = (script: Actor, name = 'one'): Actor => script.write(`/run/plugins/${name}`, true);

/** `until [ -e one ]; do sleep 1; done; ls`, which waits in the one boot and finds it in the other. */
const boots = (more: (script: Actor) => Actor, does: (script: Actor) => Actor): readonly Two[] => [
  (a, b) => {
    sleeps(asks(b, false));
    more(makes(a)).exit();
    does(asks(b, true)).exit();
  },
  (a, b) => {
    more(makes(a)).exit();
    does(asks(b, true)).exit();
  },
];
const nothing = (script: Actor): Actor => script;

describe('who waits for one thing that a call makes', () => {
  test('finds all else that it makes, also in a boot in which nobody had to wait', () => {
    expect(found(...boots(nothing, (script) => lists(script).read('/run/plugins/one')))).toEqual([]);
  });
  test('may miss what comes by a later call', () => {
    const reads = (script: Actor): Actor => lists(script).read('/run/plugins/two');
    expect(found(...boots((script) => makes(script, 'two'), reads))).toEqual(['T1 a b: name /run/plugins/two']);
  });
  test('may have missed it before', () => {
    const hasty: readonly Two[] = [
      (a, b) => {
        sleeps(asks(lists(b), false));
        makes(a).exit();
        asks(b, true).exit();
      },
      (a, b) => {
        makes(a).exit();
        asks(lists(b), true).exit();
      },
    ];
    expect(found(...hasty)).toEqual([`T1 a b: ${NAMES}`]);
  });
  test('does not wait for another of its processes', () => {
    const aside = boots(nothing, nothing).map(
      (two): Two =>
        (a, b) => {
          const other = b.fork('ls');
          two(a, b);
          lists(other).exit();
        },
    );
    expect(found(...aside)).toEqual([`T1 a b: ${NAMES}`]);
  });
});
