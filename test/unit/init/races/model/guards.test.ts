import { describe, expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import { type Actor, boot, errno } from './boot.ts';

type Does = (script: Actor) => Actor;
const { EEXIST } = errno;
const nothing: Does = (script) => script;
const DIGESTS = new Map([
  [1, 'a:11'],
  [2, 'a:12'],
]);

/** Each is the first once. `digests`: of the two recordings. */
const found = (work: readonly [Does, Does], loses: Does = nothing, digests = [DIGESTS, DIGESTS], ends: Does = nothing) => {
  const traces = [0, 1].map((first) => ({
    ...boot((begin) => {
      const scripts = [begin('t1', 'a'), begin('t1', 'b')];
      const once = (index: number): void => {
        const script = scripts[index] as Actor;
        const won = index === first;
        script.run('mkdir', (mkdir) => void mkdir.mkdir('/run/once', won ? 0 : EEXIST));
        if (won) work[index]?.(script);
        else loses(script);
        ends(script.write(`/run/${'ab'[index]}.state`, true)).exit();
      };
      once(first);
      once(1 - first);
    }),
    digests: digests[first] ?? new Map<number, string>(),
  }));
  return analyse(traces).findings.map(({ type, witnesses }) => `${type} ${witnesses.map(({ object }) => object).join(', ')}`);
};
const index =
  (content = 1): Does =>
  (script) =>
    script.put('/var/index.new', content).run('mv', (mv) => void mv.rename('/var/index.new', '/var/index'));
const ONCE = ['T4 name /run/once'];

describe('what only the first one does', () => {
  test('is done by either just so, and by both in no boot', () => {
    expect(found([index(), index()])).toEqual([]);
  });
  test('is a race when each does it in its own way', () => {
    expect(found([index(1), index(2)])).toEqual(ONCE);
    expect(found([index(), (script) => script.put('/var/other', 1)])).toEqual(ONCE);
    expect(found([index(), nothing])).toEqual(ONCE);
  });
  test('counts also where it leaves no file', () => {
    const mounts =
      (path: string): Does =>
      (script) =>
        script.call('mount', { path, detail: 'tmpfs' });
    expect(found([mounts('/srv/a'), mounts('/srv/a')])).toEqual([]);
    expect(found([mounts('/srv/a'), mounts('/srv/b')])).toEqual(ONCE);
  });
  test('is a race when each does it by files of its own, though the same came of it', () => {
    const from =
      (file: string): Does =>
      (script) =>
        index()(script.read(file));
    expect(found([from('/etc/words'), from('/etc/words')])).toEqual([]);
    expect(found([from('/etc/words.a'), from('/etc/words.b')])).toEqual(ONCE);
  });
  test('is a race when nobody knows that it is the same', () => {
    expect(found([index(), index()], nothing, [])).toEqual(ONCE);
    expect(found([index(), index()], nothing, [DIGESTS, new Map([[1, 'b:11']])])).toEqual(ONCE);
    expect(found([index(), index()], nothing, [DIGESTS, new Map([[1, 'a:13']])])).toEqual(ONCE);
  });
  test('is minded by who uses what comes of it at once', () => {
    expect(found([index(), index()], (script) => script.read('/var/index')).join()).toContain('contents of /var/index');
  });
  test('is minded by who is refused, and ends', () => {
    const traces = [0, 1].map((first) => ({
      ...boot((begin) => {
        for (const index of [first, 1 - first]) {
          const script = begin('t1', 'ab'[index] ?? '');
          script.run('mkdir', (mkdir) => void mkdir.mkdir('/run/once', index === first ? 0 : EEXIST));
          if (index === first) script.write(`/run/${'ab'[index]}.state`, true);
          script.exit();
        }
      }),
      digests: DIGESTS,
    }));
    expect(analyse(traces).findings.map(({ type }) => type)).toEqual(['T4']);
  });
  test('is a race when the name is free again', () => {
    expect(found([index(), index()], nothing, undefined, (script) => script.call('rmdir', { path: '/run/once' }))).not.toEqual([]);
  });
});
