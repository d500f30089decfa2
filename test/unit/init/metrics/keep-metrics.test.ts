import { expect, test } from 'vitest';
import { keepMetrics } from '../../../../src/init/metrics/keep-metrics.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';

const state = (more: object = {}) =>
  JSON.stringify({
    ...{ version: 1, agentStarts: 1, tiers: [], health: [], overrides: [], problems: [] },
    phases: [{ name: 'enter-root', status: 'done', startedMs: 1, endedMs: 2 }],
    verdict: { outcome: 'good', reasons: [], atMs: 9000 },
    ...more,
  });
const file = '/var/lib/metrics/lifeboot.prom';

async function keptFor(text: string): Promise<FakeSys> {
  const sys = new FakeSys();
  sys.dir('/var/lib/metrics');
  sys.file('/run/lifeboot/state.json', text);
  await keepMetrics(sys, '/var/lib/metrics/')[Symbol.asyncDispose]();
  return sys;
}

test('keepMetrics() writes a file that the exporter may read, and the same text once only', async () => {
  const sys = await keptFor(state());
  expect(sys.journal.filter((line) => line.includes('lifeboot.prom'))).toEqual([`write ${file}`]);
  expect(await sys.readText(file)).toContain('lifeboot_boot_good 1\n');
  expect((await sys.facts(file))?.mode).toBe(0o644);
});

test('keepMetrics() writes nothing before the root is entered, while scripts start, and on the way down', async () => {
  const early = state({ phases: [{ name: 'enter-root', status: 'running' }] });
  const starting = state({ verdict: undefined });
  for (const text of [early, starting, state({ ending: { kind: 'reboot', by: 'x' } })]) {
    expect((await keptFor(text)).journal.filter((line) => line.includes('lifeboot.prom'))).toEqual([]);
  }
});

test('keepMetrics() tells once that the file cannot be written, and the boot goes on', async () => {
  const sys = new FakeSys();
  sys.file('/run/lifeboot/state.json', state());
  sys.file('/var/lib/metrics', 'no directory');
  await keepMetrics(sys, '/var/lib/metrics')[Symbol.asyncDispose]();
  expect(sys.lines.filter((line) => line.includes('cannot write'))).toHaveLength(1);
});
