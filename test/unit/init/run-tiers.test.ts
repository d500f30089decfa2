import { describe, expect, test } from 'vitest';
import { roomFor } from '../../../src/init/bounded.ts';
import { claimName } from '../../../src/init/claims.ts';
import { parseFacilities } from '../../../src/init/plan/facilities.ts';
import { runTiers } from '../../../src/init/run-tiers.ts';
import { findNeeds } from '../../../src/init/script-needs.ts';
import { type Tiers, withScript } from '../../../src/init/tier-state.ts';
import { FakeSys } from '../../fake/fake-sys.ts';
import { context, expectNothingUnscripted, launches, outcomes, paths, script, scripted, stat, tier } from './scripted-runs.ts';

const newSys = () => new FakeSys().dir(paths.scripts).dir(paths.output).dir('/tmp');

describe('runTiers()', () => {
  test('starts all scripts of a tier, in the order of their names, and the next tier only when they have finished', async () => {
    const sys = newSys();
    scripted(sys, 'a', { takesMs: 3000 });
    scripted(sys, 'b', { takesMs: 1000 });
    scripted(sys, 'c');
    const kept = { tiers: [] as Tiers };
    const result = await runTiers(context(sys, {}, kept), [tier('rcS.d/S01', 'a', 'b'), tier('rc2.d/S01', 'c')]);
    expect(result).toEqual({ kind: 'done' });
    expect(sys.events).toEqual([
      'tier rcS.d/S01 started',
      'script a started',
      'script b started',
      'script b done',
      'script a done',
      'tier rcS.d/S01 done',
      'tier rc2.d/S01 started',
      'script c started',
      'script c done',
      'tier rc2.d/S01 done',
    ]);
    expect(outcomes(kept.tiers)).toEqual(['a started', 'b started', 'c started']);
    expectNothingUnscripted(sys);
  });

  test('goes on after a failure, with the exit code, its meaning and the last lines', async () => {
    const sys = newSys();
    scripted(sys, 'a', { code: 4, output: 'one\n\x1b[31mtwo\x1b[0m\n' });
    scripted(sys, 'b');
    const kept = { tiers: [] as Tiers };
    await runTiers(context(sys, {}, kept), [tier('rc2.d/S01', 'a', 'b')]);
    expect(kept.tiers[0]?.scripts[0]).toMatchObject({ status: 'failed', exitCode: 4, detail: 'exit 4: insufficient privilege' });
    expect(sys.lines).toContain('a: two');
    expect(outcomes(kept.tiers)).toEqual(['a failed', 'b started']);
  });

  test.each([5, 6])('takes exit %i for nothing to start, as startpar does', async (code) => {
    const sys = newSys();
    scripted(sys, 'a', { code });
    const kept = { tiers: [] as Tiers };
    await runTiers(context(sys, {}, kept), [tier('rc2.d/S01', 'a')]);
    expect(outcomes(kept.tiers)).toEqual(['a skipped']);
  });

  test('names what a script waited for when its own deadline passed, ends it, and goes on', async () => {
    const sys = newSys();
    scripted(sys, 'a', { takesMs: Number.POSITIVE_INFINITY });
    scripted(sys, 'b');
    const kept = { tiers: [] as Tiers };
    await runTiers(context(sys, {}, kept), [tier('rc2.d/S01', script('a', { timeoutStartMs: 20_000 })), tier('rc2.d/S02', 'b')]);
    expect(kept.tiers[0]?.scripts[0]).toMatchObject({ status: 'timed-out' });
    expect(kept.tiers[0]?.scripts[0]?.detail).toMatch(
      /^not done after 20 s; it waited for sleep 9999 \(pid \d+, waits in hrtimer_nanosleep\)$/,
    );
    expect(sys.journal.filter((line) => line.startsWith('kill '))).toEqual([
      expect.stringMatching(/SIGTERM$/),
      expect.stringMatching(/SIGCONT$/),
    ]);
    expect(outcomes(kept.tiers)).toEqual(['a timed-out', 'b started']);
    expect(sys.events).toContain('script a timed-out');
    const file = `${paths.scripts}/a.start.snapshot`;
    expect(kept.tiers[0]?.scripts[0]?.snapshot).toBe(file);
    const lines = ((await sys.readText(file)) ?? '').split('\n');
    expect(lines[1]).toMatch(/^\d+ \d+ S hrtimer_nanosleep: sleep 9999$/);
    expect(lines[2]).toMatch(/^stack of \d+: hrtimer_nanosleep\+0x9c\/0x120$/);
    const log = (await sys.readText('/run/lifeboot/events.ndjson')) ?? '';
    const event = log.split('\n').find((line) => line.includes('"timed-out"')) ?? '{}';
    expect(JSON.parse(event).data).toMatchObject({ snapshotFile: file, snapshot: lines.slice(0, -1) });
  });

  test('is patient with scripts that rightly take long, and takes the word of a header over that', async () => {
    const sys = newSys();
    scripted(sys, 'checkfs.sh', { takesMs: 3_600_000 });
    scripted(sys, 'networking', { takesMs: Number.POSITIVE_INFINITY });
    sys.file('/etc/fstab', '/dev/vdb /srv ext4 defaults 0 2\n');
    const kept = { tiers: [] as Tiers };
    await runTiers(context(sys, {}, kept), [tier('rcS.d/S01', 'checkfs.sh', script('networking', { timeoutStartMs: 1000 }))]);
    expect(outcomes(kept.tiers)).toEqual(['checkfs.sh started', 'networking timed-out']);
    expect(kept.tiers[0]?.scripts[1]?.detail).toMatch(/^not done after 1 s;/);
  });

  test('uses KILL after the grace for a script that ignores TERM', async () => {
    const sys = newSys();
    scripted(sys, 'a', { takesMs: Number.POSITIVE_INFINITY, stubborn: true });
    await runTiers(context(sys), [tier('rc2.d/S01', 'a')]);
    expect(sys.journal.filter((line) => line.endsWith('SIGKILL'))).toHaveLength(1);
    expect(sys.uptimeMs()).toBeGreaterThanOrEqual(96_000);
  });

  test('holds with evidence when a script that must not fail did, and starts only that one again on retry', async () => {
    const sys = newSys();
    scripted(sys, 'a', { code: 1, output: 'no disk\n' });
    scripted(sys, 'b');
    const kept = { tiers: [] as Tiers };
    const tiers = [tier('rcS.d/S01', script('a', { onFailure: 'hold' }), 'b'), tier('rcS.d/S02', 'c')];
    const result = await runTiers(context(sys, {}, kept), tiers);
    expect(result).toMatchObject({ kind: 'held', reason: 'a of rcS.d/S01 did not start, and X-On-Failure says hold' });
    expect(result).toMatchObject({ evidence: ['a: failed (exit 1: generic error)', 'a: no disk'] });
    expect(await runTiers(context(sys, {}, kept), tiers)).toMatchObject({ kind: 'held' });
    expect(launches(sys)).toEqual(['a.start', 'b.start']);
    scripted(sys, 'a');
    scripted(sys, 'c');
    expect(await runTiers(context(sys, {}, kept), tiers, { retry: true })).toEqual({ kind: 'done' });
    expect(launches(sys)).toEqual(['a.start', 'b.start', 'a.start', 'c.start']);
    expect(outcomes(kept.tiers)).toEqual(['a started', 'b started', 'c started']);
  });

  test('leaves a script that cannot be started, is built in or is not wanted alone, and says why', async () => {
    const sys = newSys();
    const kept = { tiers: [] as Tiers };
    const dangling = { ...script('gone'), skip: '/etc/init.d/gone does not exist' };
    await runTiers(context(sys, { skip: ['unwanted'] }, kept), [tier('rcS.d/S01', dangling, 'checkroot.sh', 'unwanted')]);
    expect(outcomes(kept.tiers)).toEqual(['gone skipped', 'checkroot.sh built-in', 'unwanted skipped']);
    expect(kept.tiers[0]?.scripts[2]?.detail).toBe('named in scripts.skip');
    expect(launches(sys)).toEqual([]);
  });

  test('runs interactive scripts alone, after the others, on the console', async () => {
    const sys = newSys();
    scripted(sys, 'a', { takesMs: 500, interactive: true });
    scripted(sys, 'b', { takesMs: 500, interactive: true });
    scripted(sys, 'z', { takesMs: 500 });
    await runTiers(context(sys), [tier('rcS.d/S01', script('a', { interactive: true }), script('b', { interactive: true }), 'z')]);
    const scripts = sys.events.filter((line) => line.startsWith('script'));
    expect(scripts).toEqual([
      'script z started',
      'script z done',
      'script a started',
      'script a done',
      'script b started',
      'script b done',
    ]);
  });

  test('takes an empty tier as done', async () => {
    const kept = { tiers: [] as Tiers };
    expect(await runTiers(context(newSys(), {}, kept), [tier('rc2.d/S01')])).toEqual({ kind: 'done' });
    expect(kept.tiers).toEqual([{ name: 'rc2.d/S01', status: 'done', scripts: [] }]);
  });

  test('waits for the hooks, and survives one that fails', async () => {
    const sys = newSys();
    scripted(sys, 'networking', { takesMs: 10 });
    const calls: string[] = [];
    const beforeScript = async () => {
      await sys.sleep(2000);
      calls.push(`before, ${launches(sys).length} launched`);
    };
    const afterScript = async () => {
      calls.push('after');
      throw new Error('rescue does not answer');
    };
    await runTiers(context(sys, { beforeScript, afterScript }), [tier('rcS.d/S10', 'networking')]);
    expect(calls).toEqual(['before, 0 launched', 'after']);
    expect(sys.events).toContain('script networking hook-failed');
  });

  test('begins nothing more when it is called off, and leaves what runs to itself', async () => {
    const sys = newSys();
    scripted(sys, 'a', { takesMs: Number.POSITIVE_INFINITY });
    const stop = new AbortController();
    void sys.sleep(1000).then(() => stop.abort());
    const kept = { tiers: [] as Tiers };
    await runTiers(context(sys, { signal: stop.signal }, kept), [tier('rc2.d/S01', 'a'), tier('rc2.d/S02', 'b')]);
    expect(outcomes(kept.tiers)).toEqual(['a starting', 'b waiting']);
    expect(sys.journal.filter((line) => line.startsWith('kill'))).toEqual([]);
  });
});

describe('runTiers() after the agent was killed', () => {
  const started = (name: string, ticks: number, code?: number) => (sys: FakeSys) => {
    sys.file(`${paths.scripts}/${claimName(name, 'start')}`, `777 ${ticks}\n`).file('/proc/777/stat', stat(777, 'busybox', 1, 777, ticks));
    return code === undefined ? sys : sys.file(`${paths.scripts}/ended`, `${name}.start ${code}\n`);
  };
  const tiers = [tier('rc2.d/S01', 'a', 'b')];
  const state = (status: 'starting' | 'waiting'): Tiers => [
    {
      name: 'rc2.d/S01',
      status: 'running',
      scripts: [
        { name: 'a', status },
        { name: 'b', status: 'waiting' },
      ],
    },
  ];

  test.each(['starting', 'waiting'] as const)(
    'takes the exit of a script that ended meanwhile (%s), and starts the rest once',
    async (status) => {
      const sys = started('a', 50, 3)(newSys());
      scripted(sys, 'b');
      const kept = { tiers: state(status) };
      await runTiers(context(sys, {}, kept), tiers);
      expect(outcomes(kept.tiers)).toEqual(['a failed', 'b started']);
      expect(launches(sys)).toEqual(['b.start']);
      expect(sys.events.filter((line) => line === 'tier rc2.d/S01 started')).toEqual([]);
    },
  );

  test('waits for a running script with what is left of its deadline', async () => {
    const sys = started('a', 100)(newSys());
    scripted(sys, 'b');
    await sys.advance(60_000);
    const beganMs = sys.uptimeMs();
    const kept = { tiers: state('starting') };
    await runTiers(context(sys, { killAfterMs: 0 }, kept), tiers);
    expect(outcomes(kept.tiers)).toEqual(['a timed-out', 'b started']);
    // It began at 1 s and had 90 s; 61 s were gone. Two seconds are for the last word of its runner.
    expect(sys.uptimeMs() - beganMs).toBeLessThanOrEqual(32_100);
  });

  test('calls a script late, not failed, that the killed agent was about to end', async () => {
    const sys = started('a', 50, 143)(newSys());
    sys.file(`${paths.scripts}/a.start.timed-out`, 'sleep 9999 (pid 5)\n');
    scripted(sys, 'b');
    const kept = { tiers: state('starting') };
    await runTiers(context(sys, {}, kept), tiers);
    expect(kept.tiers[0]?.scripts[0]).toMatchObject({
      status: 'timed-out',
      detail: 'not done after 90 s; it waited for sleep 9999 (pid 5)',
    });
  });

  test('calls a script failed whose runner was killed without a word', async () => {
    const sys = newSys()
      .file(`${paths.scripts}/a.start`, '777 50\n')
      .file('/proc/777/stat', stat(777, 'other', 1, 777, 9999));
    scripted(sys, 'b');
    const kept = { tiers: state('starting') };
    await runTiers(context(sys, {}, kept), tiers);
    expect(kept.tiers[0]?.scripts[0]).toMatchObject({ status: 'failed', detail: 'the shell that ran it was killed' });
    expect(sys.uptimeMs()).toBeLessThan(20_000);
  });
});

describe('runTiers() when something fails', () => {
  const facilities = parseFacilities(['$syslog +log\n']);
  const chain = [
    tier('rc2.d/S01', script('log', { provides: ['log'] }), 'other'),
    tier('rc2.d/S02', script('cron', { provides: ['cron'], requiredStart: ['$syslog'] })),
    tier('rc2.d/S03', script('shop', { requiredStart: ['cron'] })),
  ];
  const needs = async () => findNeeds(chain, facilities);

  test('starts who needs it all the same, and says so when that fails, too', async () => {
    const sys = newSys();
    scripted(sys, 'log', { code: 1 });
    scripted(sys, 'other');
    scripted(sys, 'cron', { code: 7 });
    scripted(sys, 'shop');
    const kept = { tiers: [] as Tiers };
    await runTiers(context(sys, { needs }, kept), chain);
    expect(outcomes(kept.tiers)).toEqual(['log failed', 'other started', 'cron failed', 'shop started']);
    expect(kept.tiers[1]?.scripts[0]?.detail).toBe('exit 7: program is not running; it needs log, which failed (exit 1: generic error)');
  });

  test('skips who needs it, down the chain, where the machine is set so', async () => {
    const sys = newSys();
    scripted(sys, 'log', { code: 1 });
    scripted(sys, 'other');
    const kept = { tiers: [] as Tiers };
    await runTiers(context(sys, { needs, failedNeed: 'skip' }, kept), chain);
    expect(outcomes(kept.tiers)).toEqual(['log failed', 'other started', 'cron skipped', 'shop skipped']);
    expect(kept.tiers[2]?.scripts[0]).toMatchObject({
      detail: 'needs cron, which was skipped: needs log, which failed (exit 1: generic error)',
      blockedBy: 'cron',
    });
    expect(sys.lines).toContainEqual(expect.stringContaining('script cron: skipped (needs log, which failed (exit 1: generic error))'));
  });

  test('is held at a script with X-On-Failure: hold that was skipped so, and retry begins all of the tier anew', async () => {
    const sys = newSys();
    scripted(sys, 'log', { code: 1 });
    const tiers = [
      tier('rc2.d/S01', script('log', { provides: ['log'] })),
      tier('rc2.d/S02', script('cron', { requiredStart: ['$syslog'], onFailure: 'hold' })),
    ];
    const kept = { tiers: [] as Tiers };
    const run = context(sys, { needs: async () => findNeeds(tiers, facilities), failedNeed: 'skip' }, kept);
    expect(await runTiers(run, tiers)).toMatchObject({
      kind: 'held',
      reason: 'cron of rc2.d/S02 did not start, and X-On-Failure says hold',
      evidence: ['cron: skipped (needs log, which failed (exit 1: generic error))'],
    });
    kept.tiers = withScript(kept.tiers, 'rc2.d/S01', 'log', { status: 'starting' });
    kept.tiers = withScript(kept.tiers, 'rc2.d/S01', 'log', { status: 'started' });
    scripted(sys, 'cron');
    expect(await runTiers(run, tiers, { retry: true })).toEqual({ kind: 'done' });
    expect(outcomes(kept.tiers)).toEqual(['log started', 'cron started']);
  });

  test('is held when so many of one tier failed, not counting those that may, and retry begins those anew', async () => {
    const sys = newSys();
    const names = ['a', 'b', 'c', 'd'];
    const tiers = [
      tier('rc2.d/S01', ...names.map((name) => script(name, name === 'a' ? { onFailure: 'ignore' } : {}))),
      tier('rc2.d/S02', 'e'),
    ];
    scripted(sys, 'a', { code: 1 });
    scripted(sys, 'b', { code: 1, output: 'no disk\n' });
    scripted(sys, 'c');
    scripted(sys, 'd', { code: 2 });
    const kept = { tiers: [] as Tiers };
    const run = (tierFailures: number) => context(sys, { tierFailures }, kept);
    expect(await runTiers(run(2), tiers)).toMatchObject({
      kind: 'held',
      reason: '2 scripts of rc2.d/S01 failed, and scripts.tier_failures is 2',
      evidence: ['b: failed (exit 1: generic error)', 'b: no disk', 'd: failed (exit 2: invalid argument)'],
    });
    expect(outcomes(kept.tiers).at(-1)).toBe('e waiting');
    for (const name of ['b', 'd', 'e']) scripted(sys, name);
    expect(await runTiers(run(2), tiers, { retry: true })).toEqual({ kind: 'done' });
    expect(outcomes(kept.tiers)).toEqual(['a failed', 'b started', 'c started', 'd started', 'e started']);
    expectNothingUnscripted(sys);
  });
});

test('runTiers() gives scripts what was set for this boot, under what sysvinit always gives', async () => {
  const sys = newSys();
  const seen: Readonly<Record<string, string>>[] = [];
  scripted(sys, 'a');
  const launch = sys.launch.bind(sys);
  sys.launch = (argv, options) => {
    seen.push(options.env);
    return launch(argv, options);
  };
  const environment = async () => ({ VERBOSE: 'yes', site: 'b', RUNLEVEL: '9' });
  await runTiers(context(sys, { environment }), [tier('rc2.d/S01', 'a')]);
  expect(seen).toEqual([expect.objectContaining({ VERBOSE: 'yes', site: 'b', RUNLEVEL: '2', PREVLEVEL: 'N' })]);
});

test('runTiers() begins the scripts of a tier in the order of their names, whatever each has to wait for before', async () => {
  const sys = newSys();
  for (const name of ['a', 'b', 'c', 'd']) scripted(sys, name, { takesMs: 100 });
  const beforeScript = async ({ name }: { readonly name: string }): Promise<void> => {
    if (name === 'a' || name === 'c') await sys.sleep(700);
  };
  await runTiers(context(sys, { beforeScript }), [tier('rc2.d/S01', 'a', 'b', 'c', 'd')]);
  const started = sys.events.filter((event) => event.endsWith(' started') && event.startsWith('script'));
  expect(started).toEqual(['a', 'b', 'c', 'd'].map((name) => `script ${name} started`));
});

test('runTiers() lets nobody wait for a place that is not taken', async () => {
  const sys = newSys();
  scripted(sys, 'a', { takesMs: 50 });
  for (const name of ['e', 'f']) scripted(sys, name);
  const kept = { tiers: [] as Tiers };
  const scripts = ['a', script('b', {}), { ...script('c'), skip: 'not executable' }, 'e', 'f'] as const;
  await runTiers(context(sys, { skip: ['b'] }, kept), [tier('rc2.d/S01', ...scripts)]);
  expect(outcomes(kept.tiers)).toEqual(['a started', 'b skipped', 'c skipped', 'e started', 'f started']);
});

describe('runTiers() with a limit', () => {
  test.each([
    [1, ['a started', 'a done', 'b started', 'b done', 'c started', 'c done', 'd started', 'd done']],
    [2, ['a started', 'b started', 'b done', 'c started', 'c done', 'd started', 'd done', 'a done']],
  ] as const)('of %i starts in the order of the names, the next when one has ended', async (parallel, events) => {
    const sys = newSys();
    scripted(sys, 'a', { takesMs: 900 });
    for (const name of ['b', 'c', 'd']) scripted(sys, name, { takesMs: 200 });
    await runTiers(context(sys, { room: roomFor(parallel) }), [tier('rc2.d/S01', 'a', 'b', 'c', 'd')]);
    expect(sys.events.filter((event) => event.startsWith('script')).map((event) => event.slice(7))).toEqual(events);
  });

  test('is not held up for ever by a script that waits for one that has yet to begin', async () => {
    const sys = newSys();
    scripted(sys, 'a', { takesMs: Number.POSITIVE_INFINITY });
    scripted(sys, 'b');
    const kept = { tiers: [] as Tiers };
    await runTiers(context(sys, { room: roomFor(1), timeoutMs: 5000 }, kept), [tier('rc2.d/S01', 'a', 'b')]);
    expect(outcomes(kept.tiers)).toEqual(['a timed-out', 'b started']);
  });

  test('begins nothing more once the machine is to go down', async () => {
    const sys = newSys();
    const end = new AbortController();
    scripted(sys, 'a', { takesMs: 10_000 });
    void sys.sleep(500).then(() => end.abort());
    const kept = { tiers: [] as Tiers };
    await runTiers(context(sys, { room: roomFor(1), signal: end.signal }, kept), [tier('rc2.d/S01', 'a', 'b')]);
    expect(launches(sys)).toEqual(['a.start']);
    expect(outcomes(kept.tiers)).toEqual(['a starting', 'b waiting']);
  });
});
