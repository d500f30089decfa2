import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BootState, RescueState } from '../../../src/sys/boot-state.ts';
import { formatHeadline, formatStatus } from '../../../src/sys/status-text.ts';

const boot: BootState = { version: 1, agentStarts: 1, phases: [], tiers: [], health: [], overrides: [], problems: [] };
const rescue: RescueState = {
  pid: 7,
  listening: true,
  port: 2222,
  hostKeyFingerprint: 'SHA256:abc',
  sshCommands: ['ssh -p 2222 root@10.0.2.15'],
  sinceMs: 0,
  sessions: 1,
  authorizedKeys: 2,
  authorities: 0,
  links: ['eth0 up 10.0.2.15/24 from ip='],
  settled: true,
  problems: ['p1'],
};
const hold = {
  phase: 'check-root',
  reason: 'e2fsck left errors uncorrected on /dev/vda1',
  evidence: ['/dev/vda1: UNEXPECTED INCONSISTENCY; RUN fsck MANUALLY.'],
  choices: [
    { command: 'e2fsck -y /dev/vda1', does: 'repair it by hand, then' },
    { command: 'lifeboot retry', does: 'run check-root again' },
  ],
  sinceMs: 10_000,
};

describe('formatStatus()', () => {
  test('puts a hold, its evidence and its choices first', () => {
    expect(formatStatus({ boot: { ...boot, hold }, rescue: undefined, uptimeMs: 195_000 }).split('\n')).toEqual([
      'lifeboot: HELD at check-root for 3 min 5 s: e2fsck left errors uncorrected on /dev/vda1',
      '  | /dev/vda1: UNEXPECTED INCONSISTENCY; RUN fsck MANUALLY.',
      'what you can do:',
      '  e2fsck -y /dev/vda1  repair it by hand, then',
      '  lifeboot retry       run check-root again',
      'rescue    not running',
    ]);
  });

  test.each([
    ['before the monitor has followed', true, 'by hand   db stopped by /etc/init.d/db'],
    ['once it has', false, 'daemon    db stopped for 1 s'],
  ])('tells of a script that somebody stopped once, %s', (_, wanted, line) => {
    const stopped = { name: 'db', status: 'stopped', by: '/etc/init.d/db' } as const;
    const tiers: BootState['tiers'] = [{ name: 'rc2.d/S01', status: 'done', scripts: [stopped] }];
    const daemon = { script: 'db', kind: 'daemon', wanted, health: 'unknown', sinceMs: 1000, restarts: 0, recentRestartsMs: [] } as const;
    const text = formatStatus({ boot: { ...boot, tiers, monitor: { daemons: [daemon] } }, rescue: undefined, uptimeMs: 2000 });
    expect(text.split('\n').filter((each) => / db stopped/.test(each))).toEqual([line]);
  });

  test('shows phases, tiers, what runs and what failed, health, and the door', () => {
    const state: BootState = {
      ...boot,
      agentStarts: 3,
      phases: [
        { name: 'check-root', status: 'done', startedMs: 1000, endedMs: 3500, detail: 'e2fsck corrected errors' },
        { name: 'tiers', status: 'running', startedMs: 9000 },
      ],
      tiers: [
        { name: 'rcS.d/S01', status: 'done', scripts: [{ name: 'a', status: 'started' }] },
        {
          name: 'rc2.d/S02',
          status: 'running',
          scripts: [
            { name: 'slow', status: 'starting', startedMs: 9000 },
            { name: 'bad', status: 'failed', exitCode: 5, detail: 'not installed' },
            { name: 'stuck', status: 'timed-out', detail: 'no end within 90 s' },
          ],
        },
      ],
      health: [{ script: 'ssh', check: 'tcp:22', healthy: false, detail: 'ECONNREFUSED' }],
      overrides: ['skip of mount-root by ann'],
      problems: ['p1', 'p2'],
    };
    expect(formatStatus({ boot: state, rescue, uptimeMs: 12_000 }).split('\n')).toEqual([
      'lifeboot: booting, in phase tiers for 3 s',
      'phases    check-root done 2.5 s (e2fsck corrected errors), tiers running',
      'tiers     1 of 2 done, 4 scripts; running rc2.d/S02',
      'running   rc2.d/S02 slow starting for 3 s',
      'script    rc2.d/S02 bad failed (not installed)',
      'script    rc2.d/S02 stuck timed-out (no end within 90 s)',
      'health    ssh tcp:22: UNHEALTHY (ECONNREFUSED)',
      'agent     restarted 2 times in this boot',
      'rescue    open on port 2222, 1 session, 2 authorized keys',
      '          ssh -p 2222 root@10.0.2.15',
      'host key  SHA256:abc',
      'network   eth0 up 10.0.2.15/24 from ip=',
      'overrides skip of mount-root by ann',
      'problems  p1',
      '          p2',
    ]);
  });

  test('property: no byte of the evidence steers the terminal', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.integer({ min: 0, max: 0xff }).map((code) => String.fromCharCode(code)) }), { maxLength: 5 }),
        (evidence) => {
          const text = formatStatus({ boot: { ...boot, hold: { ...hold, evidence } }, rescue, uptimeMs: 0 });
          expect(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(text)).toBe(false);
        },
      ),
    );
  });
});

test.each([
  [undefined, 'the boot agent has not reported yet'],
  [boot, 'booting'],
  [{ ...boot, verdict: { outcome: 'good', reasons: [], atMs: 35_100 } }, 'boot good at 35.1 s'],
  [
    { ...boot, verdict: { outcome: 'bad', reasons: ['cron failed', 'ssh unhealthy'], atMs: 1 } },
    'boot bad at 0.0 s: cron failed; ssh unhealthy',
  ],
  [{ ...boot, hold, ending: { kind: 'reboot', by: 'ann' } }, 'going down: reboot, asked by ann'],
] as const)('formatHeadline() is one sentence (%#)', (state, text) => {
  expect(formatHeadline(state, 0)).toBe(text);
});

describe('formatStatus() of what is watched', () => {
  const daemon = { kind: 'daemon', wanted: true, health: 'healthy', sinceMs: 1000, restarts: 0, recentRestartsMs: [] } as const;
  const up: BootState = {
    version: 1,
    agentStarts: 1,
    phases: [],
    tiers: [],
    health: [],
    overrides: [],
    problems: [],
    verdict: { outcome: 'good', reasons: [], atMs: 9000 },
  };
  const show = (monitor: BootState['monitor']) =>
    formatStatus({ boot: { ...up, ...(monitor && { monitor }) }, rescue: undefined, uptimeMs: 61_000 });

  test('names what is degraded in the headline, and why below', () => {
    const text = show({
      daemons: [
        { ...daemon, script: 'well' },
        { ...daemon, script: 'redis', health: 'unhealthy', reason: 'tcp:6379: refused', degraded: true, restarts: 1 },
        { ...daemon, script: 'web', health: 'unhealthy', reason: 'tcp:80: refused', nextRestartMs: 65_000, restarts: 2 },
        { ...daemon, script: 'mail', wanted: false, reason: 'stopped by lifeboot stop' },
        { ...daemon, script: 'db', health: 'unhealthy', restartingMs: 60_000, restarts: 3 },
      ],
      pausedUntilMs: 90_000,
    });
    expect(text.split('\n').slice(0, 7)).toEqual([
      'lifeboot: boot good at 9.0 s; DEGRADED now: redis',
      'daemon    redis degraded for 1 min 0 s: tcp:6379: refused; restarted once',
      'daemon    web unhealthy for 1 min 0 s: tcp:80: refused; restarted 2 times; restart in 4 s',
      'daemon    mail stopped for 1 min 0 s: stopped by lifeboot stop',
      'daemon    db restarting for 1 s; restarted 3 times',
      '          many fell together: no restart for 29 s',
      'rescue    not running',
    ]);
  });

  test('says nothing of those that are well', () => {
    expect(show({ daemons: [{ ...daemon, script: 'well' }] })).toBe(show(undefined));
  });
});
