/** The scenarios that every change must pass, and the proof that their asserts can fail. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { ConsoleLog } from './console-log.ts';
import { scenarios } from './scenarios/all.ts';
import { expectVerdict } from './scenarios/steps.ts';
import { tellScenarios } from './tell-scenarios.ts';

tellScenarios(scenarios.filter(({ isLong }) => !isLong));

test('expectVerdict() fails when the verdict is another', async () => {
  const console = new ConsoleLog();
  console.push('lifeboot 30.00 verdict boot: bad (hangs: timed out)\n', 31_000);
  const machine = { console } as unknown as Parameters<typeof expectVerdict>[0];
  await assert.rejects(expectVerdict(machine, 'good'), /verdict bad \(hangs: timed out\), not good/);
});
