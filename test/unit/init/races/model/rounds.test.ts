import { describe, expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import { type Actor, boot } from './boot.ts';

type Two = (a: Actor, b: Actor) => void;
const found = (...boots: readonly Two[]) =>
  analyse(boots.map((two) => boot((begin) => two(begin('t1', 'a'), begin('t1', 'b'))))).findings.map(
    ({ type, scripts }) => `${type} ${scripts.join(' ')}`,
  );

/** `grep -q up /run/link` */
const asks = (script: Actor): Actor => script.run('grep', (grep) => void grep.read('/run/link'));
const sleeps = (script: Actor): Actor => script.run('sleep', (sleep) => void sleep.sleep());
const changes = (script: Actor): Actor => script.write('/run/link', false);

const late: Two = (a, b) => {
  sleeps(asks(b));
  changes(a).exit();
  asks(b).exit();
};
const early: Two = (a, b) => {
  changes(a).exit();
  asks(b).exit();
};

describe('a question that is never refused', () => {
  test('is asked again until the answer is good: one round more where the change comes late, none where it came', () => {
    expect(found(late, early)).toEqual([]);
    expect(found(early, late)).toEqual([]);
  });
  test('is no loop when one boot alone shows two rounds: it may always sleep', () => {
    expect(found(late)).toEqual(['T1 a b']);
    const always: Two = (a, b) => {
      changes(a).exit();
      asks(sleeps(asks(b))).exit();
    };
    expect(found(late, always)).toEqual(['T1 a b']);
  });
  test('is no loop when somebody was content without', () => {
    const content: Two = (a, b) => {
      asks(b).exit();
      changes(a).exit();
    };
    expect(found(late, early, content)).toEqual(['T1 a b']);
  });
  test('is a loop in three rounds', () => {
    const long: Two = (a, b) => {
      sleeps(asks(sleeps(asks(b))));
      changes(a).exit();
      asks(b).exit();
    };
    expect(found(long)).toEqual([]);
    const past: Two = (a, b) => {
      sleeps(asks(b));
      changes(a).exit();
      asks(sleeps(asks(b))).exit();
    };
    expect(found(past, early)).toEqual(['T1 a b']);
  });
});

describe('a table of the kernel', () => {
  const MOUNTED = '/srv/pool';
  const reads = (script: Actor, table: string): Actor => script.run('grep', (grep) => void grep.read(table));
  const mounts = (script: Actor): Actor => script.call('mount', { path: MOUNTED, detail: 'tmpfs' });
  const copies = (script: Actor): Actor => script.write(`${MOUNTED}/page`, true);
  const waits =
    (table: string, rounds: number): Two =>
    (a, b) => {
      for (let round = 0; round < rounds; round += 1) sleeps(reads(b, table));
      mounts(a).exit();
      copies(reads(b, table)).exit();
    };

  test('is read until the mount is there', () => {
    expect(found(waits('/proc/mounts', 1), waits('/proc/mounts', 0))).toEqual([]);
    expect(found(waits('/proc/self/mountinfo', 2))).toEqual([]);
  });
  test('of something else says nothing of a mount', () => {
    expect(found(waits('/proc/modules', 1), waits('/proc/modules', 0))).not.toEqual([]);
    expect(found(waits('/proc/mounts', 0))).not.toEqual([]);
  });
  test('is read until somebody listens', () => {
    const listens =
      (table: string, rounds: number): Two =>
      (a, b) => {
        for (let round = 0; round < rounds; round += 1) sleeps(reads(b, table));
        a.listen('tcp:0.0.0.0:80');
        reads(b, table).connect('tcp:127.0.0.1:80').exit();
      };
    expect(found(listens('/proc/net/tcp', 1), listens('/proc/net/tcp', 0))).toEqual([]);
    expect(found(listens('/proc/net/dev', 1), listens('/proc/net/dev', 0))).not.toEqual([]);
  });
});
