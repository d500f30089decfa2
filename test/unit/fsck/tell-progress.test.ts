import { expect, test } from 'vitest';
import { drawBars } from '../../../src/cli/watch-check.ts';
import { fsckLog, openCheckLog } from '../../../src/fsck/check-log.ts';
import { readProgress } from '../../../src/fsck/check-progress.ts';
import { forgetProgress, openProgress } from '../../../src/fsck/tell-progress.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

const srv = { device: '/dev/vdb1', subject: 'filesystem', name: '/srv' } as const;
const data = { device: '/dev/vdc', subject: 'filesystem', name: '/data' } as const;
const ran = (device: string) => ({
  ...{ argv: ['e2fsck', device], code: 0, signal: null, stdout: `words of ${device}\n`, stderr: '' },
  ...{ durationMs: 5, timedOut: false },
});

test('openProgress() keeps an entry for each of the checks that run side by side, until its own end', async () => {
  const sys = new FakeSys();
  const [one, other] = [openProgress(sys, srv), openProgress(sys, data)];
  one.tell('preen', { pass: 1, percent: 35 });
  other.begin('look');
  await sys.sleep(1);
  expect(await readProgress(sys)).toMatchObject([
    { device: '/dev/vdb1', rung: 'preen', percent: 35 },
    { device: '/dev/vdc', rung: 'look' },
  ]);
  await one.end();
  expect((await readProgress(sys)).map(({ device }) => device)).toEqual(['/dev/vdc']);
  await forgetProgress(sys);
  expect(await readProgress(sys)).toEqual([]);
});

test('openProgress() tells of a filesystem under its mount point, not as the root', async () => {
  const sys = new FakeSys();
  const progress = openProgress(sys, srv);
  await sys.sleep(6_000);
  progress.tell('preen', { pass: 1, percent: 35 });
  await progress.end();
  expect(sys.lines).toEqual([expect.stringMatching(/ filesystem \/srv: progress \(preen of \/dev\/vdb1: pass 1 of 5, 35 %/)]);
});

test('openCheckLog() keeps every entry of checks that end at the same time', async () => {
  const sys = new FakeSys();
  const log = openCheckLog(sys);
  for (const device of ['/dev/vdb1', '/dev/vdc']) log.keep(ran(device));
  await log.settled();
  expect(await sys.readText(fsckLog)).toMatch(/words of \/dev\/vdb1\n# e2fsck \/dev\/vdc: exit 0 after 5 ms\nwords of \/dev\/vdc\n/);
});

test('drawBars() draws a line for each check over those of before', () => {
  const of = (device: string, percent?: number) => ({
    ...{ device, rung: 'preen', startedMs: 0, heardMs: 0 },
    ...(percent === undefined ? {} : { pass: 1, percent }),
  });
  const text = drawBars([of('/dev/a', 50), of('/dev/b')], 3);
  expect(text.startsWith('\x1b[3A\r[####################----')).toBe(true);
  expect(text).toContain('preen of /dev/a: pass 1 of 5, 50 %\x1b[K\n');
  expect(text).toContain('preen of /dev/b: under way\x1b[K\n');
});
