/** Runs ip(8) and its like: reads the facts, applies planned steps, and says in one line what did not work. */
import type { Family } from '../sys/ip-address.ts';
import type { Sys } from '../sys/sys.ts';
import { type LinkFacts, parseDefaultRoutes, parseLinks, type RouteFacts } from './network-facts.ts';
import type { Step } from './network-plan.ts';

const DEADLINE_MS = 10_000;

/** Links with their addresses. None when `ip` cannot run: the caller says that there is no link. */
export async function readLinks(sys: Sys): Promise<readonly LinkFacts[]> {
  return parseLinks(await outputOf(sys, ['ip', '-j', 'addr', 'show']));
}

/** Default routes of these families; a kernel without IPv6 has none of that family. */
export async function readDefaultRoutes(sys: Sys, families: readonly Family[] = [4, 6]): Promise<readonly RouteFacts[]> {
  const outputs = families.map((family) => outputOf(sys, ['ip', '-j', `-${family}`, 'route', 'show', 'default']));
  return (await Promise.all(outputs)).flatMap(parseDefaultRoutes);
}

/** Applies the steps in order and goes on after a failure: half a network beats none. Returns what failed, as sentences. */
export async function applySteps(sys: Sys, steps: readonly Step[]): Promise<readonly string[]> {
  const failures: string[] = [];
  for (const step of steps) {
    const failure = await runStep(sys, step.argv);
    if (failure !== undefined) failures.push(`${step.why}: ${failure}`);
  }
  return failures;
}

/** Undefined when the command exited with 0, else what it said. */
async function runStep(sys: Sys, argv: readonly string[]): Promise<string | undefined> {
  try {
    const ran = await sys.run(argv, { timeoutMs: DEADLINE_MS });
    if (ran.code === 0) return undefined;
    const said = ran.timedOut ? `no end within ${DEADLINE_MS / 1000} s` : (ran.stderr.trim().split('\n')[0] ?? '');
    return `${argv.join(' ')}: ${said === '' ? `exit ${ran.code ?? ran.signal}` : said}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function outputOf(sys: Sys, argv: readonly string[]): Promise<string> {
  try {
    return (await sys.run(argv, { timeoutMs: DEADLINE_MS })).stdout;
  } catch {
    return '';
  }
}
