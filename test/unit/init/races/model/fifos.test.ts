import { describe, expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import { openFifos } from '../../../../../src/init/races/model/fifos.ts';
import type { Call } from '../../../../../src/init/races/trace/trace.ts';
import { type Actor, boot } from './boot.ts';

type Two = (a: Actor, b: Actor) => void;
const found = (two: Two) =>
  analyse([boot((begin) => two(begin('t1', 'a'), begin('t1', 'b')))]).findings.map(({ type, scripts }) => `${type} ${scripts.join(' ')}`);

const FIFO = '/run/bell';
const INODE = '0:21:9';
const RDONLY = 0;
const WRONLY = 1;
const RDWR = 2;
const NONBLOCK = 0o4000;
const ENXIO = -6;

const open = (script: Actor, flags: number, result = 8): Actor =>
  script.call('open', { path: FIFO, flags, result, ...(result >= 0 && { inode: INODE }) });
const makes = (script: Actor): Actor => script.call('mknod', { path: FIFO, detail: 'fifo' });
const writes = (script: Actor): Actor => script.call('write', { fd: 8, result: 5 }).call('pipe-write', { inode: INODE });

describe('a FIFO', () => {
  test('is read too late for one that does not wait: T9', () => {
    const early: Two = (a, b) =>
      void [open(b, WRONLY | NONBLOCK, ENXIO).exit(), open(a, RDWR).call('pipe-read', { inode: INODE, result: 5 }).exit()];
    const late: Two = (a, b) => void [open(a, RDWR), writes(open(b, WRONLY | NONBLOCK)).exit()];
    expect(found(early)).toEqual(['T9 a b']);
    expect(found(late)).toEqual(['T9 a b']);
  });
  test('is read in time for one that waits', () => {
    expect(found((a, b) => void [open(a, RDWR), writes(open(b, WRONLY)).exit()])).toEqual([]);
  });
  test('keeps nothing: who reads it reads no contents', () => {
    const shell = WRONLY | 0o1000;
    expect(
      found((a, b) => void [writes(open(a, shell)).exit(), open(b, RDONLY).call('pipe-read', { inode: INODE, result: 5 }).exit()]),
    ).toEqual([]);
  });
  test('that one makes and both open is a race for the other: T1', () => {
    expect(found((a, b) => void [writes(open(makes(a), WRONLY)).exit(), open(b, RDONLY).exit()])).toEqual(['T1 a b']);
  });
  test('is where who waits goes on behind who comes: what was written before is there', () => {
    const meet =
      (flags: number): Two =>
      (a, b) => {
        open(a.write('/run/tape', true), WRONLY);
        open(b, flags).read('/run/tape').exit();
        writes(a).exit();
      };
    expect(found(meet(RDONLY))).toEqual([]);
    expect(found(meet(RDONLY | NONBLOCK))).toEqual(['T1 a b']);
  });
});

describe('openFifos()', () => {
  const call = (tid: number, flags: number, atUs: number, endUs: number): Call => ({
    kind: 'call',
    call: 'open',
    comm: 'x',
    result: 3,
    tid,
    flags,
    atUs,
    endUs,
    inode: INODE,
  });
  const written: Call = { kind: 'call', call: 'pipe-write', comm: 'x', result: 1, tid: 1, atUs: 99, endUs: 99, inode: INODE };
  const meetings = (...opens: readonly Call[]) =>
    [...openFifos([...opens, written]).meetings].map(([waiter, other]) => [waiter.tid, other.tid]);

  test('lets both ends wait for each other', () => {
    expect(meetings(call(1, WRONLY, 1, 9), call(2, RDONLY, 8, 9))).toEqual([
      [1, 2],
      [2, 1],
    ]);
  });
  test('is sure of nobody when several came', () => {
    expect(meetings(call(1, WRONLY, 1, 9), call(3, WRONLY, 2, 9), call(2, RDONLY, 8, 9))).toEqual([
      [1, 2],
      [3, 2],
    ]);
  });
  test('knows that who opens both ends waits for nobody, and is waited for', () => {
    expect(meetings(call(1, RDWR, 1, 2), call(2, WRONLY, 3, 4))).toEqual([[2, 1]]);
  });
  test('asks only who came before the open was over', () => {
    expect(meetings(call(2, RDONLY, 3, 4), call(1, RDWR, 1, 2), call(5, RDWR, 7, 8))).toEqual([[2, 1]]);
  });
});
