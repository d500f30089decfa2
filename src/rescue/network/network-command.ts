/** Runs ip(8) and its like: reads the facts, applies planned steps, and says in one line what did not work. */
import { emit } from '../../sys/events.ts';
import type { Family } from '../../sys/ip-address.ts';
import type { Sys } from '../../sys/sys.ts';
import { type LinkFacts, parseLinks, parseRoutes, type RouteFacts } from './network-facts.ts';
import type { Step } from './network-plan.ts';

const DEADLINE_MS = 10_000;

/** Links with their addresses. None when `ip` cannot run: the caller says that there is no link. */
export async function readLinks(sys: Sys): Promise<readonly LinkFacts[]> {
  return parseLinks(await outputOf(sys, ['ip', '-j', '-d', 'addr', 'show']));
}

/** Routes of these families, but for those that the kernel makes of an address; a kernel without IPv6 has none of that family. */
export async function readRoutes(sys: Sys, families: readonly Family[] = [4, 6]): Promise<readonly RouteFacts[]> {
  const outputs = families.map((family) => outputOf(sys, ['ip', '-j', `-${family}`, 'route', 'show']));
  return (await Promise.all(outputs)).flatMap(parseRoutes);
}

/** Applies the steps in order and goes on after a failure: half a network beats none. Returns what failed, as sentences. */
export async function applySteps(sys: Sys, steps: readonly Step[]): Promise<readonly string[]> {
  const failures: string[] = [];
  for (const group of groupSteps(steps)) failures.push(...(await runGroup(sys, group)));
  return failures;
}

/** Neighbours that one `ip -batch` can take: starting a program costs more than setting an address, and the door waits for it. */
export function groupSteps(steps: readonly Step[]): readonly (readonly Step[])[] {
  const groups: Step[][] = [];
  for (const step of steps) {
    const last = groups.at(-1);
    if (last?.[0] !== undefined && batchOf(step) !== undefined && batchOf(step) === batchOf(last[0])) last.push(step);
    else groups.push([step]);
  }
  return groups;
}

/** Which commands of a batch failed, by their 0-based place: `RTNETLINK answers: File exists`, `Command failed -:2`. */
export function parseBatchErrors(stderr: string): ReadonlyMap<number, string> {
  const errors = new Map<number, string>();
  let said: string[] = [];
  for (const line of stderr.split('\n').filter((each) => each.trim() !== '')) {
    const failed = /^Command failed -:(\d+)/.exec(line);
    if (failed === null) said.push(line.trim());
    else {
      errors.set(Number(failed[1]) - 1, said.join('; ') || 'failed');
      said = [];
    }
  }
  return errors;
}

/** The words before the object of an `ip` command (`ip`, `ip -6`); undefined for other programs. */
function batchOf({ argv }: Step): string | undefined {
  if (argv[0] !== 'ip') return undefined;
  return argv[1] === '-6' ? 'ip -6' : 'ip';
}

async function runGroup(sys: Sys, group: readonly Step[]): Promise<readonly string[]> {
  const [first] = group;
  if (first === undefined) return [];
  const prefix = batchOf(first);
  const isBatch = group.length > 1 && prefix !== undefined;
  const argv = isBatch ? [...prefix.split(' '), '-force', '-batch', '-'] : first.argv;
  const commands = group.map((step) => step.argv.join(' '));
  if (isBatch) await emit(sys, { subject: 'network', name: 'ip', what: 'batch', detail: commands.join('; '), quiet: true });
  const input = isBatch ? { input: commands.map((command) => `${command.slice(prefix.length + 1)}\n`).join('') } : {};
  try {
    const ran = await sys.run(argv, { timeoutMs: DEADLINE_MS, ...input });
    if (ran.code === 0) return [];
    const errors = parseBatchErrors(ran.stderr);
    const failed = group.map((step, place) => ({ step, said: errors.get(place) })).filter(({ said }) => said !== undefined);
    if (isBatch && failed.length > 0) return failed.map(({ step, said }) => `${step.why}: ${step.argv.join(' ')}: ${said}`);
    const said = ran.timedOut ? `no end within ${DEADLINE_MS / 1000} s` : (ran.stderr.trim().split('\n')[0] ?? '');
    return [`${first.why}: ${argv.join(' ')}: ${said === '' ? `exit ${ran.code ?? ran.signal}` : said}`];
  } catch (error) {
    return [`${first.why}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

async function outputOf(sys: Sys, argv: readonly string[]): Promise<string> {
  try {
    return (await sys.run(argv, { timeoutMs: DEADLINE_MS })).stdout;
  } catch {
    return '';
  }
}
