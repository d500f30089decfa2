/** The scenarios as tests of the vm ring, and the proof that their asserts can fail. Consoles are kept in the cache, `vm/consoles`. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { makeCacheDir } from './cache.ts';
import { ConsoleLog } from './console-log.ts';
import type { MachineOptions } from './machine.ts';
import { progressOn } from './progress.ts';
import { scenarios } from './scenarios/all.ts';
import { scenarioContext } from './scenarios/scenario.ts';
import { expectVerdict } from './scenarios/steps.ts';
import { findTarget, type Target } from './target.ts';

const TOLD_MS = 900_000;

describe('scenarios', () => {
  let target: Target;
  const interruption = new AbortController();
  beforeAll(async () => {
    target = await findTarget({ initrd: 'loader', show: progressOn(process.stderr) });
  });
  afterAll(() => interruption.abort());

  test.for(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', { timeout: TOLD_MS }, async ([, scenario]) => {
    const consoleLog = join(await makeCacheDir('vm', 'consoles'), `${scenario.name}.log`);
    const watch = (options: Partial<MachineOptions>) => ({ consoleLog, ...options });
    await scenario.run(scenarioContext({ ...target, say: () => {}, watch, signal: interruption.signal }));
  });
});

test('expectVerdict() fails when the verdict is another', async () => {
  const console = new ConsoleLog();
  console.push('lifeboot 30.00 verdict boot: bad (hangs: timed out)\n', 31_000);
  const machine = { console } as unknown as Parameters<typeof expectVerdict>[0];
  await assert.rejects(expectVerdict(machine, 'good'), /verdict bad \(hangs: timed out\), not good/);
});
