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
