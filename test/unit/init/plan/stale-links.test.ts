import { describe, expect, test } from 'vitest';
import { formatFinding } from '../../../../src/init/plan/finding.ts';
import { makePlan } from '../../../../src/init/plan/make-plan.ts';
import { linkKey, staleLinks } from '../../../../src/init/plan/stale-links.ts';
import { planInput } from './headers.ts';

const { plan } = makePlan(planInput({ a: ['Required-Start: b', 'Should-Start: c', 'Required-Stop: b'], b: [], c: [] }));
const numbers = (links: Readonly<Record<string, number>>) => new Map(Object.entries(links));
const told = (links: Readonly<Record<string, number>>) =>
  staleLinks(plan, numbers(links)).map(({ severity, script }) => `${severity} ${script}`);

describe('staleLinks()', () => {
  test('links in the order of the headers are fine, and so are those that are not there', () => {
    expect(told({ '2/S/a': 20, '2/S/b': 10, '3/S/a': 1, '0/K/a': 1, '0/K/b': 2 })).toEqual([]);
  });
  test('a link before, or beside, what it needs is an error, what it only wants a warning, once for all levels', () => {
    expect(told({ '2/S/a': 10, '2/S/b': 20, '3/S/a': 10, '3/S/b': 20 })).toEqual(['error a']);
    expect(told({ '2/S/a': 10, '2/S/b': 10 })).toEqual(['error a']);
    expect(told({ '2/S/a': 10, '2/S/c': 20 })).toEqual(['warning a']);
  });
  test('the stop is the other way round, and both links are named', () => {
    const [finding, ...others] = staleLinks(plan, numbers({ [linkKey('6', 'K', 'a')]: 20, [linkKey('6', 'K', 'b')]: 1 }));
    expect(others).toEqual([]);
    expect(finding && formatFinding(finding)).toBe(
      '/etc/init.d/a:8: error: later-tier: Required-Stop: b: b waits for a, and the links are rc6.d/K01b and rc6.d/K20a; mend: lifeboot plan --write makes the links anew; or take b out of Required-Stop of a',
    );
  });
  test('without a plan nothing is compared', () => {
    expect(staleLinks(undefined, numbers({ '2/S/a': 1 }))).toEqual([]);
  });
});
