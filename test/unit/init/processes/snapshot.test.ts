import { expect, test } from 'vitest';
import { formatSnapshot, readSnapshot, type SeenProcess, takeSnapshot } from '../../../../src/init/processes/snapshot.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';
import { paths, stat } from '../scripted-runs.ts';

const seen = (pid: number, ppid: number, more: Partial<SeenProcess> = {}): SeenProcess => ({
  ...{ pid, ppid, comm: `c${pid}`, argv: [`/bin/c${pid}`], startTicks: pid, kernelThread: false },
  ...{ waitsIn: 'do_wait', state: 'S', files: [], stack: [] },
  ...more,
});

test('formatSnapshot() shows the tree, then stacks and files of each', () => {
  const processes = [
    seen(30, 20, { state: 'D', waitsIn: 'nfs_wait', files: ['0 /dev/null'], stack: ['nfs_wait+0x1'] }),
    seen(20, 1),
    seen(25, 1, { argv: [], waitsIn: '' }),
  ];
  expect(formatSnapshot(processes, 5)).toEqual([
    'pid ppid state waits in: command',
    '20 1 S do_wait: /bin/c20',
    '  30 20 D nfs_wait: /bin/c30',
    '25 1 S -: [c25]',
    '… and 2 processes more',
    'stack of 30: nfs_wait+0x1',
    'file of 30: 0 /dev/null',
  ]);
});

test('takeSnapshot() bounds what it keeps, and goes on without what cannot be read', async () => {
  const sys = new FakeSys().dir(paths.scripts).file('/proc/7/stat', stat(7, 'x (y) z', 1, 7, 5, 'D'));
  for (let fd = 0; fd < 50; fd += 1) sys.link(`/proc/7/fd/${fd}`, fd === 3 ? 'socket:[99]' : `/srv/${'long'.repeat(100)}${fd}`);
  sys.answer(`${paths.busybox} grep -H . /proc/7/stack`, { code: null, takesMs: Number.POSITIVE_INFINITY });
  await takeSnapshot(sys, paths, 'a.start', [seen(7, 1)]);
  const lines = await readSnapshot(sys, paths, 'a.start');
  expect(lines.slice(0, 2)).toEqual(['pid ppid state waits in: command', '7 1 D do_wait: /bin/c7']);
  expect(lines).toContain('file of 7: 3 socket:[99]');
  expect(lines.at(-1)).toBe('file of 7: … and 18 more');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(160);
});

test('takeSnapshot() says nothing when it cannot be kept', async () => {
  const sys = new FakeSys().fail(`write ${paths.scripts}/a.start.snapshot`, 'ENOSPC');
  await takeSnapshot(sys, paths, 'a.start', []);
  expect(await readSnapshot(sys, paths, 'a.start')).toEqual([]);
});
