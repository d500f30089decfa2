import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bootMetrics, type MetricFacts } from '../../../../src/init/metrics/boot-metrics.ts';
import { formatFamilies } from '../../../../src/init/metrics/exposition.ts';
import type { BootState, RescueState } from '../../../../src/sys/boot-state.ts';

const boot: BootState = {
  version: 1,
  agentStarts: 1,
  phases: [
    { name: 'check-root', status: 'done', startedMs: 6200, endedMs: 7650 },
    { name: 'tiers', status: 'running', startedMs: 8000 },
  ],
  tiers: [
    {
      name: 'rc2.d/S01',
      status: 'done',
      scripts: [
        { name: 'ssh', status: 'started', exitCode: 0, startedMs: 9000, endedMs: 9250 },
        { name: 'nginx', status: 'failed', exitCode: 1, startedMs: 9000, endedMs: 9100, detail: 'exit 1' },
        { name: 'cron', status: 'waiting' },
      ],
    },
  ],
  health: [{ script: 'ssh', check: 'tcp:22', healthy: true, detail: '' }],
  verdict: { outcome: 'bad', reasons: ['nginx failed'], atMs: 12_340 },
  overrides: [],
  problems: ['a fault'],
};
const rescue: RescueState = {
  ...{ pid: 7, listening: true, port: 2222, hostKeyFingerprint: 'SHA256:x', sshCommands: [], sinceMs: 5, sessions: 2, authorizedKeys: 1 },
  ...{ authorities: 0, links: [], settled: true, problems: [] },
};
const facts: MetricFacts = { boot, rescue, stage1: { startedMs: 1900, copiedMs: 3200 }, version: '0.1.0', bootTime: 1_764_000_000 };
const textOf = (more: Partial<MetricFacts> = {}) => formatFamilies(bootMetrics({ ...facts, ...more }));

/** The grammar of the text format, version 0.0.4, as far as gauges go; throws nothing, and returns every series once. */
function expectExposition(text: string): readonly string[] {
  expect(text === '' || text.endsWith('\n')).toBe(true);
  const series: string[] = [];
  const families: string[] = [];
  let current = '';
  for (const line of text.split('\n').slice(0, -1)) {
    const help = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (?:[^\\\n]|\\\\|\\n)*$/.exec(line);
    const type = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) gauge$/.exec(line);
    const sample =
      /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"(?:,[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*")*\})? -?\d+(\.\d+)?(e[+-]?\d+)?$/s.exec(
        line,
      );
    if (help?.[1] !== undefined) families.push(help[1]);
    else if (type?.[1] !== undefined) current = type[1];
    else {
      expect(sample, line).not.toBeNull();
      expect([sample?.[1], families.at(-1)]).toEqual([current, current]);
      series.push(`${sample?.[1]}${sample?.[2] ?? ''}`);
    }
  }
  expect(new Set(families).size).toBe(families.length);
  expect(new Set(series).size).toBe(series.length);
  return series;
}

describe('bootMetrics()', () => {
  test('tells durations, outcomes, the verdict, the hold and who is logged in', () => {
    const text = textOf();
    expectExposition(text);
    for (const line of [
      'lifeboot_info{version="0.1.0"} 1',
      'lifeboot_boot_time_seconds 1764000000',
      'lifeboot_boot_phase_duration_seconds{phase="kernel"} 1.9',
      'lifeboot_boot_phase_duration_seconds{phase="stage-1"} 1.3',
      'lifeboot_boot_phase_duration_seconds{phase="check-root"} 1.45',
      'lifeboot_boot_phase_status{phase="tiers",status="running"} 1',
      'lifeboot_boot_duration_seconds 12.34',
      'lifeboot_boot_good 0',
      'lifeboot_boot_bad_reasons 1',
      'lifeboot_boot_held 0',
      'lifeboot_script_status{script="nginx",tier="rc2.d/S01",status="failed"} 1',
      'lifeboot_script_duration_seconds{script="ssh",tier="rc2.d/S01"} 0.25',
      'lifeboot_script_exit_code{script="nginx",tier="rc2.d/S01"} 1',
      'lifeboot_health_check{script="ssh",check="tcp:22"} 1',
      'lifeboot_config_problems 1',
      'lifeboot_rescue_sessions 2',
    ])
      expect(text.split('\n')).toContain(line);
    expect(text).not.toContain('phase_duration_seconds{phase="tiers"');
    expect(text).not.toContain('lifeboot_boot_hold{');
  });
  test('names the phase that is held, and leaves out what is not known', () => {
    const { verdict: _, ...unfinished } = boot;
    const hold = { phase: 'tiers', reason: 'x', evidence: [], choices: [], sinceMs: 9 };
    const text = textOf({ boot: { ...unfinished, hold, round: { count: 1, fsck: false } }, rescue: undefined });
    expectExposition(text);
    expect(text).toContain('lifeboot_boot_held 1\n');
    expect(text).toContain('lifeboot_boot_hold{phase="tiers"} 1\n');
    expect(text).toContain('lifeboot_soft_reboots 1\n');
    expect(text).not.toMatch(/boot_good|boot_duration_seconds|rescue_|phase="kernel"/);
  });
  test('is what the text format allows, whatever the names are', () => {
    const name = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a"} 1\n', '\\', '\\n', '\n# TYPE x counter', ''));
    fc.assert(
      fc.property(
        fc.array(name),
        fc.array(fc.record({ script: name, check: name, healthy: fc.boolean(), detail: name })),
        (names, health) => {
          const tiers = names.map((tier) => ({
            name: tier,
            status: 'done' as const,
            scripts: names.map((script) => ({ name: script, status: 'started' as const })),
          }));
          const series = expectExposition(textOf({ boot: { ...boot, tiers, health } }));
          expect(series.filter((each) => each.startsWith('lifeboot_script_status')).length).toBeLessThanOrEqual(names.length ** 2);
        },
      ),
    );
  });
});
