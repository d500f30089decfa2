import { describe, expect, test } from 'vitest';
import { stopTiers } from '../../../src/init/stop-tiers.ts';
import type { Tiers } from '../../../src/init/tier-state.ts';
import type { ScriptStatus } from '../../../src/sys/boot-state.ts';
import { FakeSys } from '../../fake/fake-sys.ts';
import { context, launches, outcomes, paths, scripted, tier } from './scripted-runs.ts';

const newSys = () => new FakeSys().dir(paths.scripts).dir(paths.output);
const tiers = [tier('rcS.d/S01', 'udev'), tier('rc2.d/S01', 'rsyslog'), tier('rc2.d/S02', 'cron', 'ssh', 'broken', 'late')];
const row = (name: string, status: ScriptStatus) => ({ name, status });
const state = (): { tiers: Tiers } => ({
  tiers: [
    { name: 'rcS.d/S01', status: 'done', scripts: [row('udev', 'started')] },
    { name: 'rc2.d/S01', status: 'done', scripts: [row('rsyslog', 'started')] },
    {
      name: 'rc2.d/S02',
      status: 'done',
      scripts: [row('cron', 'skipped'), row('ssh', 'started'), row('broken', 'failed'), row('late', 'waiting')],
    },
  ],
});

function links(sys: FakeSys, ...names: readonly string[]): FakeSys {
  for (const name of names) {
    const script = name.slice(3);
    sys.link(`/etc/rc0.d/${name}`, `../init.d/${script}`).file(`/etc/init.d/${script}`, '#!/bin/sh\n', { mode: 0o755 });
  }
  return sys;
}

describe('stopTiers()', () => {
  test('stops what was or may have been started, in reverse, when there are no K links', async () => {
    const sys = newSys();
    for (const name of ['udev', 'rsyslog', 'ssh', 'broken']) scripted(sys, name, { action: 'stop', takesMs: 100 });
    const kept = state();
    expect(await stopTiers(context(sys, {}, kept), '6', tiers, '2')).toEqual({ kind: 'done' });
    expect(launches(sys)).toEqual(
      ['broken.stop', 'ssh.stop', 'rsyslog.stop', 'udev.stop'].toSorted((a, b) => launches(sys).indexOf(a) - launches(sys).indexOf(b)),
    );
    expect(launches(sys).slice(2)).toEqual(['rsyslog.stop', 'udev.stop']);
    expect(outcomes(kept.tiers)).toEqual([
      'udev stopped',
      'rsyslog stopped',
      'cron skipped',
      'ssh stopped',
      'broken stopped',
      'late waiting',
    ]);
  });

  test('goes by the K links, equal numbers at once, and leaves built-in ones to the agent', async () => {
    const sys = links(newSys(), 'K01ssh', 'K01udev', 'K03sendsigs', 'K04rsyslog', 'K08umountfs', 'K10halt');
    for (const name of ['udev', 'ssh', 'rsyslog']) scripted(sys, name, { action: 'stop', takesMs: 100 });
    await stopTiers(context(sys, {}, state()), '0', tiers, '2');
    expect(launches(sys)).toEqual(['ssh.stop', 'udev.stop', 'rsyslog.stop']);
    expect(sys.events).toContain('script umountfs built-in');
    expect(sys.events.filter((line) => line.startsWith('tier')).slice(0, 2)).toEqual(['tier rc0.d/K01 started', 'tier rc0.d/K01 done']);
  });

  test('is not stopped by a script that fails or hangs, and names both', async () => {
    const sys = newSys();
    scripted(sys, 'ssh', { action: 'stop', code: 1, output: 'cannot\n' });
    scripted(sys, 'broken', { action: 'stop', takesMs: Number.POSITIVE_INFINITY });
    for (const name of ['udev', 'rsyslog']) scripted(sys, name, { action: 'stop' });
    const kept = state();
    expect(await stopTiers(context(sys, { timeoutMs: 10_000 }, kept), '6', tiers, '2')).toEqual({
      kind: 'done',
      detail: 'not stopped: ssh, broken',
    });
    expect(sys.lines).toContain('ssh: cannot');
    expect(outcomes(kept.tiers)).toContain('udev stopped');
    expect(sys.events).toContain('script broken timed-out');
  });

  test('stops nothing twice when the agent is killed on the way down', async () => {
    const sys = newSys();
    for (const name of ['udev', 'rsyslog', 'ssh', 'broken']) scripted(sys, name, { action: 'stop' });
    await stopTiers(context(sys, {}, state()), '6', tiers, '2');
    await stopTiers(context(sys, {}, state()), '6', tiers, '2');
    expect(launches(sys)).toHaveLength(4);
  });
});
