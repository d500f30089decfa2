import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lengthOf } from '../../../src/chart/boot-record.ts';
import { criticalChain } from '../../../src/chart/critical-chain.ts';
import { parseEvents } from '../../../src/chart/read-events.ts';
import { recordBoot } from '../../../src/chart/record-boot.ts';
import { sampleBoot, textOf } from './sample-boot.ts';

const recordOf = (text: string, options = {}) => {
  const record = recordBoot(parseEvents(text), options);
  if (record === undefined) throw new Error('no record');
  return record;
};
const scriptOf = (text: string, name: string, options = {}) =>
  recordOf(text, options)
    .tiers.flatMap((tier) => tier.scripts)
    .find((script) => script.name === name);
const event = (uptimeMs: number, subject: string, name: string, what: string, more: object = {}) => ({
  uptimeMs,
  subject,
  name,
  what,
  ...more,
});

describe('parseEvents()', () => {
  test('leaves out torn lines and what is no record', () => {
    const whole = JSON.stringify(event(5, 'boot', 'agent', 'started'));
    expect(parseEvents(`[]\nnull\n{"uptimeMs":"5"}\n${whole}\n${whole.slice(0, 20)}`)).toEqual([
      { ...event(5, 'boot', 'agent', 'started'), data: {} },
    ]);
  });
  test('throws for no text whatever', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseEvents(text)));
    fc.assert(fc.property(fc.array(fc.json()), (lines) => void recordBoot(parseEvents(lines.join('\n')))));
  });
});

describe('recordBoot()', () => {
  test('has every phase and script of the log with its span and outcome', () => {
    const record = recordOf(sampleBoot());
    expect(record.phases.map(({ name }) => name).slice(0, 5)).toEqual(['kernel', 'stage-1', 'agent', 'open-door', 'find-root']);
    expect(record.tiers.map(({ name, scripts }) => `${name} ${scripts.length}`)).toEqual([
      ...['rcS.d/S01 2', 'rcS.d/S02 2', 'rcS.d/S03 2', 'rcS.d/S04 3', 'rcS.d/S05 2', 'rc2.d/S01 2', 'rc2.d/S02 5'],
    ]);
    const { runs, health, limitMs } = scriptOf(sampleBoot(), 'nginx') ?? {};
    expect(runs?.map(({ outcome, endMs, startMs, detail }) => [outcome, endMs - startMs, detail])).toEqual([
      ['failed', 1250, 'exit 1 (failed)'],
    ]);
    expect([limitMs, health?.map(({ healthy }) => healthy)]).toEqual([90_000, [false]]);
    expect(record.verdict).toMatchObject({ outcome: 'bad', atMs: record.endMs });
    expect(record.doorMs).toBe(6010);
  });
  test('knows a hold, and the two tries around it', () => {
    const record = recordOf(sampleBoot({ heldMs: 60_000 }));
    expect(record.holds.map((hold) => [hold.name, lengthOf(hold)])).toEqual([['check-root', 60_000]]);
    const runs = record.phases.find(({ name }) => name === 'check-root')?.runs;
    expect(runs?.map((run) => [run.outcome, lengthOf(run)])).toEqual([
      ['held', 800],
      ['done', 1450],
    ]);
    expect(record.sessions).toHaveLength(1);
  });
  test('takes a script that an agent began and the next one joined for one run', () => {
    const lines = [
      event(10, 'script', 'x', 'started', { data: { tier: 't' } }),
      event(20, 'boot', 'agent', 'resumed'),
      event(30, 'script', 'x', 'started', { data: { tier: 't' } }),
      event(50, 'script', 'x', 'done', { data: { tier: 't', durationMs: 40 } }),
    ];
    expect(scriptOf(textOf(lines), 'x')?.runs).toEqual([{ startMs: 10, endMs: 50, outcome: 'done' }]);
  });
  test('takes the beginning from the duration when it was not told', () => {
    const lines = [event(50, 'script', 'x', 'done', { data: { tier: 't', durationMs: 40 } })];
    expect(scriptOf(textOf(lines), 'x')?.runs).toEqual([{ startMs: 10, endMs: 50, outcome: 'done' }]);
  });
  test('lets what has not ended run until now, and knows what is still to come', () => {
    const lines = [
      event(10, 'tier', 't', 'started', { data: { scripts: ['x'] } }),
      event(12, 'script', 'x', 'started', { data: { tier: 't' } }),
    ];
    const planned = [{ name: 'u', status: 'waiting', scripts: [{ name: 'y', status: 'waiting' }] }];
    const options = { nowMs: 500, planned };
    expect(scriptOf(textOf(lines), 'x', options)?.runs).toEqual([{ startMs: 12, endMs: 500, outcome: 'running' }]);
    expect(scriptOf(textOf(lines), 'y', options)?.runs).toEqual([]);
  });
  test('ends with the verdict, whatever happens later', () => {
    const later = [
      event(900_000, 'health', 'ssh', 'unhealthy'),
      event(900_001, 'session', 's', 'opened'),
      event(900_002, 'phase', 'stop', 'done'),
    ];
    expect(recordOf(`${sampleBoot()}${textOf(later)}`, { nowMs: 1_000_000 })).toEqual(recordOf(sampleBoot()));
  });
  test('is of the boot behind the last soft reboot, and not of its way down', () => {
    const again = [
      event(100_000, 'boot', 'soft-reboot', 'started'),
      event(100_100, 'script', 'ssh', 'stopped', { data: { tier: 'rc6.d/K01' } }),
      event(101_000, 'boot', 'soft-reboot', 'done'),
      event(101_100, 'boot', 'agent', 'started'),
      event(101_200, 'phase', 'open-door', 'started'),
      event(101_300, 'phase', 'open-door', 'done'),
      event(102_000, 'boot', 'reboot', 'started'),
      event(102_100, 'phase', 'stop-tiers', 'started'),
    ];
    const { round, startMs, endMs, phases, tiers } = recordOf(`${sampleBoot()}${textOf(again)}`);
    expect([round, startMs, endMs, phases.map(({ name }) => name), tiers]).toEqual([1, 101_100, 101_300, ['open-door'], []]);
  });
});

describe('criticalChain()', () => {
  test('has in each tier the script that ended last, and how long it was alone', () => {
    const chain = criticalChain(recordOf(sampleBoot()));
    expect(chain.filter(({ kind }) => kind === 'script').map(({ tier, name, aloneMs, second }) => [tier, name, aloneMs, second])).toEqual([
      ['rcS.d/S01', 'hostname.sh', 90, 'mountkernfs.sh'],
      ['rcS.d/S02', 'udev', 3060, 'keyboard-setup.sh'],
      ['rcS.d/S03', 'mountdevsubfs.sh', 1700, 'hwclock.sh'],
      ['rcS.d/S04', 'mountall.sh', 2090, 'procps'],
      ['rcS.d/S05', 'nfs-common', 500, 'networking'],
      ['rc2.d/S01', 'rsyslog', 100, 'dbus'],
      ['rc2.d/S02', 'postgresql', 3550, 'exim4'],
    ]);
  });
  test('never goes back in time', () => {
    const script = fc.record({ from: fc.nat(1000), took: fc.nat(1000), tier: fc.constantFrom('a', 'b', 'c') });
    fc.assert(
      fc.property(fc.array(script, { minLength: 1 }), (scripts) => {
        const lines = scripts.flatMap(({ from, took, tier }, index) => [
          event(from, 'script', `s${index}`, 'started', { data: { tier } }),
          event(from + took, 'script', `s${index}`, 'done', { data: { tier } }),
        ]);
        const record = recordOf(textOf(lines));
        const chain = criticalChain(record);
        expect(chain.map(({ startMs }) => startMs)).toEqual(chain.map(({ startMs }) => startMs).toSorted((a, b) => a - b));
        for (const { tier, endMs, aloneMs = 0 } of chain) {
          const ends = scripts.flatMap((each) => (each.tier === tier ? [each.from + each.took] : []));
          expect(endMs).toBe(Math.max(...ends));
          expect(aloneMs).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});
