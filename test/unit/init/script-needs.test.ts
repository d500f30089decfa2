import { describe, expect, test } from 'vitest';
import { parseFacilities } from '../../../src/init/plan/facilities.ts';
import { findBroken, findNeeds, hasFailures } from '../../../src/init/script-needs.ts';
import type { ScriptState } from '../../../src/sys/boot-state.ts';
import { script, tier } from './scripted-runs.ts';

const facilities = parseFacilities(['$syslog +rsyslog +sysklogd\n$local_fs +mountall\n$remote_fs $local_fs +mountnfs\n']);
const tiers = [
  tier('rcS.d/S01', script('mountall.sh', { provides: ['mountall'] })),
  tier('rcS.d/S02', script('mountnfs.sh', { provides: ['mountnfs'], requiredStart: ['$local_fs'] })),
  tier('rc2.d/S01', script('rsyslog', { provides: ['rsyslog', 'syslog'], requiredStart: ['$remote_fs'] })),
  tier('rc2.d/S01', script('hobby', { provides: ['hobby'], onFailure: 'ignore' })),
  tier(
    'rc2.d/S02',
    script('cron', { provides: ['cron'], requiredStart: ['$syslog', '$nobody', 'absent', 'hobby'], shouldStart: ['mountnfs'] }),
  ),
  tier('rc2.d/S03', script('shop', { provides: ['shop'], requiredStart: ['cron', 'shop'] })),
];
const needs = findNeeds(tiers, facilities);
const states = (...rows: readonly ScriptState[]) => [{ name: 'rc2.d/S01', status: 'running' as const, scripts: rows }];

describe('findNeeds()', () => {
  test('follows Required-Start through facilities to the scripts that are there', () => {
    expect(Object.fromEntries(needs)).toEqual({
      'mountall.sh': [],
      'mountnfs.sh': ['mountall.sh'],
      rsyslog: ['mountall.sh', 'mountnfs.sh'],
      hobby: [],
      // Not what it only should have, nor what may fail.
      cron: ['rsyslog'],
      shop: ['cron'],
    });
  });
});

describe('findBroken()', () => {
  test('names what failed, and why', () => {
    const failed = states({ name: 'rsyslog', status: 'failed', detail: 'exit 1: generic error' });
    expect(findBroken('cron', needs, failed)).toEqual({ provider: 'rsyslog', why: 'rsyslog, which failed (exit 1: generic error)' });
    expect(findBroken('shop', needs, failed)).toBeUndefined();
    expect(findBroken('rsyslog', needs, states({ name: 'mountnfs.sh', status: 'timed-out' }))?.why).toBe('mountnfs.sh, which timed out');
  });

  test('goes on to the end of the chain', () => {
    const rows = states(
      { name: 'rsyslog', status: 'failed', detail: 'exit 1' },
      { name: 'cron', status: 'skipped', detail: 'needs rsyslog, which failed (exit 1)', blockedBy: 'rsyslog' },
    );
    expect(findBroken('shop', needs, rows)).toEqual({
      provider: 'cron',
      why: 'cron, which was skipped: needs rsyslog, which failed (exit 1)',
    });
  });

  test.each([
    { name: 'rsyslog', status: 'started' },
    { name: 'rsyslog', status: 'waiting' },
    // Not installed, or not wanted: nobody's failure.
    { name: 'rsyslog', status: 'skipped', detail: 'exit 5: program is not installed' },
  ] as const)('finds nothing wrong with a provider that is $status', (row) => {
    expect(findBroken('cron', needs, states(row))).toBeUndefined();
    expect(hasFailures(states(row))).toBe(false);
  });

  test('goes by the row that ran, not by that of a second link', () => {
    const rows = states(
      { name: 'rsyslog', status: 'failed' },
      { name: 'rsyslog', status: 'skipped', detail: 'already started in rcS.d/S01' },
    );
    expect(findBroken('cron', needs, rows)?.provider).toBe('rsyslog');
  });
});
