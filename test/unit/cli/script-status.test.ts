import { expect, test } from 'vitest';
import { findScriptFacts, formatScriptFacts, type ScriptFacts, statusCode, unknownScript } from '../../../src/cli/script-status.ts';
import type { BootState, ScriptState } from '../../../src/sys/boot-state.ts';
import { formatStatus } from '../../../src/sys/status-text.ts';
import { FakeSys } from '../../fake/fake-sys.ts';
import { paths, stat } from '../init/scripted-runs.ts';

const boot: BootState = {
  ...{ version: 1, agentStarts: 1, phases: [], overrides: [], problems: [] },
  tiers: [
    {
      name: 'rc2.d/S01',
      status: 'done',
      scripts: [
        { name: 'ssh', status: 'started', startedMs: 500, endedMs: 600 },
        { name: 'cron', status: 'stopped', by: 'service (pid 7)' },
      ],
    },
  ],
  byHand: [
    { name: 'rsync', status: 'started', by: 'invoke-rc.d (pid 9)' },
    { name: 'purged', status: 'stopped', by: 'invoke-rc.d (pid 10)' },
  ],
  health: [{ script: 'ssh', check: 'tcp:22', healthy: false, detail: 'ECONNREFUSED' }],
  monitor: {
    daemons: [
      { script: 'ssh', kind: 'daemon', wanted: true, health: 'unhealthy', reason: 'tcp:22', sinceMs: 1, restarts: 1, recentRestartsMs: [] },
    ],
  },
  operations: [
    {
      ...{ number: 1, script: 'ssh', action: 'restart', by: 'me', askedMs: 400 },
      outcome: { status: 'restarted', exitCode: 0, startedMs: 500, endedMs: 600 },
    },
    { number: 2, script: 'ssh', action: 'stop', by: 'you', askedMs: 900 },
  ],
};

test('findScriptFacts() tells all that is known of a script, and formatScriptFacts() shows it', async () => {
  const sys = new FakeSys().file('/etc/init.d/ssh', '').dir(paths.scripts).dir('/run');
  sys
    .process({ pid: 70, ppid: 1, argv: ['sshd', '-D'] })
    .file('/proc/70/stat', stat(70, 'sshd', 1, 70, 5))
    .file('/proc/70/wchan', 'poll');
  sys.file(`${paths.cgroups}/ssh/cgroup.procs`, '70\n').dir(`${paths.cgroups}/ssh`);
  sys.file(`${paths.output}/ssh.start`, 'old\n', { mtimeMs: 1 }).file(`${paths.output}/ssh.hand`, 'new \x1b[1m\n', { mtimeMs: 2 });
  const facts = await findScriptFacts(sys, boot, 'ssh');
  expect(formatScriptFacts(facts as ScriptFacts, 1600).split('\n')).toEqual([
    'ssh: started at 0.6 s, 1 s ago',
    'tier      rc2.d/S01',
    'monitor   unhealthy for 1 s: tcp:22; restarted once',
    'health    tcp:22: UNHEALTHY (ECONNREFUSED)',
    'processes sshd -D (pid 70, waits in poll)',
    'by hand   restart by me at 0.4 s: restarted',
    '          stop by you at 0.9 s: under way',
    '  | new',
  ]);
});

test('findScriptFacts() knows a script whose package is gone, one that nobody started, and no other', async () => {
  const sys = new FakeSys().file('/etc/init.d/new', '').dir(paths.scripts).dir('/run');
  expect(formatScriptFacts((await findScriptFacts(sys, boot, 'rsync')) as ScriptFacts, 0)).toContain('/etc/init.d/rsync is gone');
  expect(formatScriptFacts((await findScriptFacts(sys, boot, 'new')) as ScriptFacts, 0)).toContain('new: not started in this boot');
  expect(await findScriptFacts(sys, boot, 'rsynd')).toBeUndefined();
  expect(await unknownScript(sys, boot, 'corn')).toBe('"corn": no such script; did you mean cron?');
});

// LSB 3.1: 0 running, 1 dead and a pid file is there, 3 not running, 4 unknown.
test.each<[ScriptState['status'] | undefined, readonly string[], number]>([
  ['started', ['p'], 0],
  ['started', [], 0],
  ['failed', [], 1],
  ['failed', ['p'], 0],
  ['stopped', [], 3],
  ['waiting', [], 3],
  ['skipped', [], 3],
  ['built-in', [], 0],
  [undefined, [], 4],
  [undefined, ['p'], 0],
])('statusCode() of a script that is %s with processes %j is %i', (status, processes, code) => {
  const facts: ScriptFacts = { name: 'a', isGone: false, processes, health: [], operations: [], output: [] };
  expect(statusCode(status === undefined ? facts : { ...facts, row: { name: 'a', status } })).toBe(code);
});

test('statusCode() takes a daemon without a process, or an unhealthy one, for dead', () => {
  const daemon = boot.monitor?.daemons[0];
  const facts = { name: 'ssh', isGone: false, health: [], operations: [], output: [], row: { name: 'ssh', status: 'started' } } as const;
  if (daemon === undefined) throw new Error('no daemon');
  expect(statusCode({ ...facts, processes: ['p'], daemon })).toBe(1);
  expect(statusCode({ ...facts, processes: [], daemon: { ...daemon, health: 'healthy' } })).toBe(1);
  expect(statusCode({ ...facts, processes: [], daemon: { ...daemon, health: 'healthy', kind: 'oneshot' } })).toBe(0);
});

test('formatStatus() shows what was stopped on purpose, and what no tier has', () => {
  const text = formatStatus({ boot, rescue: undefined, uptimeMs: 1000 });
  expect(text).toContain('by hand   cron stopped by service (pid 7)\n          rsync started by invoke-rc.d (pid 9)');
  expect(text).not.toContain('purged');
});
