import { expect, test } from 'vitest';
import { makePlan } from '../../../../../src/init/plan/make-plan.ts';
import { criticalPathMs, measureScripts } from '../../../../../src/init/races/mend/critical-path.ts';
import { mendImage } from './mend-image.ts';

test('criticalPathMs adds up the longest of each tier, of rcS.d and of one run level', () => {
  const image = mendImage({
    early: ['# Default-Start: S'],
    a: [],
    b: ['# Required-Start: a'],
    c: [],
    other: ['# Default-Start: 3', '# Required-Start: b'],
  });
  const durations = new Map(Object.entries({ early: 1, a: 10, b: 100, c: 20, other: 5000 }));
  const { plan } = makePlan(image);
  expect(plan && criticalPathMs(plan, durations)).toBe(121);
  expect(plan && criticalPathMs(plan, durations, '3')).toBe(5121);
  expect(plan && criticalPathMs(plan, new Map())).toBe(0);
});

test('measureScripts takes the median of the boots, until the daemon was ready', () => {
  const boot = (endedUs: number | undefined, readyUs?: number) => {
    const script = { name: 'a', path: '/etc/init.d/a', sha256: '', header: {}, startedUs: 1000 };
    return { tiers: [{ name: 'rc2.d/S01', scripts: [{ ...script, ...(endedUs && { endedUs }), ...(readyUs && { readyUs }) }] }] };
  };
  expect(measureScripts([boot(3000), boot(5000, 9000), boot(4000), boot(undefined)])).toEqual(new Map([['a', 3]]));
});
