/**
 * Keeps the links that were wished: names, bonds, bridges, VLANs. What is missing is made as soon as it can be; what cannot be
 * made, or stands on a link that does not come, is named in the state and stops nothing.
 */
import { emit } from '../../sys/events.ts';
import type { NetworkTimeouts } from '../../sys/network-timeouts.ts';
import type { Sys } from '../../sys/sys.ts';
import type { VirtualLink } from '../../sys/virtual-link.ts';
import { partsOf } from '../../sys/virtual-link.ts';
import { applySteps } from './network-command.ts';
import type { LinkFacts } from './network-facts.ts';
import { isReleased, type NetworkRecord } from './network-record.ts';
import type { NetworkWatch } from './network-watch.ts';
import type { NetworkWishes } from './network-wish.ts';
import { type LinksPlan, planLinks, planUnmake } from './plan-links.ts';
import { planRenames } from './plan-renames.ts';

export interface MakeContext {
  readonly sys: Sys;
  readonly watch: NetworkWatch;
  readonly signal: AbortSignal;
  readonly record: NetworkRecord;
  readonly wished: NetworkWishes;
  readonly timeouts: NetworkTimeouts;
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  remember(record: NetworkRecord): Promise<void>;
  trouble(name: string, text: string | undefined): void;
}

/** A module may be on its way, and a link be held by somebody for a moment. */
const AGAIN_MS = [500, 1000, 2000, 4000, 8000, 15_000, 30_000, 60_000] as const;

/** Follows the links until aborted. Nothing is thrown but SysError. */
export async function makeLinks(context: MakeContext): Promise<void> {
  const told = new Map<string, Promise<void>>();
  let before = '';
  for (let tries = 0; !context.signal.aborted; ) {
    const plan = await context.watch.until((links) => worthDoing(planNow(context, links), told));
    if (plan === undefined) return;
    for (const { part, of } of plan.missing) if (!told.has(part)) told.set(part, tellOfMissing(context, part, of, told));
    for (const { link, why } of plan.refused) tellOfRefused(context, told, link, why);
    if (plan.steps.length === 0) continue;
    const failures = await context.exclusive(() => makeNow(context));
    for (const link of context.wished.virtual) context.trouble(keyOf(link), troubleOf(link, failures, plan));
    // What is planned again and again, failed or not, is not planned at once again.
    const steps = JSON.stringify(plan.steps);
    tries = failures.length > 0 || steps === before ? tries + 1 : 0;
    before = steps;
    if (tries > 0) await context.sys.sleep(AGAIN_MS[Math.min(tries, AGAIN_MS.length) - 1] ?? 0, context.signal);
  }
}

function troubleOf(link: VirtualLink, failures: readonly string[], plan: LinksPlan): string | undefined {
  const failure = failures.find((each) => each.split(/[\s:]+/).includes(link.name));
  return failure ?? plan.refused.find((each) => each.link === link)?.why;
}

function planNow({ record, wished: { virtual, renames } }: MakeContext, links: readonly LinkFacts[]): LinksPlan {
  const free = virtual.filter((link) => [link.name, ...partsOf(link)].every((name) => !isReleased(record, name)));
  const names = planRenames(
    renames,
    links.filter((link) => !isReleased(record, link.name)),
  );
  // Links are looked for by the names they will have.
  return names.length > 0 ? { steps: names, makes: [], missing: [], refused: [] } : planLinks(free, links, record.made);
}

function worthDoing(plan: LinksPlan, told: ReadonlyMap<string, unknown>): LinksPlan | undefined {
  const isNews = plan.missing.some(({ part }) => !told.has(part)) || plan.refused.some(({ link }) => !told.has(keyOf(link)));
  return plan.steps.length > 0 || isNews ? plan : undefined;
}

/** Makes what is missing at this moment, for who has the links to himself. Returns what failed, as sentences. */
export async function makeNow(context: MakeContext): Promise<readonly string[]> {
  const { steps, makes } = planNow(context, context.watch.links);
  if (context.signal.aborted || steps.length === 0) return [];
  if (makes.length > 0) await context.remember({ ...context.record, made: [...new Set([...context.record.made, ...makes])] });
  const failures = await applySteps(context.sys, steps);
  await context.watch.refresh();
  // What somebody else made at that very moment, as the bonding module its `bond0`, is not ours: it still lacks our options.
  const isOurs = (name: string) => !(makes.includes(name) && failures.some((each) => each.includes(` link add name ${name} `)));
  if (!context.record.made.every(isOurs)) await context.remember({ ...context.record, made: context.record.made.filter(isOurs) });
  const detail = failures.length > 0 ? failures.join('; ') : steps.map((step) => step.why).join(', ');
  await emit(context.sys, { subject: 'network', name: 'links', what: failures.length > 0 ? 'failed' : 'made', detail });
  return failures;
}

/** Takes the links away that we made, but those in `kept` and what they stand on; for who has the links to himself. Returns what was done. */
export async function unmakeNow(context: MakeContext, kept: readonly string[]): Promise<readonly string[]> {
  const { virtual } = context.wished;
  const steps = planUnmake(virtual, context.watch.links, { made: context.record.made, kept });
  if (steps.length === 0) return [];
  for (const link of virtual) context.trouble(keyOf(link), undefined);
  const failures = await applySteps(context.sys, steps);
  await context.watch.refresh();
  const done = steps.filter(({ argv }) => argv[2] === 'del').map(({ why }) => why);
  const detail = [...done, ...failures].join('; ');
  await emit(context.sys, { subject: 'network', name: 'links', what: 'released', detail, data: { failures } });
  return [detail];
}

/** Says that a part has not come in time, and takes that back when it has. */
async function tellOfMissing(context: MakeContext, part: string, of: VirtualLink, told: Map<string, unknown>): Promise<void> {
  const { watch, timeouts, sys, signal } = context;
  const came = (links: readonly LinkFacts[]) => (planLinks([of], links, []).missing.every((each) => each.part !== part) ? true : undefined);
  if ((await watch.until(came, timeouts.iflink_seconds * 1000)) === undefined && !signal.aborted) {
    const detail = `no such link after ${timeouts.iflink_seconds} s, wished for ${of.kind} ${of.name}`;
    context.trouble(part, detail);
    await emit(sys, { subject: 'network', name: part, what: 'failed', detail });
    await watch.until(came);
    context.trouble(part, undefined);
  }
  told.delete(part);
}

function tellOfRefused(context: MakeContext, told: Map<string, Promise<void>>, link: VirtualLink, why: string): void {
  if (told.has(keyOf(link))) return;
  context.trouble(keyOf(link), why);
  told.set(keyOf(link), emit(context.sys, { subject: 'network', name: link.name, what: 'failed', detail: why }));
}

const keyOf = ({ kind, name }: VirtualLink): string => `${kind} ${name}`;
