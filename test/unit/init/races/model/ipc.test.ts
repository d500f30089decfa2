import { describe, expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import { type Actor, boot, errno } from './boot.ts';

type Two = (a: Actor, b: Actor) => void;
const told = (two: Two, tiers = ['rc2.d/S01', 'rc2.d/S01']) =>
  analyse([boot((begin) => two(begin(tiers[0] ?? '', 'a'), begin(tiers[1] ?? '', 'b')))]).findings.flatMap(({ scripts, witnesses }) =>
    witnesses.map(({ type, object }) => `${type} ${scripts.join(' ')} ${object}`),
  );

const [CREAT, EXCL] = [0o1000, 0o2000];
const QUEUE = 'message queue 0x4d54001b';
const get = (flags: number, result = 0, detail = QUEUE) => ({ detail, flags, result });

describe('what processes share by a key', () => {
  test('must be made before it is opened', () => {
    expect(told((a, b) => void [b.call('ipc', get(0, errno.ENOENT)), a.call('ipc', get(CREAT, 5))])).toEqual([`T1 a b ${QUEUE}`]);
    expect(told((a, b) => void [a.call('ipc', get(CREAT, 5)), b.call('ipc', get(0, 5))])).toEqual([`T1 a b ${QUEUE}`]);
  });
  test('by a daemon whose script has ended already: T7', () => {
    const late: Two = (a, b) => {
      const daemon = a.fork('meterd');
      a.exit();
      b.call('ipc', get(0, errno.ENOENT));
      daemon.call('ipc', get(CREAT, 5));
    };
    expect(told(late, ['rc2.d/S01', 'rc2.d/S02'])).toEqual([`T7 a b ${QUEUE}`]);
  });
  test('is one thing to all who make it if need be, and to one alone who must be the first', () => {
    expect(told((a, b) => void [a.call('ipc', get(CREAT, 5)), b.call('ipc', get(CREAT, 5))])).toEqual([]);
    expect(told((a, b) => void [a.call('ipc', get(CREAT | EXCL, 5)), b.call('ipc', get(CREAT | EXCL, errno.EEXIST))])).toEqual([
      `T4 a b ${QUEUE}`,
    ]);
  });
  test('is another thing by another key, of another kind, and of nobody else without a key', () => {
    const other = (detail: string) => told((a, b) => void [a.call('ipc', get(CREAT, 5)), b.call('ipc', get(0, errno.ENOENT, detail))]);
    expect(other('message queue 0x1')).toEqual([]);
    expect(other('semaphores 0x4d54001b')).toEqual([]);
    const own = get(CREAT | EXCL, 5, 'shared memory 0x0');
    expect(told((a, b) => void [a.call('ipc', own), b.call('ipc', own)])).toEqual([]);
  });
  test('is gone when it is removed by its number', () => {
    const removed: Two = (a, b) => {
      a.call('ipc', get(0, 5)).call('ipc-remove', { detail: 'message queue', target: 5 });
      b.call('ipc', get(CREAT, 6));
    };
    expect(told(removed)).toContain(`T2 a b ${QUEUE}`);
    const unknown: Two = (a, b) => void [a.call('ipc-remove', { detail: 'semaphores', target: 5 }), b.call('ipc', get(CREAT, 5))];
    expect(told(unknown)).toEqual([]);
  });
});
