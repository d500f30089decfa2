import { expect, test } from 'vitest';
import { GETTYS_FILE, keepGettys, parseStartTicks } from '../../../src/init/gettys.ts';
import type { InittabEntry } from '../../../src/init/inittab.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

const entry = (id: string, process = `/sbin/getty 38400 tty${id}`): InittabEntry => ({ id, runlevels: '2', action: 'respawn', process });
const LAUNCH = '/run/lifeboot/bin/busybox sh -c echo 0 >/proc/self/oom_score_adj; exec "$@" getty';
const stat = (pid: number, ticks = pid, state = 'S') =>
  `${pid} (ge) t ty) ${state} 1 ${Array.from({ length: 17 }, () => 0).join(' ')} ${ticks} 0 0\n`;

/** A machine with tty1 and tty2, where every launched getty appears in `/proc`. */
function machine(...ids: readonly string[]): FakeSys {
  const sys = new FakeSys();
  sys.clock.auto = false;
  let pid = 100;
  for (const id of ids) {
    sys.special(`/dev/tty${id}`);
    for (let i = 0; i < 40; i += 1) {
      const own = pid++;
      const effect = () => sys.file(`/proc/${own}/stat`, stat(own));
      sys.launchable(`${LAUNCH} /sbin/getty 38400 tty${id}`, { pid: own, times: 1, effect });
    }
  }
  return sys;
}
const launches = (sys: FakeSys) => sys.journal.filter((line) => line.startsWith('launch')).map((line) => line.split(' ').at(-1));
const recorded = async (sys: FakeSys) => JSON.parse((await sys.readText(GETTYS_FILE)) ?? '[]');
async function die(sys: FakeSys, pid: number): Promise<void> {
  sys.exit(pid);
  await sys.remove(`/proc/${pid}/stat`);
}

test('keepGettys() starts each entry once and again when it ends', async () => {
  const sys = machine('1', '2');
  await using _keeper = await keepGettys(sys, [entry('1'), entry('2')], '2');
  await sys.advance(5000);
  expect(launches(sys)).toEqual(['tty1', 'tty2']);
  await die(sys, 100);
  await sys.advance(2000);
  expect(launches(sys)).toEqual(['tty1', 'tty2', 'tty1']);
  expect(await recorded(sys)).toMatchObject([
    { id: '1', pid: 101, startTicks: 101 },
    { id: '2', pid: 140, startTicks: 140 },
  ]);
});

test('keepGettys() of a new agent adopts what runs, by record or by argv', async () => {
  const sys = machine('1', '2', '3');
  const first = await keepGettys(sys, [entry('1'), entry('2')], '2');
  await sys.advance(1000);
  await first[Symbol.asyncDispose]();
  sys.process({ pid: 555, ppid: 1, argv: ['/sbin/getty', '38400', 'tty3'], startTicks: 555 }).file('/proc/555/stat', stat(555));
  await using _second = await keepGettys(sys, [entry('1'), entry('2'), entry('3')], '2');
  await sys.advance(3000);
  expect(launches(sys)).toEqual(['tty1', 'tty2']);
  await die(sys, 555);
  await sys.advance(2000);
  expect(launches(sys)).toEqual(['tty1', 'tty2', 'tty3']);
});

test('keepGettys() does not take another process with the same pid for its getty', async () => {
  const sys = machine('1').file(
    GETTYS_FILE,
    JSON.stringify([{ id: '1', pid: 100, startTicks: 9, starts: 1, windowMs: 0, waitUntilMs: 0 }]),
  );
  sys.file('/proc/100/stat', stat(100, 12_345));
  await using _keeper = await keepGettys(sys, [entry('1')], '2');
  await sys.advance(1000);
  expect(launches(sys)).toEqual(['tty1']);
});

test('keepGettys() survives a torn record and a launch that fails, and says a fault once', async () => {
  const sys = machine('1').file(GETTYS_FILE, '[{"id":');
  sys.fail(`launch ${LAUNCH} /sbin/getty 38400 tty1`, 'EAGAIN', { times: 3 });
  await using _keeper = await keepGettys(sys, [entry('1')], '2');
  await sys.advance(5000);
  expect(sys.lines.filter((line) => line.includes('EAGAIN'))).toHaveLength(1);
  expect(await recorded(sys)).toMatchObject([{ id: '1', pid: 100 }]);
});

test('keepGettys() does not start a getty whose terminal is missing, and says so', async () => {
  const sys = machine('1');
  await using _keeper = await keepGettys(sys, [entry('1'), entry('9')], '2');
  await sys.advance(100_000);
  expect(launches(sys)).toEqual(['tty1']);
  expect(sys.lines.filter((line) => line.includes('getty-9'))).toEqual([expect.stringContaining('/dev/tty9 does not exist')]);
});

test('keepGettys() pauses a getty that ends at once, and says so once', async () => {
  const sys = machine('1');
  await using _keeper = await keepGettys(sys, [entry('1')], '2');
  for (let pid = 100; pid < 110; pid += 1) {
    await sys.advance(1000);
    await die(sys, pid);
  }
  await sys.advance(60_000);
  expect(launches(sys)).toHaveLength(10);
  expect(sys.events).toEqual(['boot getty-1 paused']);
});

test('keepGettys() reload ends what is no longer wanted and starts what is new', async () => {
  const sys = machine('1', '2');
  await using keeper = await keepGettys(sys, [entry('1')], '2');
  await sys.advance(1000);
  void keeper.reload([entry('2')]);
  const killed = sys.advance(4000);
  await killed;
  expect(sys.journal).toContain('kill -100 SIGTERM');
  expect(launches(sys)).toEqual(['tty1', 'tty2']);
});

test('keepGettys() stop ends them, stubborn ones by KILL, and starts no more', async () => {
  const sys = machine('1', '2');
  const keeper = await keepGettys(sys, [entry('1'), entry('2')], '2');
  await sys.advance(1000);
  const stopped = keeper.stop();
  await sys.advance(10);
  await die(sys, 100);
  await sys.advance(3100);
  await stopped;
  expect(sys.journal.filter((line) => line.startsWith('kill'))).toEqual(['kill -100 SIGTERM', 'kill -140 SIGTERM', 'kill -140 SIGKILL']);
  await sys.advance(10_000);
  expect(launches(sys)).toHaveLength(2);
});

test('parseStartTicks() reads through any command name and takes a zombie for gone', () => {
  expect(parseStartTicks(stat(7, 4711))).toBe(4711);
  expect(parseStartTicks(stat(7, 4711, 'Z'))).toBeUndefined();
  expect(parseStartTicks(undefined)).toBeUndefined();
  expect(parseStartTicks('nonsense')).toBeUndefined();
});
