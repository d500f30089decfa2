import { describe, expect, test } from 'vitest';
import { formatRules, parseHoldEnd } from '../../../../../src/init/races/force/call-holds.ts';
import { perturb, perturbation } from '../../../../../src/init/races/force/perturb.ts';
import { awaitQuiet, parseUsage } from '../../../../../src/init/races/force/quiet.ts';
import { parseCommand } from '../../../../../src/init/races/force/trial-command.ts';
import { FakeSys } from '../../../../fake/fake-sys.ts';

const trial = { name: 't', seed: 3, holds: [] };

describe('parseCommand()', () => {
  test('reads a trial, with quiet times of its own or the usual ones', () => {
    const holds = [
      { kind: 'start', script: 'a', after: 'b' },
      { kind: 'call', script: 'a', call: 'bind', argument: 'tcp:80', nth: 1, until: 'b', timeoutMs: 10 },
      { kind: 'pass', script: 'a', call: 'bind', argument: 'tcp:81', nth: 1, until: 'b', timeoutMs: 10 },
    ];
    expect(parseCommand({ op: 'trial', nonce: 1, trial: { ...trial, holds, serial: ['a'], until: 'rc2.d/S01', nextPid: 5 } })).toEqual({
      op: 'trial',
      nonce: 1,
      quiet: { quietMs: 2000, capMs: 120_000 },
      trial: { ...trial, holds, serial: ['a'], until: 'rc2.d/S01', nextPid: 5 },
    });
    expect(parseCommand({ op: 'go', nonce: 4 })).toEqual({ op: 'go', nonce: 4 });
    expect(parseCommand({ op: 'watch' })).toEqual({ op: 'watch' });
  });
  test.each([
    [{ op: 'stop' }, 'op "stop": accepted are go, watch and trial'],
    [{ op: 'trial', trial }, 'nonce, quietMs and capMs must be whole numbers'],
    [{ op: 'trial', nonce: 1 }, 'trial: must be an object'],
    [{ op: 'trial', nonce: 1, trial: { name: 't' } }, 'trial: needs a name and a seed'],
    [{ op: 'trial', nonce: 1, trial: { ...trial, serial: [1] } }, 'trial t: serial and only must be names of scripts'],
    [{ op: 'trial', nonce: 1, trial: { ...trial, nextPid: -1 } }, 'nextPid a whole number'],
    [
      { op: 'trial', nonce: 1, trial: { ...trial, holds: [{ kind: 'start', script: 'a' }] } },
      'trial t: not a hold: {"kind":"start","script":"a"}',
    ],
    [
      {
        op: 'trial',
        nonce: 1,
        trial: { ...trial, holds: [{ kind: 'call', script: 'a', call: 'open', argument: 'a\nb', nth: 1, until: 'b', timeoutMs: 1 }] },
      },
      'not a hold',
    ],
  ])('explains %j', (message, why) => {
    expect(parseCommand(message)).toContain(why);
  });
});

describe('call holds', () => {
  test('formatRules() is a line for each, by number', () => {
    const hold = { kind: 'call', script: 'a', call: 'open', argument: '/run/a b', nth: 2, until: 'b', timeoutMs: 1500 } as const;
    expect(formatRules([hold, { ...hold, call: 'bind' }])).toBe('0 2 1500 open /run/a b\n1 2 1500 bind /run/a b\n');
  });
  test('parseHoldEnd() knows the last word about one of them', () => {
    const log = '10 0 held 77\n11 1 held 78\n12 0 go 0\n20 1 late 0\nhalf';
    expect([0, 1, 2].map((id) => parseHoldEnd(log, id))).toEqual(['go', 'late', 'missed']);
    expect(parseHoldEnd('10 0 held 77\n', 0)).toBe('open');
  });
});

describe('awaitQuiet()', () => {
  const group = '/sys/fs/cgroup/x';
  const usage = (us: number) => `usage_usec ${us}\nuser_usec 1\n`;
  test('comes as soon as the group has used next to nothing for so long', async () => {
    const sys = new FakeSys().file(`${group}/cpu.stat`, usage(100_000));
    for (const atMs of [300, 600, 900]) void sys.sleep(atMs).then(() => sys.file(`${group}/cpu.stat`, usage(100_000 + atMs * 500)));
    const beganMs = sys.uptimeMs();
    expect(await awaitQuiet(sys, group, { quietMs: 1000, capMs: 60_000 })).toBe(true);
    expect(sys.uptimeMs() - beganMs).toBeGreaterThanOrEqual(1900);
    expect(sys.uptimeMs() - beganMs).toBeLessThan(2600);
  });
  test('ends at its cap when it never comes', async () => {
    const sys = new FakeSys().file(`${group}/cpu.stat`, usage(0));
    for (let ms = 100; ms < 20_000; ms += 100) void sys.sleep(ms).then(() => sys.file(`${group}/cpu.stat`, usage(ms * 900)));
    expect(await awaitQuiet(sys, group, { quietMs: 1000, capMs: 5000 })).toBe(false);
  });
  test('parseUsage() is in milliseconds', () => {
    expect([parseUsage(usage(2500)), parseUsage('')]).toEqual([2.5, undefined]);
  });
});

describe('perturb()', () => {
  test('sets clock, random state and the next process number by the seed, the number last', () => {
    expect(perturbation(new Date(1_000_000), { ...trial, nextPid: 700 }, '/reseed').split('\n')).toEqual([
      'busybox date -s @1003 >/dev/null || echo clock',
      'busybox hwclock -w -u || echo hardware clock',
      '/reseed 3 || echo random',
      'echo 699 >/proc/sys/kernel/ns_last_pid || echo pid',
    ]);
  });
  test('says what could not be done', async () => {
    const sys = new FakeSys();
    sys.answer(`busybox sh -c ${perturbation(sys.wallClock(), trial, '/reseed')}`, { stdout: 'hardware clock\n' });
    expect(await perturb(sys, trial, '/reseed')).toEqual(['hardware clock']);
    expect(await perturb(new FakeSys(), { ...trial, seed: 4 }, '/reseed')).toHaveLength(1);
  });
});
