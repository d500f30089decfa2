import { describe, expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import { type Actor, boot } from './boot.ts';

type Two = (a: Actor, b: Actor) => void;
const found = (two: Two) =>
  analyse([boot((begin) => two(begin('t1', 'a'), begin('t1', 'b')))]).findings.flatMap(({ witnesses }) =>
    witnesses.map(({ type, object }) => `${type} ${object}`),
  );

describe('a directory that is listed', () => {
  const lists = (script: Actor): Actor =>
    script.call('open', { path: '/srv/in', flags: 0o200000, result: 5 }).call('list', { fd: 5, result: 96 }).call('close', { fd: 5 });
  const watches = (script: Actor): Actor => script.call('watch', { path: '/srv/in', result: 1 });
  const puts = (script: Actor): Actor => script.write('/srv/in/page', true);

  test('after it is watched misses nothing', () => {
    expect(found((a, b) => void [lists(watches(a)).exit(), puts(b).exit()])).toEqual([]);
  });
  test('before it is watched, or without, may be too early: T9, T1', () => {
    expect(found((a, b) => void [watches(lists(a)).exit(), puts(b).exit()])).toContain('T9 changes below /srv/in');
    expect(found((a, b) => void [lists(a).exit(), puts(b).exit()])).toContain('T1 names in /srv/in');
  });
  test('only when it is told of a change is not seen as it was before: T9', () => {
    const told: Two = (a, b) => {
      watches(a);
      puts(b).exit();
      lists(a).exit();
    };
    expect(found(told)).toEqual(['T9 changes below /srv/in']);
    const taken: Two = (a, b) => {
      watches(a);
      puts(b).exit();
      a.look('/srv/in/page').unlink('/srv/in/page').exit();
    };
    expect(found(taken)).toContain('T9 changes below /srv/in');
  });
  test('when it is told, and was of its own accord, has been seen as it was', () => {
    const both: Two = (a, b) => {
      lists(watches(a));
      puts(b).exit();
      lists(a).unlink('/srv/in/page').exit();
    };
    expect(found(both)).toEqual([]);
  });
});
