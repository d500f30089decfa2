import { describe, expect, test } from 'vitest';
import { newDaemon } from '../../../../src/init/health/daemon-state.ts';
import { findDaemons } from '../../../../src/init/health/find-daemons.ts';
import { planWatched } from '../../../../src/init/health/watched.ts';
import type { InitScript } from '../../../../src/init/init-script.ts';
import { parseLsbHeader } from '../../../../src/init/lsb-header.ts';
import { scriptPaths } from '../../../../src/init/script-paths.ts';
import type { ScriptState } from '../../../../src/sys/boot-state.ts';
import type { OnUnhealthy } from '../../../../src/sys/unhealthy-policy.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';
import { stat } from '../scripted-runs.ts';

function script(name: string, ...lines: readonly string[]): InitScript {
  const text = ['### BEGIN INIT INFO', `# Provides: ${name}`, ...lines.map((line) => `# ${line}`), '### END INIT INFO'].join('\n');
  const { header } = parseLsbHeader(text, { name, file: name });
  if (header === undefined) throw new Error('the header of this test is not one');
  return { name, path: `/etc/init.d/${name}`, header };
}
const row = (name: string, status: ScriptState['status'] = 'started'): ScriptState => ({ name, status });

/** A script whose run was led by 100 and left a process: a daemon in its own session, or a job in that of the run. */
function machine(): FakeSys {
  const sys = new FakeSys();
  for (const [name, pid, session] of [
    ['filed', 201, 201],
    ['bare', 202, 202],
    ['job', 203, 100],
  ] as const) {
    sys.dir(`${scriptPaths.cgroups}/${name}`).file(`${scriptPaths.cgroups}/${name}/cgroup.procs`, `${pid}\n`);
    sys.process({ pid, comm: name }).file(`/proc/${pid}/stat`, stat(pid, name, 1, session, session));
    sys.file(`${scriptPaths.scripts}/${name}.start`, '100 50\n').file(`/proc/${pid}/wchan`, '0');
  }
  return sys.dir('/run/filed').file('/run/filed/main.pid', '201\n').file('/run/other.pid', '999\n').file('/run/odd.pid', 'x');
}

describe('findDaemons()', () => {
  test('watches a daemon without a check by its pid file, else by its processes, and no job in the background', async () => {
    const scripts = [script('filed'), script('bare'), script('job'), script('quiet')];
    const rows = scripts.map(({ name }) => row(name));
    const daemons = await findDaemons(machine(), scriptPaths, scripts, { rows, health: [] });
    expect(daemons.map(({ script: name, kind, check, health }) => ({ name, kind, check, health }))).toEqual([
      { name: 'filed', kind: 'daemon', check: 'pidfile:/run/filed/main.pid', health: 'healthy' },
      { name: 'bare', kind: 'daemon', check: 'process', health: 'healthy' },
    ]);
  });

  test('takes those with a check as they were judged, and leaves out what did not run', async () => {
    const scripts = [
      script('tcp', 'X-Health-Check: tcp:1'),
      script('bad', 'X-Health-Check: tcp:2'),
      script('once', 'X-Health-Check: exec:/bin/true'),
      script('absent', 'X-Health-Check: tcp:3'),
    ];
    const health = ['tcp', 'bad', 'once'].map((name) => ({ script: name, check: 'x', healthy: name !== 'bad', detail: '' }));
    const rows = [row('tcp'), row('bad', 'failed'), row('once'), row('absent', 'skipped')];
    const daemons = await findDaemons(machine(), scriptPaths, scripts, { rows, health });
    expect(daemons.map(({ script: name, kind, health: each }) => `${name} ${kind} ${each}`)).toEqual([
      'tcp daemon healthy',
      'bad daemon unknown',
      'once oneshot healthy',
    ]);
  });
});

describe('planWatched()', () => {
  const policy = (each: InitScript, fallback: OnUnhealthy, kind: 'daemon' | 'oneshot' = 'daemon') =>
    planWatched({ daemons: [newDaemon(each.name, kind, 0)] }, [each], fallback)[0]?.policy;
  test.each<[string, readonly string[], 'daemon' | 'oneshot', OnUnhealthy, OnUnhealthy]>([
    ['web', ['X-Health-Check: tcp:80'], 'daemon', 'restart', 'restart'],
    ['web', ['X-Health-Check: tcp:80'], 'daemon', 'ignore', 'ignore'],
    ['web', ['X-Health-Check: tcp:80', 'X-On-Unhealthy: degrade'], 'daemon', 'restart', 'degrade'],
    ['web', ['X-Health-Check: tcp:80', 'X-On-Unhealthy: sometimes'], 'daemon', 'restart', 'degrade'],
    ['web', ['X-Health-Check: tcp:80 wanted'], 'daemon', 'restart', 'ignore'],
    ['sysctl', ['X-Health-Check: exec:/bin/true'], 'oneshot', 'restart', 'degrade'],
    ['sysctl', ['X-Health-Check: exec:/bin/true', 'X-On-Unhealthy: restart'], 'oneshot', 'restart', 'restart'],
    ['networking', ['X-Health-Check: file:/run/x'], 'daemon', 'restart', 'degrade'],
  ])('%s with %j, a %s, where %s counts: %s', (name, lines, kind, fallback, expected) => {
    expect(policy(script(name, ...lines), fallback, kind)).toBe(expected);
  });

  test('names those who need it, by any name it provides', () => {
    const db = script('db', 'X-Health-Check: tcp:1');
    const scripts = [
      { ...db, header: { ...db.header, provides: ['db', 'sql'] } },
      script('web', 'Required-Start: sql'),
      script('x', 'Should-Start: db'),
    ];
    expect(planWatched({ daemons: [newDaemon('db', 'daemon', 0)] }, scripts, 'restart')).toMatchObject([{ dependants: ['web'] }]);
  });

  test('counts required checks alone where there are any', () => {
    const both = script('web', 'X-Health-Check: tcp:80', 'X-Health-Check: tcp:443 wanted');
    const [watched] = planWatched({ daemons: [newDaemon('web', 'daemon', 0)] }, [both], 'restart');
    expect([watched?.checks, watched?.wanted].map((checks) => checks?.map(({ text }) => text))).toEqual([['tcp:80'], ['tcp:443']]);
  });
});
