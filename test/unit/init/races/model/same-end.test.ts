import { describe, expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import { type Actor, boot, errno } from './boot.ts';

type Does = (script: Actor) => unknown;
/** In the first boot a is first, in the second one b. */
const found = (...boots: readonly (readonly [a: Does, b: Does, isBFirst?: boolean])[]) => [
  ...new Set(
    analyse(
      boots.map(([a, b, isBFirst]) =>
        boot((begin) => {
          const [one, other] = [begin('t1', 'a'), begin('t1', 'b')];
          for (const each of isBFirst ? [() => b(other), () => a(one)] : [() => a(one), () => b(other)]) each();
        }),
      ),
    ).findings.map(({ type }) => type),
  ),
];

describe('a mark that two take away', () => {
  const MARK = '/var/lib/app/unclean';
  const removes =
    (next: Does = () => undefined): Does =>
    (script) => {
      script.run('rm', (rm) => void rm.look(MARK).unlink(MARK));
      next(script.run('date', (date) => void date.write(`/run/${script.pid % 2}.since`)));
    };
  const finds =
    (next: Does = () => undefined): Does =>
    (script) => {
      script.run('rm', (rm) => void rm.look(MARK, errno.ENOENT).unlink(MARK, errno.ENOENT));
      next(script.run('date', (date) => void date.write(`/run/${script.pid % 2}.since`)));
    };
  test('is gone, whoever is first', () => {
    expect(found([removes(), finds()], [finds(), removes(), true])).toEqual([]);
  });
  test('is a race when it is not known what they do without it', () => {
    expect(found([removes(), finds()])).toEqual(['T2']);
  });
  test('is a race when who takes it away does something that the other one does not', () => {
    const works: Does = (script) => script.write('/var/lib/app/checked', true);
    expect(found([removes(works), finds()], [finds(), removes(works), true])).toContain('T2');
  });
  test('is a race when somebody asks whether it is there', () => {
    const asks =
      (does: Does, result?: number): Does =>
      (script) =>
        does(script.look(MARK, result));
    expect(found([asks(removes()), asks(finds(), errno.ENOENT)], [asks(finds(), errno.ENOENT), asks(removes()), true])).not.toEqual([]);
  });
  test('is a race when one of them makes it', () => {
    const makes =
      (does: Does): Does =>
      (script) =>
        does(script.write(MARK));
    expect(found([makes(removes()), finds()], [makes(removes()), removes(), true])).not.toEqual([]);
  });
});

describe('a link that two see to', () => {
  const LINK = '/run/calendar';
  const makes =
    (toPath = '/usr/share/2026'): Does =>
    (script) =>
      script.run('ln', (ln) => void ln.call('symlink', { path: LINK, toPath })).look(LINK);
  const replaces =
    (toPath = '/usr/share/2026'): Does =>
    (script) => {
      const own = `/run/Cu${script.pid}`;
      script.run('ln', (ln) => {
        ln.call('symlink', { path: LINK, toPath, result: errno.EEXIST });
        ln.call('symlink', { path: own, toPath }).rename(own, LINK);
      });
      return script.look(LINK);
    };
  test('is the same from either, and never away', () => {
    expect(found([makes(), replaces()], [replaces(), makes(), true])).toEqual([]);
  });
  test('is a race when it leads elsewhere', () => {
    const other = '/usr/share/2027';
    expect(found([makes(), replaces(other)], [replaces(), makes(other), true])).toContain('T4');
  });
  test('is a race when one of them was never refused, or gave up then', () => {
    expect(found([makes(), replaces()])).toContain('T4');
    const givesUp: Does = (script) =>
      script.run('ln', (ln) => void ln.call('symlink', { path: LINK, toPath: '/usr/share/2026', result: errno.EEXIST }));
    expect(found([makes(), givesUp], [replaces(), makes(), true])).toContain('T4');
  });
  test('is a race when one of them takes it away first', () => {
    const remakes: Does = (script) => makes()(script.run('rm', (rm) => void rm.look(LINK).unlink(LINK)));
    expect(found([makes(), remakes], [replaces(), makes(), true])).not.toEqual([]);
  });
});
