import { describe, expect, test } from 'vitest';
import { formatVerdicts, judgeRestart, type MachineView, type RestartFacts } from '../../../src/cli/judge-restart.ts';
import { verifyRestart } from '../../../src/cli/verify-restarts.ts';
import { newDaemon } from '../../../src/init/health/daemon-state.ts';
import { scriptPaths } from '../../../src/init/script-paths.ts';
import type { DaemonState } from '../../../src/sys/boot-state.ts';
import { paths } from '../../../src/sys/paths.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

const daemon = (script: string, patch: Partial<DaemonState> = {}): DaemonState => ({
  ...newDaemon(script, 'daemon', 0),
  health: 'healthy',
  ...patch,
});
const process = (pid: number, startTicks = pid) => ({ pid, ppid: 1, comm: 'redis', argv: [], startTicks, kernelThread: false });
const view = (daemons: readonly DaemonState[], ...processes: readonly ReturnType<typeof process>[]): MachineView => ({
  daemons,
  processes,
  unwell: new Map(),
});
const well: RestartFacts = {
  before: view([daemon('redis'), daemon('web')], process(7)),
  after: view([daemon('redis'), daemon('web')], process(9)),
  outcome: { status: 'restarted', exitCode: 0, startedMs: 1000, endedMs: 3000 },
  healthyAtMs: 5500,
  patienceMs: 60_000,
};

describe('judgeRestart()', () => {
  test('finds nothing where nothing is', () => {
    expect(judgeRestart('redis', well)).toEqual({ script: 'redis', restartMs: 2000, healthyMs: 2500, findings: [] });
  });

  test.each<[string, Partial<RestartFacts>, readonly string[]]>([
    ['a refusal', { outcome: { refused: 'no such script' } }, ['no such script']],
    ['a failure', { outcome: { status: 'failed', exitCode: 1, detail: 'exit 1', startedMs: 0, endedMs: 1 } }, ['failed: exit 1']],
    [
      'a timeout',
      { outcome: { status: 'timed-out', exitCode: 1, detail: 'not done after 9 s', startedMs: 0, endedMs: 1 } },
      ['timed-out: not done after 9 s'],
    ],
    [
      'what stays down',
      { healthyAtMs: undefined, after: view([daemon('redis', { health: 'unhealthy', reason: 'tcp:6379: refused' }), daemon('web')]) },
      ['not healthy within 60 s: tcp:6379: refused'],
    ],
    [
      'old processes',
      { after: view([daemon('redis'), daemon('web')], process(7), process(9)) },
      ['left old processes behind: redis (pid 7)'],
    ],
    ['no number that is taken anew', { after: view([daemon('redis'), daemon('web')], process(7, 99)) }, []],
    [
      'what it did to another',
      { after: view([daemon('redis'), daemon('web', { health: 'unhealthy', reason: 'http:80: status 500' })]) },
      ['web was healthy before and is unhealthy now: http:80: status 500'],
    ],
    [
      'what fails at this moment',
      { after: { ...view([daemon('redis'), daemon('web')]), unwell: new Map([['web', 'http:80: refused']]) } },
      ['web was healthy before and is not now: http:80: refused'],
    ],
    [
      'what another needed',
      { after: view([daemon('redis'), daemon('web', { restarts: 1 })]) },
      ['web was healthy before and had to be restarted'],
    ],
    [
      'no blame for one that was down before',
      {
        before: view([daemon('redis'), daemon('web', { health: 'unhealthy' })]),
        after: view([daemon('redis'), daemon('web', { health: 'unhealthy' })]),
      },
      [],
    ],
  ])('names %s', (_, patch, findings) => {
    expect(judgeRestart('redis', { ...well, ...patch }).findings).toEqual(findings);
  });
});

test('formatVerdicts() has a line for each script and each finding', () => {
  const verdicts = [judgeRestart('redis', well), { script: 'web', findings: ['one', 'two'] }];
  expect(formatVerdicts(verdicts).split('\n')).toEqual([
    'SCRIPT  RESTART  HEALTHY AFTER  FINDINGS',
    'redis   2.0 s    2.5 s          none',
    'web     -        -              one',
    '                                two',
  ]);
});

describe('verifyRestart()', () => {
  const state = (...daemons: readonly DaemonState[]) => JSON.stringify({ monitor: { daemons } });
  test('asks the agent with one ticket until it has ended, and waits for the monitor to find it healthy', async () => {
    const sys = new FakeSys().file(paths.state, state(daemon('redis'))).file(`${scriptPaths.cgroups}/redis/cgroup.procs`, '');
    const asked: unknown[] = [];
    sys.reply(paths.control, (request) => {
      asked.push(request['ticket']);
      if (asked.length < 3) return { pending: true };
      const nowMs = sys.uptimeMs();
      void sys.sleep(4000).then(() => sys.file(paths.state, state(daemon('redis', { sinceMs: nowMs + 4000 }))));
      return { outcome: { status: 'restarted', exitCode: 0, startedMs: nowMs - 500, endedMs: nowMs } };
    });
    expect(await verifyRestart(sys, 'redis', { watched: [], patienceMs: 60_000 })).toEqual({
      script: 'redis',
      restartMs: 500,
      healthyMs: 4000,
      findings: [],
    });
    expect(new Set(asked).size).toBe(1);
  });

  test('gives up on one that does not become healthy', async () => {
    const sys = new FakeSys().file(paths.state, state(daemon('redis'))).file(`${scriptPaths.cgroups}/redis/cgroup.procs`, '');
    sys.reply(paths.control, () => ({ outcome: { status: 'restarted', exitCode: 0, startedMs: 900, endedMs: 1000 } }));
    expect((await verifyRestart(sys, 'redis', { watched: [], patienceMs: 5000 })).findings).toEqual(['not healthy within 5 s']);
  });
});
