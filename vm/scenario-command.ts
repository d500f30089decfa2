/** `npm run vm -- boot --scenario NAME`: tells a story live and says whether it came out as it must. */
import { writeFile } from 'node:fs/promises';
import { createLiveView } from './live-view.ts';
import type { Machine } from './machine.ts';
import { type Scenario, scenarioContext } from './scenarios/scenario.ts';
import type { Target } from './target.ts';
import { formatMarks, marksOf } from './timings.ts';

export interface ScenarioCommandOptions {
  readonly target: Target;
  readonly scenarios: readonly Scenario[];
  readonly json?: string;
  /** File that gets the serial consoles; with several machines, of the last one. */
  readonly consoleLog?: string;
  readonly output: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

interface Result {
  readonly name: string;
  readonly passed: boolean;
  readonly seconds: number;
  readonly why?: string;
}

/** Resolves to the exit code: 0 when every one of them passed. */
export async function scenarioCommand(options: ScenarioCommandOptions): Promise<number> {
  const { target, scenarios, json, output, signal } = options;
  const results: Result[] = [];
  for (const scenario of scenarios) {
    if (signal.aborted) break;
    results.push(await tell(scenario, options));
  }
  for (const { name, passed, seconds, why } of results) {
    output.write(`${passed ? 'passed' : 'FAILED'}  ${name} (${seconds} s)${why === undefined ? '' : `\n${why}`}\n`);
  }
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ image: target.image, results }, undefined, 2)}\n`);
  return results.length === scenarios.length && results.every(({ passed }) => passed) ? 0 : 1;
}

async function tell(scenario: Scenario, { target, output, signal, consoleLog }: ScenarioCommandOptions): Promise<Result> {
  const log = consoleLog === undefined ? {} : { consoleLog };
  output.write(`\n=== ${scenario.name}: ${scenario.story}\n`);
  const view = createLiveView({ output, scripts: target.scripts });
  const machines: Machine[] = [];
  const startedMs = performance.now();
  const seconds = () => Math.round((performance.now() - startedMs) / 1000);
  const context = scenarioContext({
    ...target,
    signal,
    say: (text) => view.say(text),
    watch: (options) => ({ ...options, ...log, onLine: view.onLine }),
    started: (machine) => machines.push(machine),
  });
  try {
    await scenario.run(context);
    return { name: scenario.name, passed: true, seconds: seconds() };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { name: scenario.name, passed: false, seconds: seconds(), why };
  } finally {
    view.close();
    for (const machine of machines) output.write(`\n${formatMarks(marksOf(machine.console.events, undefined))}\n`);
  }
}
