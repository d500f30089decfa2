import { expect, test } from 'vitest';
import { neededBy, orderScripts } from '../../../../src/init/operate/order-scripts.ts';
import type { BootState } from '../../../../src/sys/boot-state.ts';
import { script, tier } from '../scripted-runs.ts';

const tiers = [
  tier('rcS.d/S01', 'udev'),
  tier('rc2.d/S01', 'db', 'log'),
  tier('rc2.d/S02', script('web', { requiredStart: ['$remote_fs', 'db'] })),
];

test('orderScripts() takes scripts by tier, what is in none of them last, and stops in reverse', () => {
  const names = ['web', 'new', 'log', 'db', 'also-new'];
  expect(orderScripts(tiers, names, 'start')).toEqual([['db', 'log'], ['web'], ['also-new', 'new']]);
  expect(orderScripts(tiers, names, 'restart')).toEqual([['db', 'log'], ['web'], ['also-new', 'new']]);
  expect(orderScripts(tiers, names, 'stop')).toEqual([['also-new', 'new'], ['web'], ['db', 'log']]);
});

test('neededBy() names the started scripts that require it, by whatever name it provides', () => {
  const state = (status: 'started' | 'stopped') =>
    ({ tiers: [{ name: 'rc2.d/S02', status: 'done', scripts: [{ name: 'web', status }] }] }) as unknown as BootState;
  expect(neededBy(tiers, state('started'), script('db'))).toEqual(['web']);
  expect(neededBy(tiers, state('started'), script('mariadb', { provides: ['db'] }))).toEqual(['web']);
  expect(neededBy(tiers, state('stopped'), script('db'))).toEqual([]);
  expect(neededBy(tiers, state('started'), script('log'))).toEqual([]);
});
