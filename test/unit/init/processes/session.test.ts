import { describe, expect, test } from 'vitest';
import { describeMembers, endMembers, sessionMembers } from '../../../../src/init/processes/session.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';
import { stat } from '../scripted-runs.ts';

/** Runner 100 with script 101, its child 102, a background job 103 of the same session, a moved child 104, a let-go daemon 105. */
function machine(): FakeSys {
  const sys = new FakeSys();
  const rows: readonly (readonly [number, string, number, number, string?])[] = [
    [100, 'busybox', 1, 100],
    [101, 'demo (x)', 100, 100],
    [102, 'sleep', 101, 100],
    [103, 'job', 1, 100],
    [104, 'moved', 101, 104],
    [105, 'daemon', 1, 105],
    [106, 'dead', 1, 100, 'Z'],
  ];
  for (const [pid, comm, ppid, session, state] of rows) {
    sys
      .process({ pid, comm, ppid, argv: state === 'Z' ? [] : [`/bin/${comm}`, 'x'] })
      .file(`/proc/${pid}/stat`, stat(pid, comm, ppid, session, pid, state));
  }
  return sys.file('/proc/102/wchan', 'hrtimer_nanosleep').file('/proc/101/wchan', 'do_wait').file('/proc/103/wchan', '0');
}

describe('sessionMembers()', () => {
  test('finds the session and its descendants, not the leader, let-go daemons or zombies', async () => {
    expect((await sessionMembers(machine(), 100)).map(({ pid }) => pid)).toEqual([101, 102, 103, 104]);
  });

  test('is empty when all have gone', async () => {
    expect(await sessionMembers(new FakeSys(), 100)).toEqual([]);
  });
});

test('describeMembers() names those first that the others wait for', async () => {
  expect(describeMembers(await sessionMembers(machine(), 100))).toEqual([
    '/bin/sleep x (pid 102, waits in hrtimer_nanosleep)',
    '/bin/job x (pid 103)',
    '/bin/moved x (pid 104)',
    '/bin/demo (x) x (pid 101, waits in do_wait)',
  ]);
});

test('endMembers() ends all members with TERM and names those that not even KILL ends', async () => {
  const sys = machine().process({ pid: 103, comm: 'job', ppid: 1, argv: ['/bin/job'] }, { ignores: ['SIGTERM', 'SIGKILL'] });
  const left = await endMembers(sys, { look: () => sessionMembers(sys, 100), graceMs: 5000 });
  expect(left.map(({ pid }) => pid)).toEqual([103]);
  expect((await sys.processes()).map(({ pid }) => pid)).toEqual([100, 103, 105, 106]);
});
