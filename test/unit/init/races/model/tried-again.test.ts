import { describe, expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import { type Actor, boot, errno } from './boot.ts';

type Two = (a: Actor, b: Actor) => void;
const found = (two: Two) =>
  analyse([boot((begin) => two(begin('t1', 'a'), begin('t1', 'b')))]).findings.map(({ type, scripts }) => `${type} ${scripts.join(' ')}`);

/** A program that makes its directory whenever it runs. */
const makes = (script: Actor, result = errno.EEXIST as number, comm = 'ifquery'): Actor =>
  script.run(comm, (program) => void program.mkdir('/run/network', result));

describe('a directory that was tried to be made again', () => {
  test('is minded by nobody who found it there and tried again', () => {
    expect(found((a, b) => void [makes(makes(makes(a, 0))), makes(makes(b))])).toEqual([]);
  });
  test('is a race of who tried once', () => {
    expect(found((a, b) => void [makes(makes(makes(a, 0))), makes(b)])).toEqual(['T4 a b']);
    expect(found((a, b) => void [makes(a, 0), makes(makes(b))])).toEqual(['T4 a b']);
  });
  test('is a race of who tried again with another program', () => {
    expect(found((a, b) => void [makes(makes(makes(a, 0))), makes(makes(b), errno.EEXIST, 'mkdir')])).toEqual(['T4 a b']);
  });
  test('is a lock where somebody takes it away', () => {
    const takes: Two = (a, b) => {
      makes(makes(makes(a, 0)));
      makes(makes(b));
      a.call('rmdir', { path: '/run/network' });
    };
    expect(found(takes)).not.toEqual([]);
  });
  test('is no link: whose it is can be told', () => {
    const links = (script: Actor, toPath: string, result: number): Actor =>
      script.run('ln', (ln) => void ln.call('symlink', { path: '/run/l', toPath, result }));
    const { EEXIST } = errno;
    expect(
      found((a, b) => void [links(links(links(a, 'a', 0), 'a', EEXIST), 'a', EEXIST), links(links(b, 'b', EEXIST), 'b', EEXIST)]),
    ).toEqual(['T4 a b']);
  });
});
