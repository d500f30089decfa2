import { describe, expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import { type Actor, boot, errno } from './boot.ts';

type Two = (a: Actor, b: Actor) => void;
const found = (...traces: Parameters<typeof analyse>[0]) =>
  analyse(traces).findings.map(({ type, scripts, witnesses }) => `${type} ${scripts.join(' ')}: ${witnesses[0]?.object}`);
const sameTier = (two: Two) => found(boot((begin) => two(begin('t1', 'a'), begin('t1', 'b'))));
const TOLD = ['T9 a b: process ad'];

/** `pkill -USR1 -x ad`, which finds nobody. */
const seeks = (script: Actor, program = 'pkill', does = (_: Actor): void => {}): Actor =>
  script.run(program, (tool) => {
    tool.call('open', { path: '/proc', flags: 0o200000, result: 3 }).call('list', { fd: 3, result: 0 });
    does(tool);
  });
/** `ad &`, which handles the signal. */
const starts = (script: Actor, signal = 10): Actor => script.fork().exec('/usr/sbin/ad').call('handle', { target: signal });

describe('a signal by name that finds nobody', () => {
  test('was for the daemon that begins later, or is not ready: T9', () => {
    expect(sameTier((a, b) => void [seeks(b).exit(), starts(a), a.exit()])).toEqual(TOLD);
    expect(sameTier((a, b) => void [starts(a), a.exit(), seeks(b, 'killall').exit()])).toEqual(TOLD);
  });
  test('was for nobody when no daemon waits for news, or stays', () => {
    expect(sameTier((a, b) => void [seeks(b).exit(), starts(a, 17), a.exit()])).toEqual([]);
    expect(sameTier((a, b) => void [seeks(b).exit(), starts(a).exit(), a.exit()])).toEqual([]);
  });
  test('was for an older one of its own, which it begins anew', () => {
    expect(sameTier((a, b) => void [starts(seeks(b), 1), b.exit(), starts(a), a.exit()])).toEqual([]);
  });
  test('was not for a daemon of an earlier tier', () => {
    const trace = boot((begin) => {
      const a = begin('t1', 'a');
      starts(a);
      a.exit();
      seeks(begin('t2', 'b')).exit();
    });
    expect(found(trace)).toEqual([]);
  });
  test('is none where the tool has sent one, or does not look for processes', () => {
    const other = (target: number) => (tool: Actor) => void tool.call('kill', { target, flags: 10, result: errno.ESRCH });
    expect(sameTier((a, b) => void [seeks(b, 'pkill', other(7)).exit(), starts(a), a.exit()])).toEqual([]);
    expect(sameTier((a, b) => void [seeks(b, 'ps').exit(), starts(a), a.exit()])).toEqual([]);
  });
  test('was for nobody else than who was found in another boot', () => {
    const bystander = (script: Actor) => void script.fork().exec('/usr/sbin/cd').call('handle', { target: 10 });
    const missing = boot((begin) => {
      const [a, b, c] = [begin('t1', 'a'), begin('t1', 'b'), begin('t1', 'c')];
      seeks(b).exit();
      starts(a);
      bystander(c);
    });
    const finding = boot((begin) => {
      const [a, b, c] = [begin('t1', 'a'), begin('t1', 'b'), begin('t1', 'c')];
      const { pid } = starts(a);
      bystander(c);
      seeks(b, 'pkill', (tool) => void tool.call('kill', { target: pid, flags: 10 })).exit();
    });
    expect(found(missing).toSorted()).toEqual(['T9 a b: process ad', 'T9 c b: process cd']);
    expect(found(missing, finding)).toEqual(['T9 a b: process ad']);
  });
  test('weighs less than one that was seen', () => {
    const [missed] = analyse([boot((begin) => void [seeks(begin('t1', 'b')).exit(), starts(begin('t1', 'a'))])]).findings;
    const [seen] = analyse([
      boot((begin) => {
        const [a, b] = [begin('t1', 'a'), begin('t1', 'b')];
        b.call('kill', { target: starts(a).pid, flags: 10 });
      }),
    ]).findings;
    expect(missed?.score).toBeLessThan(seen?.score ?? 0);
  });
});
