import { expect, test } from 'vitest';
import { formatHold, holdBoot, planHold } from '../../../src/init/hold.ts';
import { paths } from '../../../src/sys/paths.ts';
import { held } from '../../../src/sys/phase-result.ts';
import { FakeSys } from '../../fake/fake-sys.ts';
import { contextOn } from './context.ts';

const phase = {
  name: 'check-root',
  run: () => Promise.reject(new Error('unused')),
  onFailure: 'hold',
  timeoutMs: 1,
  ifSkipped: 'data may be lost',
} as const;
const result = held('e2fsck left errors on /dev/vda', ['UNEXPECTED INCONSISTENCY'], [{ command: 'e2fsck -y /dev/vda', does: 'repair it' }]);

test('planHold() puts the advice before the general choices', () => {
  const { choices } = planHold(phase, result, 0);
  expect(choices.map(({ command }) => command)).toEqual([
    'e2fsck -y /dev/vda',
    'lifeboot retry',
    'lifeboot continue',
    'lifeboot skip',
    'lifeboot reboot',
    'lifeboot poweroff',
  ]);
  expect(choices.find(({ command }) => command === 'lifeboot skip')?.does).toContain('data may be lost');
});

test('formatHold() shows what failed, the evidence, the way in and the choices', () => {
  const lines = formatHold(planHold(phase, result, 0), ['ssh -p 2222 root@10.0.2.15']).join('\n');
  for (const part of [
    'HELD at check-root',
    'e2fsck left errors',
    'UNEXPECTED INCONSISTENCY',
    'ssh -p 2222 root@10.0.2.15',
    'e2fsck -y /dev/vda',
    'lifeboot retry',
  ])
    expect(lines).toContain(part);
});

test('formatHold() says so when there is no network', () => {
  expect(formatHold(planHold(phase, result, 0), []).join('\n')).toContain('no network');
});

test('holdBoot() repeats itself on the console until the operator decides', async () => {
  const sys = new FakeSys().file(paths.rescueState, JSON.stringify({ sshCommands: ['ssh -p 2222 root@10.0.2.15'] }));
  sys.clock.auto = false;
  const context = await contextOn(sys);
  const holding = holdBoot(context, phase, result);
  const shown = () => sys.lines.filter((line) => line.includes('HELD at check-root')).length;
  for (let round = 1; round <= 3; round++) {
    while (shown() < round) await new Promise((resolve) => setImmediate(resolve));
    await sys.advance(30_000);
  }
  expect(context.store.current().hold?.reason).toBe('e2fsck left errors on /dev/vda');
  context.operator.choose('skip');
  expect(await holding).toBe('skip');
  expect(context.store.current().hold).toBeUndefined();
});
