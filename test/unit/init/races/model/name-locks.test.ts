import { describe, expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import { type Actor, boot, errno } from './boot.ts';

type Two = (a: Actor, b: Actor) => void;
const found = (two: Two) =>
  analyse([boot((begin) => two(begin('t1', 'a'), begin('t1', 'b')))]).findings.flatMap(({ witnesses }) =>
    witnesses.map(({ type, object }) => `${type} ${object}`),
  );

const LOCK = '/run/lock/doors';
const LIST = '/var/lib/doors';

const takes = (script: Actor, result = 0): Actor => script.run('mkdir', (mkdir) => void mkdir.mkdir(LOCK, result));
const frees = (script: Actor): Actor => script.run('rmdir', (rmdir) => void rmdir.call('rmdir', { path: LOCK }));
/** `until mkdir …; do sleep 1; done` */
const waits = (script: Actor): Actor => takes(takes(script, errno.EEXIST).run('sleep', (sleep) => void sleep.sleep()));
/** `sort list >list.new; mv list.new list` */
const sorts = (script: Actor): Actor =>
  script.run('sort', (sort) => void sort.read(LIST).write(`${LIST}.new`, true)).run('mv', (mv) => void mv.rename(`${LIST}.new`, LIST));

/** One after the other, each having tried while the other had it. */
const inTurn =
  (does: (script: Actor) => Actor): Two =>
  (a, b) => {
    takes(a);
    takes(b, errno.EEXIST).run('sleep', (sleep) => void sleep.sleep());
    frees(does(a)).exit();
    frees(does(takes(b))).exit();
  };

describe('a directory that is made as a lock', () => {
  test('covers all that is done while it is there, also under one temporary name', () => {
    expect(found(inTurn(sorts))).toEqual([]);
  });
  test('covers nothing when one changes the list without it', () => {
    const two: Two = (a, b) => void [frees(sorts(takes(a))).exit(), sorts(b).exit()];
    expect(found(two)).toContain(`T4 name ${LIST}.new`);
  });
  test('covers nothing that is done before and after', () => {
    expect(found((a, b) => void [sorts(frees(takes(a))).exit(), sorts(frees(waits(b))).exit()])).toContain(`T4 name ${LIST}.new`);
    expect(found((a, b) => void [frees(takes(sorts(a))).exit(), frees(waits(sorts(b))).exit()])).toContain(`T4 name ${LIST}.new`);
  });
  test('covers nothing that goes on in the background', () => {
    const left =
      (isBefore: boolean): Two =>
      (a, b) => {
        for (const script of [a, b]) {
          const before = isBefore ? script.fork('worker') : undefined;
          takes(script);
          const child = before ?? script.fork('worker');
          sorts(child);
          frees(script).exit();
          child.exit();
        }
      };
    expect(found(left(true))).toContain(`T4 name ${LIST}.new`);
    expect(found(left(false))).toContain(`T4 name ${LIST}.new`);
  });
  test('is no lock when others take it away', () => {
    const two: Two = (a, b) => {
      sorts(takes(a));
      frees(b);
      frees(sorts(takes(b))).exit();
      frees(takes(a)).exit();
    };
    expect(found(two)).not.toEqual([]);
  });
  test('is itself a race of who does not wait: T4', () => {
    const two: Two = (a, b) => {
      takes(a);
      takes(b, errno.EEXIST).exit();
      frees(sorts(a)).exit();
    };
    expect(found(two)).toContain(`T4 name ${LOCK}`);
  });
});
