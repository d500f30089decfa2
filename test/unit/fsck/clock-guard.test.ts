import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { guardClock, newestTime, planClock } from '../../../src/fsck/clock-guard.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

const ms = (text: string) => Date.parse(text);
const now = ms('2026-01-01T00:00:00Z');

describe('planClock()', () => {
  test.each([
    ['leaves a clock that nothing contradicts', { nowMs: now }, { kind: 'fine' }],
    ['leaves a clock that is ahead', { nowMs: now, builtMs: now - 1e10, superblockMs: now - 1e9 }, { kind: 'fine' }],
    ['forgives a minute', { nowMs: now, superblockMs: now + 59_000 }, { kind: 'fine' }],
    ['takes the hardware clock where it is ahead of all', { nowMs: 0, rtcMs: now + 5, superblockMs: now }, { kind: 'set', toMs: now + 5 }],
    ['takes the last use of the root', { nowMs: 0, builtMs: now - 1e9, superblockMs: now }, { kind: 'set', toMs: now }],
    ['does not take a hardware clock that is behind', { nowMs: 0, rtcMs: 1e9, superblockMs: now }, { kind: 'set', toMs: now }],
    ['takes the time of the build', { nowMs: 0, builtMs: now }, { kind: 'set', toMs: now, because: 'the toolbox was built then' }],
    [
      'moves a clock from before the build by years',
      { nowMs: 0, builtMs: now, superblockMs: now + 9e10 },
      { kind: 'set', toMs: now + 9e10 },
    ],
    ['does not move a thinkable clock by years', { nowMs: now, builtMs: now - 1e9, superblockMs: now + 9e10 }, { kind: 'doubt' }],
    ['doubts a superblock from decades ahead', { nowMs: now, builtMs: now - 1e9, superblockMs: now + 4e11 }, { kind: 'doubt' }],
  ] as const)('%s', (_what, facts, plan) => {
    expect(planClock(facts)).toMatchObject(plan);
  });

  test('never sets a clock back, and never ahead of every known time', () => {
    const time = fc.option(fc.integer({ min: 0, max: 4e12 }), { nil: undefined });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), time, time, time, (nowMs, builtMs, rtcMs, superblockMs) => {
        const plan = planClock({ nowMs, builtMs, rtcMs, superblockMs });
        if (plan.kind !== 'set') return;
        expect(plan.toMs).toBeGreaterThan(nowMs);
        expect(plan.toMs).toBeLessThanOrEqual(Math.max(nowMs, builtMs ?? 0, rtcMs ?? 0, superblockMs ?? 0));
      }),
    );
  });
});

test('newestTime() reads the header as dumpe2fs prints it', () => {
  const header =
    'Filesystem created:       Tue Nov 24 18:35:01 2026\nLast mount time:          n/a\nLast write time:          Tue Nov 24 18:35:02 2026\n';
  expect(newestTime(header)).toBe(ms('2026-11-24T18:35:02Z'));
  expect(newestTime('')).toBeUndefined();
});

test('guardClock() sets a clock that is behind, and says from when to when and why', async () => {
  const sys = new FakeSys()
    .answer('dumpe2fs -h /dev/vda1', { stdout: 'Last write time:          Tue Nov 24 18:35:02 2026\n' })
    .answer('date -u -s @1795545302');
  expect(await guardClock(sys, '/dev/vda1')).toMatch(
    /^the clock was behind: set from 2026-01-01T.* to 2026-11-24T18:35:02Z \(the root was last used then\)$/,
  );
});

test('guardClock() says nothing about a good clock, even when nothing can be asked', async () => {
  const sys = new FakeSys().fail('run dumpe2fs -h /dev/vda1', 'ENOENT');
  expect(await guardClock(sys, '/dev/vda1')).toBeUndefined();
});

test('guardClock() knows the time of the build from the toolbox, not from files that were copied by a clock that is wrong', async () => {
  const sys = new FakeSys()
    .file('/run/lifeboot/manifest.xxh64', '')
    .file('/run/lifeboot/lib/lifeboot/build-info', `version=1\nepoch=${ms('2036-01-01T00:00:00Z') / 1000}\n`)
    .answer('dumpe2fs -h /dev/vda1', { stdout: 'Last write time:          Tue Nov 24 18:35:02 2037\n' })
    .answer(`date -u -s @${ms('2037-11-24T18:35:02Z') / 1000}`);
  expect(await guardClock(sys, '/dev/vda1')).toMatch(/^the clock was behind: set from 2026-01-01T.* to 2037-11-24T18:35:02Z/);
});
