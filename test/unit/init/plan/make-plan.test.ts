import { describe, expect, test } from 'vitest';
import { formatFinding } from '../../../../src/init/plan/finding.ts';
import { makePlan, stepOf } from '../../../../src/init/plan/make-plan.ts';
import { planRows } from '../../../../src/init/plan/plan-rows.ts';
import { planInput, tiersOf } from './headers.ts';

type Headers = Readonly<Record<string, readonly string[]>>;
const findingsOf = (headers: Headers, rule: string) => makePlan(planInput(headers)).findings.filter((each) => each.rule === rule);

/** The rules of insserv(8), each with the smallest set of headers that shows it. */
const starts: readonly (readonly [string, Headers, string])[] = [
  ['nobody waits', { b: [], a: [] }, 'a b'],
  ['Required-Start', { a: ['Required-Start: b'], b: [] }, 'b | a'],
  ['Required-Start of two', { a: ['Required-Start: b c'], b: ['Required-Start: c'], c: [] }, 'c | b | a'],
  ['Should-Start of what is there', { a: ['Should-Start: b'], b: [] }, 'b | a'],
  ['Should-Start of what is not', { a: ['Should-Start: nobody'], b: [] }, 'a b'],
  ['X-Start-Before', { a: [], b: ['X-Start-Before: a'] }, 'b | a'],
  ['X-Start-Before of what is not', { a: ['X-Start-Before: nobody'] }, 'a'],
  ['a name of Provides that is not the name of the script', { a: ['Required-Start: mta'], exim: ['Provides: exim mta'] }, 'exim | a'],
  ['two that provide the same: both first', { a: ['Required-Start: mta'], x: ['Provides: mta'], y: ['Provides: mta'] }, 'x y | a'],
  ['itself', { a: ['Provides: a b', 'Required-Start: b'] }, 'a'],
  ['a facility', { a: ['Required-Start: $syslog'], rsyslog: [] }, 'rsyslog | a'],
  ['a facility in a facility', { a: ['Required-Start: $remote_fs'], mountall: [] }, 'mountall | a'],
  ['a facility whose optional members are not there', { a: ['Required-Start: $network'] }, 'a'],
  ['X-Start-Before a facility', { a: ['X-Start-Before: $network'], networking: [] }, 'a | networking'],
  ['$null', { a: ['Required-Start: $null'] }, 'a'],
  ['$all is last', { a: ['Required-Start: $all'], b: [], c: ['Required-Start: b'] }, 'b | c | a'],
  ['$all of two: together', { a: ['Required-Start: $all'], z: ['Should-Start: $all'], b: [] }, 'b | a z'],
  ['who needs a script with $all is behind it', { a: ['Required-Start: $all'], b: [], c: ['Required-Start: a'] }, 'b | a | c'],
  ['X-Start-Before $all is first', { z: ['X-Start-Before: $all'], b: [], c: ['Required-Start: b'] }, 'z | b | c'],
  ['X-Interactive is alone', { a: [], b: ['X-Interactive: true'], c: [] }, 'a c | b'],
  ['<interactive> of insserv.conf is alone', { a: [], x: ['Provides: keymap'], c: [] }, 'a c | x'],
  [
    'the interactive script many wait behind is first',
    { a: [], b: ['X-Interactive: true'], c: ['Required-Start: b'], d: ['Required-Start: c'] },
    'b | a c | d',
  ],
  ['two interactive scripts are two tiers', { a: ['X-Interactive: true'], b: ['X-Interactive: true'] }, 'a | b'],
  [
    'of two equals the one that saves a tier goes first',
    { a: [], c: ['Required-Start: a', 'X-Interactive: true'], b: ['X-Interactive: true'], d: ['Required-Start: b'] },
    'b | a d | c',
  ],
  ['a need of rcS.d is met', { a: ['Required-Start: early'], early: ['Default-Start: S'] }, 'a'],
];

const stops: readonly (readonly [string, Headers, string])[] = [
  ['Required-Stop: what I need stops after me', { a: ['Required-Stop: b'], b: [] }, 'a | b'],
  ['Should-Stop of what is not there', { a: ['Should-Stop: nobody'] }, 'a'],
  ['Should-Stop', { a: ['Should-Stop: b'], b: [] }, 'a | b'],
  ['X-Stop-After', { a: ['X-Stop-After: b'], b: [] }, 'b | a'],
  ['Required-Stop: $all is first', { z: ['Required-Stop: $all'], b: ['Required-Stop: c'], c: [] }, 'z | b | c'],
  ['X-Stop-After: $all is last', { a: ['X-Stop-After: $all'], b: ['Required-Stop: c'], c: [] }, 'b | c | a'],
  ['a facility', { a: ['Required-Stop: $remote_fs'], sendsigs: ['Default-Start:', 'Default-Stop: 0 6'] }, 'a | sendsigs'],
  ['interactive scripts stop with the others', { a: ['X-Interactive: true'], b: [] }, 'a b'],
];

const show = (tiers: readonly (readonly string[])[] | undefined) => tiers?.map((tier) => tier.join(' ')).join(' | ');

describe('makePlan', () => {
  test.each(starts)('start: %s', (_, headers, order) => {
    expect(show(tiersOf(planInput(headers)))).toBe(order);
  });
  test.each(stops)('stop: %s', (_, headers, order) => {
    expect(show(tiersOf(planInput(headers), 'stop'))).toBe(order);
  });
  test('says why a script is where it is', () => {
    const { plan } = makePlan(planInput({ ssh: ['Required-Start: $syslog', 'X-Health-Check: ssh-banner:22'], rsyslog: [] }));
    expect(plan && planRows(plan).filter(({ name, tier }) => name === 'ssh' && tier.startsWith('rc'))).toEqual([
      {
        tier: 'rc2-5.d/S20',
        name: 'ssh',
        levels: '2345',
        why: 'after rsyslog (Required-Start: $syslog)',
        after: ['rsyslog'],
        health: ['ssh-banner:22'],
        interactive: false,
      },
    ]);
  });
  test.each([
    [9, 10],
    [10, 5],
    [19, 5],
    [20, 2],
    [49, 2],
    [50, 1],
    [99, 1],
  ])('%i tiers are numbered in steps of %i', (tiers, step) => {
    expect(stepOf(tiers)).toBe(step);
  });
  test('a hundred tiers are refused: a number has two digits', () => {
    const chain = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`s${i}`, i === 0 ? [] : [`Required-Start: s${i - 1}`]]));
    const { plan, findings } = makePlan(planInput(chain));
    expect(plan).toBeUndefined();
    expect(findings.filter(({ rule }) => rule === 'too-many-tiers').map(({ script }) => script)).toEqual(['s99']);
  });
});

describe('the lint', () => {
  test('a cycle has its whole path, the line of each edge, and the softest edge to give up', () => {
    const headers = { a: ['Required-Start: b'], b: ['Required-Start: c'], c: ['Should-Start: a'], d: ['Required-Start: a'] };
    const { plan, findings } = makePlan(planInput(headers));
    expect(plan).toBeUndefined();
    expect(findings.filter(({ rule }) => rule === 'cycle').map(formatFinding)).toEqual([
      [
        '/etc/init.d/c:6: error: cycle: no order to start in: a → b → c → a; mend: take a out in Should-Start of c',
        '    a waits for b: /etc/init.d/a:6: Required-Start: b',
        '    b waits for c: /etc/init.d/b:6: Required-Start: c',
        '    c waits for a: /etc/init.d/c:6: Should-Start: a',
      ].join('\n'),
    ]);
  });
  test('two cycles are two findings', () => {
    const headers = { a: ['Required-Start: b'], b: ['Required-Start: a'], c: ['Required-Start: d a'], d: ['Required-Start: c'] };
    expect(findingsOf(headers, 'cycle').map(({ message }) => message)).toEqual([
      'no order to start in: a → b → a',
      'no order to start in: c → d → c',
    ]);
  });
  test.each([
    ['a Required-Start nobody provides', { a: ['Required-Start: x'] }, 'missing-provider', 'error'],
    ['a Required-Stop nobody provides', { a: ['Required-Stop: x'] }, 'missing-provider', 'warning'],
    ['two providers', { a: ['Provides: m'], b: ['Provides: m'] }, 'duplicate-provider', 'error'],
    ['a facility no file defines', { a: ['Required-Start: $nothing'] }, 'unknown-facility', 'error'],
    ['a wanted facility no file defines', { a: ['Should-Start: $nothing'] }, 'unknown-facility', 'warning'],
    ['an early script that needs a late one', { a: ['Default-Start: S', 'Required-Start: b'], b: [] }, 'later-level', 'error'],
    ['an early script that wants a late one', { a: ['Default-Start: S', 'Should-Start: b'], b: [] }, 'later-level', 'warning'],
    ['a late script before an early one', { a: ['X-Start-Before: b'], b: ['Default-Start: S'] }, 'later-level', 'warning'],
    ['a need that is not started', { a: ['Required-Start: b'], b: ['Default-Start:'] }, 'not-started', 'error'],
    ['a need that is not started at each level', { a: ['Required-Start: b'], b: ['Default-Start: 2 3'] }, 'not-started', 'error'],
    ['$all', { a: ['Required-Start: $all'] }, 'all', 'warning'],
    ['an interactive script', { a: ['X-Interactive: true'] }, 'interactive', 'warning'],
    ['no stop', { a: ['Default-Stop:'] }, 'no-stop', 'warning'],
  ] as const)('%s', (_, headers, rule, severity) => {
    const found = findingsOf(headers, rule);
    expect(found.map((each) => each.severity)).toEqual([severity]);
    expect(found[0]?.mend).not.toBe('');
    expect(found[0]?.line).toBeGreaterThan(2);
  });
  test('a name that is a file, not a facility, is told what the file provides', () => {
    const headers = { a: ['Required-Start: hwclock.sh'], 'hwclock.sh': ['Provides: hwclock'] };
    expect(findingsOf(headers, 'missing-provider')[0]?.mend).toBe('write hwclock, which hwclock.sh provides');
  });
  test('clean headers have nothing said about them', () => {
    expect(makePlan(planInput({ a: ['Required-Start: $syslog', 'Required-Stop: $syslog'], rsyslog: [] })).findings).toEqual([]);
  });
});
