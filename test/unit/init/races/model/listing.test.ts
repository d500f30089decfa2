import { describe, expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import { type Actor, boot } from './boot.ts';

type Two = (lister: Actor, maker: Actor) => void;
const found = (...boots: readonly Two[]) =>
  analyse(boots.map((two) => boot((begin) => two(begin('t1', 'lister'), begin('t1', 'maker'))))).findings.map(({ type }) => type);

const lists = (script: Actor): Actor =>
  script.call('open', { path: '/etc/x.d', flags: 0o200000, result: 3 }).call('list', { fd: 3, result: 96 }).call('close', { fd: 3 });
/** `for each in *.conf` */
const picks = (script: Actor): Actor => lists(script).read('/etc/x.d/a.conf');
const makes = (script: Actor): Actor => script.write('/etc/x.d/state', true);

const before: Two = (lister, maker) => void [makes(maker), picks(lister)];
const after: Two = (lister, maker) => void [picks(lister), makes(maker)];

describe('a listing', () => {
  test('that has seen the name and leaves it alone is no race', () => {
    expect(found(before)).toEqual([]);
  });
  test('of one boot speaks for the others', () => {
    expect(found(after, before)).toEqual([]);
  });
  test('that never saw the name says nothing of it', () => {
    expect(found(after)).toEqual(['T1']);
  });
  test('whose names are not used says nothing: they may be counted', () => {
    expect(found((lister, maker) => void [makes(maker), lists(lister)])).toEqual(['T1']);
  });
  test('of a name that was gone again says nothing', () => {
    expect(found((lister, maker) => void [makes(maker).unlink('/etc/x.d/state'), picks(lister)])).not.toEqual([]);
  });
  test('that uses the name in one boot is a race in all', () => {
    const uses: Two = (lister, maker) => void [makes(maker), picks(lister).read('/etc/x.d/state')];
    expect(found(before, uses)).not.toEqual([]);
  });
});
