import { describe, expect, test } from 'vitest';
import type { Mend, RaceType } from '../../../src/init/races/report/finding.ts';
import { bootsAt, bootsNeeded } from '../../../vm/bench/races/boots-needed.ts';
import { type MendedFinding, scoreCases } from '../../../vm/bench/races/score-cases.ts';
import { planLinks } from '../../../vm/races/cases/install-cases.ts';
import { type Race, readRaces, readTwins, type Twin } from '../../../vm/races/cases/race-case.ts';

const race: Race = {
  kind: 'race',
  name: 'cleaner',
  directory: '/cases/cleaner',
  tiers: [['clean', 'db']],
  story: '',
  type: 'T2',
  scripts: ['clean', 'db'],
  directed: true,
  object: 'name /tmp/s',
  mend: { script: 'db', key: 'Required-Start', value: 'clean' },
  well: 'true',
  bad: { way: 'reverse' },
  shows: '',
};
const twin: Twin = {
  kind: 'twin',
  name: 'logs',
  directory: '/cases/logs',
  tiers: [['a', 'b']],
  story: '',
  scripts: ['a', 'b'],
  rule: 'append',
  well: 'true',
};

const site = { script: '', process: '', pid: 1, call: 'open', argument: '', atMs: 0 };
const found = (scripts: readonly [string, string], types: readonly RaceType[], more: Partial<MendedFinding> = {}): MendedFinding => ({
  id: '000000000000',
  type: types[0] ?? 'T1',
  tier: 'rc2.d/S10',
  scripts,
  directed: true,
  witnesses: types.map((type) => ({ type, object: 'name /tmp/s', first: site, second: site, trace: 't' })),
  witnessCount: types.length,
  slackMs: { min: 1, median: 1, traces: 1 },
  score: 0.5,
  mechanism: '',
  declaredEdge: false,
  mends: [],
  ...more,
});

const mendOf = (script: string, key: string, value: string): Mend => ({ summary: '', edits: [{ script, key, value }], verified: false });

describe('scoreCases()', () => {
  test('knows a race that was told right in every way', () => {
    const finding = found(['clean', 'db'], ['T2'], { mends: [mendOf('db', 'Required-Start', '$remote_fs clean')] });
    const { races, precision, recall } = scoreCases([race], [twin], [finding]);
    expect(races[0]).toMatchObject({ isFound: true, typeRight: 'yes', directionRight: true, mendRight: true, said: 'T2 name /tmp/s' });
    expect([precision, recall]).toEqual([1, 1]);
  });

  test('tells a wrong direction, a type of a weaker witness, and a mend of something else', () => {
    const mends = [mendOf('clean', 'Required-Start', 'db')];
    const { races } = scoreCases([race], [], [found(['db', 'clean'], ['T1', 'T2'], { mends })]);
    expect(races[0]).toMatchObject({ isFound: true, typeRight: 'also', directionRight: false, mendRight: false });
  });

  test('counts a harmless pair that was told against precision, a race that was not against recall', () => {
    const { races, twins, elsewhere, precision, recall } = scoreCases(
      [race, { ...race, name: 'other', scripts: ['x', 'y'] }],
      [twin],
      [found(['clean', 'db'], ['T2']), found(['b', 'a'], ['T3']), found(['udev', 'db'], ['T1'])],
    );
    expect(races.map(({ isFound }) => isFound)).toEqual([true, false]);
    expect(twins[0]?.said).toEqual(['T3 name /tmp/s']);
    expect(elsewhere).toHaveLength(1);
    expect([precision, recall]).toEqual([0.5, 0.5]);
  });

  test('leaves to trials what they have settled: a harmless pair is silent, a race is not found', () => {
    const judgement = { verdict: 'benign', differences: [], trials: 4 } as const;
    const findings = [found(['clean', 'db'], ['T2'], { judgement }), found(['a', 'b'], ['T3'], { judgement })];
    const { races, twins } = scoreCases([race], [twin], findings);
    expect(races[0]?.isFound).toBe(false);
    expect(twins[0]).toMatchObject({ said: [], settled: 1 });
    const shown = found(['clean', 'db'], ['T2'], { judgement: { ...judgement, verdict: 'confirmed' } });
    expect(scoreCases([race], [], [shown]).races[0]).toMatchObject({ isFound: true, verdict: 'confirmed' });
  });

  test('takes either order as the mend of a race without a direction', () => {
    const mends = [mendOf('db', 'X-Start-Before', 'clean')];
    const { races } = scoreCases([{ ...race, directed: false }], [], [found(['clean', 'db'], ['T2'], { mends })]);
    expect(races[0]).toMatchObject({ mendRight: true });
    expect(races[0]).not.toHaveProperty('directionRight');
  });
});

describe('bootsNeeded()', () => {
  test('is the number of boots in which a race is missed once in a hundred times', () => {
    expect([bootsNeeded(1, 3), bootsNeeded(1, 100), bootsNeeded(3, 3)]).toEqual([
      { boots: 12, atLeast: false },
      { boots: 459, atLeast: false },
      { boots: 1, atLeast: false },
    ]);
    expect(bootsAt(1 / 424)).toBe(1951);
  });

  test('is a bound where it never showed', () => {
    expect(bootsNeeded(0, 10)).toEqual({ boots: 16, atLeast: true });
  });
});

describe('planLinks()', () => {
  test('gives each tier of each case a number of its own, and all cases have room', async () => {
    const links = planLinks([...(await readRaces()), ...(await readTwins())]);
    const gap = links.filter(({ script }) => ['statebus', 'powermon', 'tmpclean', 'pgcluster'].includes(script));
    const number = (script: string) => Number(gap.find((each) => each.script === script)?.link.slice(1, 3));
    expect(number('powermon')).toBe(number('statebus') + 1);
    expect(number('tmpclean')).toBe(number('pgcluster'));
    expect(new Set(links.map(({ link }) => link.slice(1, 3))).size).toBeGreaterThan(50);
  });

  test('refuses what has no room', () => {
    expect(() => planLinks(Array.from({ length: 91 }, () => race))).toThrow('numbers from 10 to 99');
  });
});
