import { describe, expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import { type Actor, boot, errno } from './boot.ts';

type Two = (a: Actor, b: Actor) => void;
type Does = (script: Actor) => Actor;
const found = (...boots: readonly Two[]) =>
  analyse(boots.map((two) => boot((begin) => two(begin('t1', 'a'), begin('t1', 'b'))))).findings.map(({ type }) => type);
const FILE = '/etc/palette.conf';
const DEFAULTS = '/usr/share/palette.conf';
const nothing: Does = (script) => script;

/** `[ -e FILE ] || { cp DEFAULTS FILE.$$; mv FILE.$$ FILE; }; . FILE` */
const installs =
  (from: string, after: Does = nothing): Does =>
  (script) => {
    const own = `${FILE}.${script.pid}`;
    script.look(FILE, errno.ENOENT).run('cp', (cp) => void cp.copy(from, own));
    return after(script.run('mv', (mv) => void mv.rename(own, FILE))).read(FILE);
  };
const uses: Does = (script) => script.look(FILE).read(FILE);
/** The one is first, the other is first, both are at it at once. */
const boots = (a: Does, b: Does, aFinds = uses, bFinds = uses): readonly Two[] => [
  (one, other) => void [a(one).exit(), bFinds(other).exit()],
  (one, other) => void [b(other).exit(), aFinds(one).exit()],
  (one, other) => {
    for (const each of [one, other]) each.look(FILE, errno.ENOENT);
    a(one).exit();
    b(other).exit();
  },
];

describe('a whole file that both put in place if it is not there', () => {
  test('is as good from either', () => {
    expect(found(...boots(installs(DEFAULTS), installs(DEFAULTS)))).toEqual([]);
  });
  test('is a race when it is another one', () => {
    expect(found(...boots(installs(DEFAULTS), installs('/usr/share/other.conf')))).toEqual(['T5']);
  });
  test('is known of two boots when it is a copy of one file, and not when it is only a number', () => {
    const writes: Does = (script) => {
      const own = `${FILE}.${script.pid}`;
      return script
        .look(FILE, errno.ENOENT)
        .put(own, 1)
        .run('mv', (mv) => void mv.rename(own, FILE))
        .read(FILE);
    };
    expect(found(...boots(installs(DEFAULTS), installs(DEFAULTS)).slice(0, 2))).toEqual([]);
    expect(found(...boots(writes, writes).slice(0, 2))).toEqual(['T5']);
    expect(found(...boots(writes, writes))).toEqual([]);
  });
  test('is a race when nobody has seen what they do with that of the other', () => {
    expect(found(...boots(installs(DEFAULTS), installs(DEFAULTS)).slice(2))).toEqual(['T5']);
  });
  test('is a race when who finds it does less', () => {
    const more: Does = (script) => script.write(`/run/${script.pid === 100 ? 'a' : 'b'}.first`, true);
    expect(found(...boots(installs(DEFAULTS, more), installs(DEFAULTS, more)))).toEqual(['T5']);
  });
  test('is a race when who misses it goes without', () => {
    const [ab, ba, both] = boots(installs(DEFAULTS), installs(DEFAULTS)) as [Two, Two, Two];
    const without: Two = (a, b) => void [a.look(FILE, errno.ENOENT).exit(), installs(DEFAULTS)(b).exit()];
    expect(found(ab, ba, both, without)).toEqual(['T5']);
  });
  test('is a race when it is written in place', () => {
    const inPlace: Does = (script) =>
      script
        .look(FILE, errno.ENOENT)
        .run('cp', (cp) => void cp.copy(DEFAULTS, FILE))
        .read(FILE);
    expect(found(...boots(inPlace, inPlace))).toEqual(['T5']);
  });
  test('is a race when one takes it away again', () => {
    const undoes: Does = (script) => installs(DEFAULTS)(script).unlink(FILE);
    expect(found(...boots(undoes, installs(DEFAULTS)))).not.toEqual([]);
  });
});
