import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../../../src/init/races/report/finding.ts';
import type { Exploration } from '../../../../../src/init/races/trial/evidence.ts';
import { pidOfSeed } from '../../../../../src/init/races/trial/lottery.ts';
import { planNext } from '../../../../../src/init/races/trial/next-trials.ts';
import { passesOf, windowsOf } from '../../../../../src/init/races/trial/plan-finding.ts';
import { serialOrder } from '../../../../../src/init/races/trial/serial-order.ts';
import type { Outcome, Trial } from '../../../../../src/init/races/trial/trial.ts';
import { finding, outcome, site, witness } from './made.ts';

/** A machine as a function: what a trial ends in. */
type Machine = (trial: Trial, tier: string) => Outcome;

function explorationOf(
  findings: readonly Finding[],
  tiers: Readonly<Record<string, readonly string[]>> = { 'rc2.d/S01': ['a', 'b', 'c'] },
): Exploration {
  return {
    tiers: Object.entries(tiers).map(([name, scripts]) => ({ name, order: serialOrder(scripts, findings) })),
    preferences: findings,
  };
}

/** Runs until nothing is outstanding; gives the names of all trials, and how it ended. */
function explore(findings: readonly Finding[], machine: Machine, exploration = explorationOf(findings)) {
  const results = new Map<string, Outcome>();
  for (;;) {
    const agenda = planNext(findings, exploration, results);
    const [next] = agenda.outstanding;
    if (next === undefined) return { ...agenda, names: [...results.keys()], verdict: agenda.judgements.get(findings[0]?.id ?? '') };
    if (results.has(next.trial.name)) throw new Error(`${next.trial.name}: planned again`);
    results.set(next.trial.name, machine(next.trial, next.tier));
    if (results.size > 500) throw new Error('does not end');
  }
}

const orderOf = ({ serial = [] }: Trial): string => serial.join(' ');
/** The order of two scripts in a trial; overlapping: undefined. */
const isBefore = ({ serial = [] }: Trial, one: string, other: string): boolean => serial.indexOf(one) < serial.indexOf(other);
const windowIn = ({ holds }: Trial) => holds.find((hold) => hold.kind === 'call');

const exits = (codes: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries({ a: '0', b: '0', c: '0', ...codes }).map(([name, code]) => [`script ${name} exit`, code]));

describe('planNext()', () => {
  test('begins with one order and its exact reverse, and looks at the noise where they differ', () => {
    const findings = [finding(['b', 'a'])];
    const exploration = explorationOf(findings);
    const { outstanding, judgements } = planNext(findings, exploration, new Map());
    expect(outstanding.slice(0, 2).map(({ trial }) => [trial.name, orderOf(trial), trial.seed])).toEqual([
      ['baseline rc2.d/S01 #1', 'b a c', 8919],
      ['reverse rc2.d/S01 #1', 'c a b', 8919],
    ]);
    expect([...judgements.values()].map(({ verdict }) => verdict)).toEqual(['predicted']);
    const results = new Map([
      ['baseline rc2.d/S01 #1', outcome(exits({}))],
      ['reverse rc2.d/S01 #1', outcome(exits({ b: '1' }))],
    ]);
    const next = planNext(findings, exploration, results).outstanding.slice(0, 4);
    expect(next.map(({ trial }) => [trial.name, orderOf(trial)])).toEqual(
      [2, 3, 4, 5].map((nth) => [`baseline rc2.d/S01 #${nth}`, 'b a c']),
    );
    expect(new Set(next.map(({ trial }) => trial.seed)).size).toBe(4);
  });

  test('keeps its verdicts while other tiers are still to be tried', () => {
    const findings = [finding(['b', 'a']), finding(['c', 'd'])];
    const exploration = explorationOf(findings, { 'rc2.d/S01': ['a', 'b'], 'rc2.d/S02': ['c', 'd'] });
    const results = new Map<string, Outcome>();
    for (let left = 0; left < 8; left++) {
      const next = planNext(findings, exploration, results).outstanding.find(({ tier }) => tier === 'rc2.d/S01');
      if (next === undefined) break;
      results.set(next.trial.name, outcome(exits({ a: isBefore(next.trial, 'b', 'a') ? '0' : '1' })));
    }
    const { judgements, outstanding } = planNext(findings, exploration, results);
    expect(findings.map(({ id }) => judgements.get(id)?.verdict)).toEqual(['confirmed', 'predicted']);
    expect(outstanding.every(({ tier }) => tier === 'rc2.d/S02')).toBe(true);
  });

  test('calls what ends the same in both serial orders benign, without a trial of its own where nothing is half-way', () => {
    const looks = [witness('T1', site('a', 'bind-look', '/run/x'), site('b', 'look', '/run/x', { error: 'ENOENT' }))];
    const { names, verdict } = explore([finding(['a', 'b'], { witnesses: looks })], () => outcome(exits({})));
    expect(names).toHaveLength(2);
    expect(verdict).toMatchObject({ verdict: 'benign', trials: 2 });
  });

  test('stops who makes a thing again before it has, for T1 and T2: in either order all is well', () => {
    const relinks = [
      witness('T1', site('a', 'symlink', '/run/x'), site('b', 'open', '/run/x')),
      witness('T2', site('b', 'open', '/run/x'), site('a', 'unlink', '/run/x')),
    ];
    const machine = (trial: Trial) => outcome(exits({ b: windowIn(trial)?.call === 'symlink' ? '2' : '0' }));
    const { verdict } = explore([finding(['a', 'b'], { witnesses: relinks })], machine);
    expect(verdict).toMatchObject({ verdict: 'confirmed', badOrder: 'b while a stands at symlink /run/x' });
  });

  test('confirms what fails in one order each time, and says how to see it again', () => {
    const { verdict, names, unexplained } = explore([finding(['b', 'a'])], (trial) =>
      outcome(exits({ a: isBefore(trial, 'b', 'a') ? '0' : '1' })),
    );
    expect(verdict).toEqual({
      verdict: 'confirmed',
      goodOrder: 'b before a',
      badOrder: 'a before b',
      differences: ['script a exit: 1 instead of 0'],
      reproduce: 'a before b, one after another, seed 8919: npm run vm -- races --finding 0000000000ba',
      trials: 6,
    });
    expect(names.filter((name) => name.includes('first')).length + names.filter((name) => name.includes('second')).length).toBe(6);
    expect(unexplained).toEqual([]);
  });

  test('runs the two alone, and again with all of the tier when they need somebody else', () => {
    const { names, verdict } = explore([finding(['b', 'a'])], (trial) => {
      const isFull = trial.only === undefined;
      return outcome(exits({ a: !isFull ? '5' : isBefore(trial, 'b', 'a') ? '0' : '1' }));
    });
    expect(verdict).toMatchObject({ verdict: 'confirmed', differences: ['script a exit: 1 instead of 0'] });
    // The other order of the whole tier is its reverse, which was run already.
    expect(names.filter((name) => name.includes(' full #'))).toHaveLength(3);
  });

  test('needs no run of a pair that is its whole tier but those of the tier', () => {
    const findings = [finding(['b', 'a'])];
    const { names, verdict } = explore(
      findings,
      (trial) => outcome(exits({ a: isBefore(trial, 'b', 'a') ? '0' : '1' })),
      explorationOf(findings, { 'rc2.d/S01': ['a', 'b'] }),
    );
    expect(names.map((name) => name.split(' ')[0])).toEqual([
      'baseline',
      'reverse',
      ...Array(4).fill('baseline'),
      ...Array(2).fill('reverse'),
    ]);
    expect(verdict).toMatchObject({ verdict: 'confirmed', trials: 6 });
  });

  test('calls it divergent when only the state differs, and latent when boots do not come near', () => {
    const state: Machine = (trial) => outcome({ ...exits({}), 'sysctl net.x': isBefore(trial, 'a', 'b') ? '1' : '0' });
    expect(explore([finding(['a', 'b'], { type: 'T3' })], state).verdict).toMatchObject({
      verdict: 'divergent',
      differences: ['sysctl net.x: 0 instead of 1'],
    });
    const fails: Machine = (trial) => outcome(exits({ b: isBefore(trial, 'a', 'b') ? '0' : '1' }));
    const far = finding(['a', 'b'], { slackMs: { min: 20_000, median: 25_000, traces: 5 } });
    expect(explore([far], fails).verdict?.verdict).toBe('latent');
  });

  test('never calls noise a difference: what varies within the baseline does not count', () => {
    let runs = 0;
    const { verdict } = explore([finding(['a', 'b'])], () => outcome({ ...exits({}), 'content /run/a.pid': `${runs++}` }));
    expect(verdict?.verdict).toBe('benign');
  });

  test('calls an order that does not always end the same flaky', () => {
    let runs = 0;
    const { verdict } = explore([finding(['a', 'b'])], (trial) => {
      if (trial.name.startsWith('baseline')) return outcome(exits({}));
      if (!trial.name.startsWith('reverse')) runs++;
      return outcome(exits({ b: trial.name.startsWith('reverse') || runs % 2 === 1 ? '1' : '0' }));
    });
    expect(verdict?.verdict).toBe('flaky-base');
    expect(verdict?.differences).toContain('script b exit');
  });

  test('starts the second one of a T4 while the first may still hold the thing, whatever the tier does with time between', () => {
    let runs = 0;
    const findings = [finding(['a', 'b'], { type: 'T4', directed: false })];
    const { verdict } = explore(findings, (trial) => {
      const isTaken = isBefore(trial, 'a', 'b') && (trial.hasty === true || runs++ % 2 === 0);
      return outcome(exits({ b: isTaken ? '98' : '0' }));
    });
    expect(verdict).toMatchObject({ verdict: 'confirmed', badOrder: 'a before b', differences: ['script b exit: 98 instead of 0'] });
  });

  test('looks inside of calls for T5: what no serial order ends in is confirmed', () => {
    const witnesses = [
      witness('T5', site('a', 'look', '/run/x', { error: 'ENOENT' }), site('b', 'open', '/run/x')),
      witness('T5', site('a', 'open', '/run/x'), site('b', 'look', '/run/x')),
    ];
    const { verdict, names } = explore([finding(['a', 'b'], { type: 'T5', witnesses })], (trial) =>
      outcome(exits({ a: windowIn(trial)?.script === 'a' && windowIn(trial)?.call === 'open' ? '1' : '0' })),
    );
    expect(names.filter((name) => name.includes('window'))).toContain('0000000000ab window open /run/x of a #3');
    expect(verdict).toMatchObject({
      verdict: 'confirmed',
      badOrder: 'b while a stands at open /run/x',
      differences: ['script a exit: 1 instead of 0'],
    });
  });

  test('calls a window benign that ends as one of the orders does, and one that could not be opened', () => {
    const witnesses = [witness('T5', site('a', 'mkdir', '/run/x'), site('b', 'mkdir', '/run/x'))];
    const findings = [finding(['a', 'b'], { type: 'T5', witnesses })];
    const equal: Machine = (trial) =>
      outcome({ ...exits({}), winner: windowIn(trial)?.script ?? 'x' }, { missed: windowIn(trial) !== undefined });
    expect(explore(findings, equal).verdict?.verdict).toBe('benign');
  });

  test('holds the daemon of a T7 behind its tier, and calls it unreachable when the other one waits for it', () => {
    const witnesses = [witness('T7', site('a', 'bind', 'unix:/run/a'), site('b', 'connect', 'unix:/run/a'), 'address unix:/run/a')];
    const findings = [finding(['a', 'b'], { type: 'T7', tier: 'rc2.d/S02', declaredEdge: true, witnesses })];
    const exploration = explorationOf(findings, { 'rc2.d/S01': ['a', 'c'], 'rc2.d/S02': ['b'] });
    const seen: Trial[] = [];
    const fails: Machine = (trial) => {
      seen.push(trial);
      return outcome(exits({ b: windowIn(trial) === undefined ? '0' : '1' }));
    };
    expect(explore(findings, fails, exploration).verdict).toMatchObject({ verdict: 'confirmed', badOrder: 'b before a' });
    // No order of either tier is of interest.
    expect(seen).toHaveLength(6);
    expect(seen.find((trial) => windowIn(trial) !== undefined)).toMatchObject({
      until: 'rc2.d/S02',
      holds: [{ script: 'a', call: 'bind', argument: 'unix:/run/a', until: 'b' }],
    });
    // The same, with the later one named first.
    const turned = [finding(['b', 'a'], { type: 'T5', tier: 'rc2.d/S02', witnesses })];
    expect(explore(turned, fails, exploration).verdict).toMatchObject({
      verdict: 'confirmed',
      goodOrder: 'a before b',
      badOrder: 'b before a',
    });
    const waits: Machine = (trial) => outcome(exits({}), { timedOut: windowIn(trial) !== undefined });
    expect(explore(findings, waits, exploration).verdict?.verdict).toBe('unreachable');
  });

  test('does not wait again for a hold that was given up, whatever else came out differently', () => {
    const findings = [finding(['a', 'b'], { type: 'T7', tier: 'rc2.d/S02' })];
    const exploration = explorationOf(findings, { 'rc2.d/S01': ['a'], 'rc2.d/S02': ['b'] });
    let trials = 0;
    const waits: Machine = (trial) => {
      trials += 1;
      const timedOut = windowIn(trial) !== undefined;
      return outcome({ ...exits({}), slow: String(timedOut) }, { timedOut });
    };
    expect(explore(findings, waits, exploration).verdict).toMatchObject({ verdict: 'unreachable', trials: 2 });
    expect(trials).toBe(2);
  });

  test('lets what is left of an early tier stand still where many tiers lie between', () => {
    const findings = [finding(['late', 'udev'], { type: 'T1' })];
    const tiers = { 'rcS.d/S02': ['udev'], 'rcS.d/S09': ['x'], 'rc2.d/S01': ['y'], 'rc2.d/S02': ['z'], 'rc2.d/S03': ['late', 'other'] };
    const seen: (readonly [string, Trial])[] = [];
    const { verdict } = explore(
      findings,
      (trial, tier) => {
        seen.push([tier, trial]);
        return outcome(exits({ late: trial.holds.length > 0 ? '1' : '0' }));
      },
      explorationOf(findings, tiers),
    );
    expect(verdict).toMatchObject({ verdict: 'confirmed', goodOrder: 'udev before late', badOrder: 'late before udev' });
    expect(seen.find(([, { holds }]) => holds.length > 0)).toMatchObject([
      'rc2.d/S03',
      { only: ['late'], until: 'rc2.d/S03', holds: [{ kind: 'freeze', script: 'udev', until: 'late' }] },
    ]);
  });

  test('holds by the whole name of an object, and at any call of the kind where none has a name', () => {
    const holds = (site1: ReturnType<typeof site>, object: string) =>
      windowsOf(finding(['a', 'b'], { type: 'T3', witnesses: [witness('T3', site1, site('b', 'open', '/run/x'), object)] }))
        .filter(({ script }) => script === 'a')
        .map(({ call, argument }) => `${call} ${argument}`);
    expect(holds(site('a', 'write', 'descriptor 1'), 'contents of /run/x')).toEqual(['write /run/x']);
    expect(holds(site('a', 'unlink', 'x.pid'), 'name /run/a/x.pid')).toEqual(['unlink /run/a/x.pid']);
    expect(holds(site('a', 'clock', ''), 'clock')).toEqual(['clock *']);
    expect(holds(site('a', 'netlink', '#0'), 'interfaces')).toEqual(['netlink *']);
    expect(holds(site('a', 'bind', 'udp:0.0.0.0:53'), 'address udp:53')).toEqual(['bind udp:0.0.0.0:53']);
    expect(holds(site('a', 'rename', '/run/x.new → /run/x'), 'name /run/x')).toEqual(['rename /run/x']);
    const lock = site('a', 'lock', 'exclusive', { holding: { call: 'exec', argument: '/sbin/rules' } });
    expect(holds(lock, 'lock /run/l')).toEqual(['exec /sbin/rules']);
  });

  test('holds a window for less than the patience of who waits for a lock', () => {
    const witnesses = [witness('T4', site('a', 'mkdir', '/run/l'), site('b', 'mkdir', '/run/l', { error: 'EEXIST' }))];
    expect(windowsOf(finding(['a', 'b'], { type: 'T4', witnesses })).map(({ timeoutMs }) => timeoutMs < 10_000)).toEqual([true, true]);
  });

  test('holds the call that was seen among those of its kind, but none that is made again and again', () => {
    const nthOf = (nth: number) =>
      windowsOf(
        finding(['a', 'b'], {
          type: 'T5',
          witnesses: [witness('T5', site('a', 'look', '/run/x'), site('b', 'open', '/run/x', { nth }))],
        }),
      ).find(({ script }) => script === 'b')?.nth;
    expect([nthOf(2), nthOf(40)]).toEqual([2, 1]);
  });

  test('draws until the port of the other one comes up, for T8', () => {
    const findings = [
      finding(['a', 'b'], {
        type: 'T8',
        directed: false,
        witnesses: [witness('T8', site('a', 'bind', 'udp:0.0.0.0:700'), site('b', 'bind', 'udp:0.0.0.0:631'), 'port udp:631')],
      }),
    ];
    const { verdict, names } = explore(findings, (trial) => {
      const port = 600 + (((trial.nextPid ?? pidOfSeed(trial.seed)) + 3) % 424);
      const taken = isBefore(trial, 'a', 'b') && port === 631;
      return outcome({
        ...exits({ b: taken ? '1' : '0' }),
        [`listen udp:0.0.0.0:${port}`]: 'statd of a',
        ...(!taken && { 'listen udp:0.0.0.0:631': 'cups of b' }),
      });
    });
    expect(verdict).toMatchObject({ verdict: 'confirmed' });
    expect(verdict?.badOrder).toMatch(/^a before b, the first process being \d+$/);
    expect(names.length).toBeLessThan(30);
  });

  test('learns from the runs how many numbers there are to draw, for T8', () => {
    const drawing = (slots: number, from: number) => {
      const findings = [
        finding(['a', 'b'], {
          type: 'T8',
          directed: false,
          witnesses: [witness('T8', site('a', 'bind', 'udp:0.0.0.0:7010'), site('b', 'bind', 'udp:0.0.0.0:7013'), 'port udp:7013')],
        }),
      ];
      return explore(findings, (trial) => {
        const pid = (trial.nextPid ?? pidOfSeed(trial.seed)) + 3;
        const port = from + (pid % slots);
        const taken = isBefore(trial, 'a', 'b') && port === 7013;
        return outcome({
          ...exits({ b: taken ? '1' : '0' }),
          'pids a': `${pid}`,
          [`listen udp:0.0.0.0:${port}`]: 'ad of a',
          'listen tcp:0.0.0.0:7777': 'ad of a',
          ...(!taken && { 'listen udp:0.0.0.0:7013': 'bd of b' }),
        });
      });
    };
    expect(drawing(40, 6980).verdict).toMatchObject({ verdict: 'confirmed' });
    expect(drawing(40, 7040).verdict).toMatchObject({ verdict: 'predicted', differences: ['5 draws have not brought that number'] });
  });

  test('waits for what the one that should come first does behind the end of its script', () => {
    const late = (more: object) => [
      witness('T1', site('a', 'bind', 'unix:/run/s', more), site('b', 'connect', 'unix:/run/s', { error: 'ECONNREFUSED' })),
    ];
    // A daemon that sleeps is quiet: the scripts in their order are not enough.
    const machine = (trial: Trial) => outcome(exits({ b: trial.holds.some(({ kind }) => kind === 'pass') ? '0' : '1' }));
    const findings = [finding(['a', 'b'], { witnesses: late({ late: true }) })];
    expect(explore(findings, machine).verdict).toMatchObject({ verdict: 'confirmed', goodOrder: 'a before b', badOrder: 'b before a' });
    expect(explore([finding(['a', 'b'], { witnesses: late({}) })], machine).verdict).toMatchObject({ verdict: 'benign' });
    expect(passesOf(findings[0] as Finding)).toMatchObject([
      { kind: 'pass', script: 'a', call: 'bind', argument: 'unix:/run/s', until: 'b' },
    ]);
    const across = [finding(['a', 'b'], { type: 'T7', directed: true, witnesses: late({ late: true }) })];
    const tiers = { 'rc2.d/S01': ['a'], 'rc2.d/S02': ['b'] };
    expect(explore(across, machine, explorationOf(across, tiers)).verdict).toMatchObject({ verdict: 'confirmed', goodOrder: 'a before b' });
  });

  test('draws the number of a process that a file of an earlier boot names, for T8', () => {
    const witnesses = [witness('T8', site('a', 'open', '/dev/null'), site('b', 'kill', '4321', { error: 'ESRCH' }), 'pid 4321')];
    const findings = [finding(['a', 'b'], { type: 'T8', directed: false, witnesses })];
    const { verdict, names } = explore(findings, (trial) => {
      const pid = (trial.nextPid ?? pidOfSeed(trial.seed)) + 7;
      const taken = isBefore(trial, 'a', 'b') && pid === 4321;
      return outcome({ ...exits({}), 'pids a': `${pid}`, ...(!taken && { 'process b /sbin/bd': '1' }) });
    });
    expect(verdict).toMatchObject({ verdict: 'confirmed', differences: ['process b /sbin/bd: nothing instead of 1'] });
    expect(verdict?.badOrder).toBe('a before b, the first process being 4314');
    expect(names.length).toBeLessThan(20);
  });

  test('draws in the tier of the one that draws, for the other one in a later tier', () => {
    const witnesses = [witness('T8', site('a', 'bind', 'udp:0.0.0.0:700'), site('b', 'bind', 'udp:0.0.0.0:631'), 'port udp:631')];
    const near = finding(['a', 'c'], { witnesses: [witness('T1', site('a', 'mkdir', '/run/x'), site('c', 'look', '/run/x'))] });
    const findings = [finding(['a', 'b'], { type: 'T8', directed: false, witnesses }), near];
    const exploration = explorationOf(findings, { 'rc2.d/S01': ['a', 'c'], 'rc2.d/S02': ['b'] });
    const { verdict } = explore(
      findings,
      (trial) => {
        const port = 600 + (((trial.nextPid ?? pidOfSeed(trial.seed)) + 3) % 424);
        const taken = port === 631 && trial.until === 'rc2.d/S02';
        const between = { 'process other /sbin/other': `${trial.seed}` };
        return outcome({ ...exits({ b: taken ? '1' : '0' }), ...between, [`listen udp:0.0.0.0:${port}`]: 'statd of a' });
      },
      exploration,
    );
    expect(verdict).toMatchObject({ verdict: 'confirmed' });
  });

  test('bisects a failure of the reverse that no finding explains, and names the pair', () => {
    const findings = [finding(['a', 'b'])];
    const exploration = explorationOf(findings, { 'rc2.d/S01': ['a', 'b', 'c', 'd', 'e'] });
    const { verdict, unexplained } = explore(
      findings,
      (trial) => outcome({ ...exits({ d: isBefore(trial, 'd', 'e') || trial.only ? '0' : '1' }) }),
      exploration,
    );
    expect(verdict?.verdict).toBe('benign');
    expect(unexplained).toEqual(['rc2.d/S01: e before d brings script d exit: 1 instead of 0, which no finding says']);
  });

  test('does not call a failure unexplained that a finding of another shard tells', () => {
    const findings = [finding(['a', 'b'])];
    const others = [...findings, finding(['d', 'e'])];
    const exploration = explorationOf(others, { 'rc2.d/S01': ['a', 'b', 'c', 'd', 'e'] });
    const { unexplained, names } = explore(
      findings,
      (trial) => outcome({ ...exits({ d: isBefore(trial, 'd', 'e') || trial.only ? '0' : '1' }) }),
      exploration,
    );
    expect(unexplained).toEqual([]);
    // Who has that finding looks for it.
    expect(names.filter((name) => name.startsWith('bisect'))).toEqual([]);
    const both = [finding(['a', 'b']), finding(['b', 'd'])];
    const of = explorationOf([...both, finding(['d', 'e'])], { 'rc2.d/S01': ['a', 'b', 'c', 'd', 'e'] });
    const own = explore(both, (trial) => outcome({ ...exits({ d: isBefore(trial, 'd', 'e') || trial.only ? '0' : '1' }) }), of);
    expect([own.unexplained, own.names.some((name) => name.startsWith('bisect'))]).toEqual([[], true]);
  });

  test('runs the tiers of a T7 in one order, whatever else races in them: the one to be late last, and whom it is late for first', () => {
    const race = finding(['a', 'b'], { type: 'T7', tier: 'rc2.d/S02' });
    const others = [finding(['x', 'y']), finding(['n', 'b']), finding(['p', 'q'])];
    const exploration = explorationOf([race, ...others], { 'rc2.d/S01': ['a', 'x', 'y'], 'rc2.d/S02': ['b', 'n', 'p', 'q'] });
    const seen: Trial[] = [];
    explore(
      [race],
      (trial) => {
        seen.push(trial);
        return outcome(exits({ b: windowIn(trial) === undefined ? '0' : '1' }));
      },
      exploration,
    );
    expect(seen.map(({ serial, only }) => [serial?.join(' '), only?.join(' ')])).toEqual(Array(6).fill(['x y a n b', 'n b']));
  });
});
