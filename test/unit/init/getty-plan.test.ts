import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type GettyRecord, gettyDevice, newGetty, planGetty } from '../../../src/init/getty-plan.ts';

const DEAD = { alive: false };

test('planGetty() leaves a running getty alone', () => {
  const record: GettyRecord = { ...newGetty('1'), pid: 7, startTicks: 70, starts: 1 };
  expect(planGetty(record, { alive: true }, 1000)).toEqual({ record, start: false });
});

test('planGetty() pauses after ten starts in two minutes, says so once, and goes on five minutes later', () => {
  const said: string[] = [];
  const starts: number[] = [];
  let record = newGetty('1');
  for (let nowMs = 1000; nowMs < 400_000; nowMs += 1000) {
    const step = planGetty(record, DEAD, nowMs);
    if (step.start) starts.push(nowMs);
    if (step.say) said.push(`${nowMs} ${step.say.what}`);
    record = step.record;
  }
  expect(starts.slice(0, 11)).toEqual([1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000, 311_000]);
  expect(said).toEqual(['11000 paused', '321000 paused']);
});

test('planGetty() never starts more than ten times in two minutes, nor leaves a getty down for longer than five', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 50, max: 60_000 }), { maxLength: 300 }), (lives) => {
      let [record, nowMs, lastStartMs]: [GettyRecord, number, number] = [newGetty('1'), 0, 0];
      const starts: number[] = [];
      for (const lifeMs of lives) {
        nowMs += lifeMs;
        let step = planGetty(record, DEAD, nowMs);
        if (!step.start) {
          nowMs = Math.max(nowMs, step.record.waitUntilMs);
          step = planGetty(step.record, DEAD, nowMs);
        }
        expect(step.start).toBe(true);
        expect(nowMs - lastStartMs - lifeMs).toBeLessThanOrEqual(300_000);
        record = step.record;
        lastStartMs = nowMs;
        starts.push(nowMs);
      }
      // sysvinit's window begins at its first start, so two windows can touch: twenty in a row at the very most.
      for (const at of starts) expect(starts.filter((start) => start >= at && start < at + 120_000).length).toBeLessThanOrEqual(20);
    }),
  );
});

test('planGetty() waits for a missing terminal, says it once, and starts when it appears', () => {
  const missing = { alive: false, missingDevice: '/dev/ttyUSB0' };
  const first = planGetty(newGetty('U0'), missing, 1000);
  expect(first).toMatchObject({ start: false, say: { what: 'skipped', detail: expect.stringContaining('/dev/ttyUSB0') } });
  expect(planGetty(first.record, DEAD, 30_999).start).toBe(false);
  const second = planGetty(first.record, missing, 31_000);
  expect(second).not.toHaveProperty('say');
  expect(planGetty(second.record, DEAD, 61_000)).toMatchObject({ start: true, record: { absent: false } });
});

test.each([
  [['/sbin/getty', '--noclear', '38400', 'tty1'], '/dev/tty1'],
  [['/sbin/getty', '-L', 'ttyS0', '9600', 'vt100'], '/dev/ttyS0'],
  [['/sbin/agetty', '/dev/hvc0'], '/dev/hvc0'],
  [['/sbin/agetty', '-8', 'console', '115200'], '/dev/console'],
  [['/bin/sh', '-c', 'x </dev/tty1'], undefined],
])('gettyDevice() finds the terminal of %j', (argv, device) => {
  expect(gettyDevice(argv)).toBe(device);
});
