/** Scenarios as tests of a ring. Consoles are kept in the cache, `vm/consoles`. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { makeCacheDir } from './cache.ts';
import type { MachineOptions } from './machine.ts';
import { progressOn } from './progress.ts';
import { type Scenario, scenarioContext } from './scenarios/scenario.ts';
import { findTarget, type Target } from './target.ts';

const TOLD_MS = 900_000;

export function tellScenarios(scenarios: readonly Scenario[]): void {
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
}
