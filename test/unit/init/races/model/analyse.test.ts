import { describe, expect, test } from 'vitest';
import { analyse, ruleNames, whyVoid } from '../../../../../src/init/races/model/analyse.ts';
import { bigTrace } from '../../../../../vm/bench/races/big-trace.ts';
import { boot, errno } from './boot.ts';

const twoLogs = () =>
  boot((begin) => {
    begin('rc2.d/S01', 'a').append('/var/log/x', true);
    begin('rc2.d/S01', 'b').append('/var/log/x', false);
  });

describe('analyse()', () => {
  test('counts what a rule forgives, and finds it without the rule', () => {
    const { findings, benign } = analyse([twoLogs()]);
    expect(findings).toEqual([]);
    expect(benign.find(({ rule }) => rule === 'append')?.pairs).toBe(1);
    expect(analyse([twoLogs()], { disabledRules: ['append'] }).findings.map(({ type }) => type)).toEqual(['T3']);
  });
  test('tells of every rule, with a reason', () => {
    const { benign } = analyse([twoLogs()]);
    expect(benign.map(({ rule }) => rule)).toEqual(ruleNames);
    expect(benign.filter(({ reason }) => reason === '')).toEqual([]);
  });
  test('refuses a void recording by its name', () => {
    const trace = twoLogs();
    const torn = { ...trace, head: { ...trace.head, name: 'torn', dropped: 3 } };
    expect(whyVoid(torn.head)).toBe('torn is void: 3 events were dropped');
    expect(() => analyse([torn])).toThrow(RangeError);
  });
  test('says the how-manieth call of its kind it was, and where one stands who has a lock', () => {
    const counts = boot((begin) => {
      const [a, b] = [begin('rc2.d/S01', 'a'), begin('rc2.d/S01', 'b')];
      a.read('/var/x');
      b.read('/var/x').write('/var/x', false);
      a.write('/var/x', false);
    });
    const [lost] = analyse([counts]).findings.flatMap(({ witnesses }) => witnesses);
    expect(lost).toMatchObject({ first: { script: 'b' }, second: { script: 'a', call: 'open', nth: 2 } });
    expect(lost?.first).not.toHaveProperty('nth');
    const locks = boot((begin) => {
      const a = begin('rc2.d/S01', 'a').call('open', { path: '/run/l', flags: 0o102, result: 3 }).call('lock', { fd: 3, flags: 6 });
      a.run('rules', () => undefined);
      a.exit();
      const b = begin('rc2.d/S01', 'b').call('open', { path: '/run/l', flags: 0o102, result: 3 });
      b.call('lock', { fd: 3, flags: 6, result: errno.EAGAIN }).exit();
    });
    const [taken] = analyse([locks]).findings.flatMap(({ witnesses }) => witnesses);
    expect(taken).toMatchObject({ first: { script: 'a', call: 'lock', holding: { call: 'exec', argument: '/bin/rules' } } });
  });
  test('says in words what was not seen', () => {
    const trace = twoLogs();
    const tiers = trace.head.tiers.map((tier) => ({
      ...tier,
      scripts: [...tier.scripts, { name: 'idle', path: '/x', sha256: '0', header: {} }],
    }));
    const { coverage } = analyse([{ ...trace, head: { ...trace.head, tiers, missing: ['no probe for locks'] } }]);
    expect(coverage).toContain('no probe for locks');
    expect(coverage).toContain('never ran in any recording: idle');
  });
  test('takes a large recording', () => {
    expect(analyse([bigTrace(20_000)]).findings).toEqual([]);
  });
});
