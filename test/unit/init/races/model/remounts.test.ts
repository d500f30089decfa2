import { describe, expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import type { Trace } from '../../../../../src/init/races/trace/trace.ts';
import { type Actor, boot, errno } from './boot.ts';

const RDONLY = 1;
const REMOUNT = 32;
const EINVAL = -22;

type Two = (a: Actor, b: Actor) => void;
const traceOf = (two: Two): Trace => boot((begin) => two(begin('t1', 'a'), begin('t1', 'b')));
const told = (trace: Trace) =>
  analyse([trace]).findings.flatMap(({ scripts, directed, witnesses }) =>
    witnesses.map(({ type, object }) => `${type} ${object}: ${scripts.join(directed ? ' before ' : ' and ')}`),
  );
const found = (two: Two) => told(traceOf(two));

const remount = (
  script: Actor,
  path: string,
  { flags = 0, content, result = 0 }: { flags?: number; content?: number; result?: number } = {},
) => script.call('mount', { path, flags: REMOUNT | flags, result, ...(content !== undefined && { content }) });
const readOnly = { flags: RDONLY, content: 1 };
const withHead = (two: Two, readOnlyMounts: readonly string[]): Trace => {
  const trace = traceOf(two);
  return { ...trace, head: { ...trace.head, readOnly: readOnlyMounts } };
};

describe('a remount that leaves a mount as writable as it was', () => {
  const both: Two = (a, b) => void [remount(a, '/run', { content: 1 }), b.write('/run/x', true)];
  test('touches nobody who writes there, where somebody wrote before', () => {
    expect(found((a, b) => both(a.write('/run/own', true), b))).toEqual([]);
    expect(found((a, b) => both(a.mkdir('/run/own').mkdir('/run/own/more'), b))).toEqual([]);
  });
  test('touches nobody where the recording says that it was writable', () => {
    expect(told(withHead(both, ['/']))).toEqual([]);
  });
  test('says nothing of another mount: what was written there was elsewhere', () => {
    expect(found((a, b) => both(a.write('/var/own', true), b))).toEqual(['T1 read-only mount /run: a before b']);
    expect(found((a, b) => both(a.write('/dev/null'), b))).toEqual(['T1 read-only mount /run: a before b']);
  });
});

describe('a remount that makes a mount writable', () => {
  test('is before who writes there, when the recording says that nobody could', () => {
    const both: Two = (a, b) => void [remount(a, '/run'), b.write('/run/x', true)];
    expect(told(withHead(both, ['/run']))).toEqual(['T1 read-only mount /run: a before b']);
  });
  test('is before who was refused, also in what was mounted since', () => {
    const both: Two = (a, b) => {
      a.mkdir('/srv/x', errno.EEXIST).call('mount', { path: '/srv/x', detail: 'tmpfs', flags: RDONLY });
      b.call('mkdir', { path: '/srv/x/y', result: errno.EROFS });
      remount(a, '/srv/x');
    };
    expect(found(both)).toContain('T1 read-only mount /srv/x: a before b');
  });
});

describe('a remount that makes a mount read-only', () => {
  test('for a time is before who has a file open there to write, which would keep it from becoming so', () => {
    const both: Two = (a, b) => {
      remount(a.write('/run/own', true), '/run', readOnly);
      remount(a, '/run', { content: 1 });
      b.append('/run/journal', true);
    };
    expect(found(both)).toEqual(['T4 read-only mount /run: a before b']);
  });
  test('is before him when it was refused', () => {
    const both: Two = (a, b) => {
      b.append('/run/journal', true);
      remount(a, '/run', { ...readOnly, result: errno.EBUSY });
    };
    expect(found(both)).toEqual(['T4 read-only mount /run: a before b']);
  });
  test('for good is behind who writes there', () => {
    const both: Two = (a, b) => void [b.append('/run/journal', true), remount(a, '/run', readOnly)];
    expect(found(both)).toEqual(['T4 read-only mount /run: b before a']);
  });
  test('that was so before is nothing to those who only look', () => {
    const both: Two = (a, b) => void [remount(a, '/run', readOnly), b.look('/run/x'), remount(b, '/run', readOnly)];
    expect(told(withHead(both, ['/run']))).toEqual([]);
  });
});

describe('the options of a mount', () => {
  const two =
    (one: number | undefined, other: number | undefined, flags = 0): Two =>
    (a, b) => {
      remount(a.write('/run/own', true), '/run', { ...(one !== undefined && { content: one }) });
      remount(b, '/run', { flags, ...(other !== undefined && { content: other }) });
    };
  test('are those of the last one: T3', () => {
    expect(found(two(1, 2))).toEqual(['T3 options of mount /run: a and b']);
    expect(found(two(1, 1, 2))).toEqual(['T3 options of mount /run: a and b']);
    expect(found(two(undefined, undefined))).toEqual(['T3 options of mount /run: a and b']);
  });
  test('are the same, whoever is last, when both say the same', () => {
    expect(found(two(1, 1))).toEqual([]);
  });
  test('are set where something is mounted: who does it is first', () => {
    const both =
      (result: number): Two =>
      (a, b) =>
        void [a.call('mount', { path: '/srv', detail: 'tmpfs', flags: 0 }), remount(b, '/srv', { content: 1, result })];
    expect(found(both(0))).toEqual(['T6 mount /srv: a before b']);
    expect(found(both(EINVAL))).toEqual(['T6 mount /srv: a before b']);
  });
});
