/** The order of an image's scripts: tiers for the start of each run level and for the stop. Pure. */
import { cycleFinding, findCycles } from './cycles.ts';
import { type Edge, findEdges, scriptsOf, type Waits } from './edges.ts';
import type { Facilities } from './facilities.ts';
import { compareNames, type Finding, sortFindings } from './finding.ts';
import { type Group, groups } from './groups.ts';
import { layer } from './layers.ts';
import type { PlanScript } from './plan-script.ts';
import { duplicateProviders, findProviders } from './providers.ts';
import { checkRequirements } from './requirements.ts';
import { isInteractive, lintScript } from './script-lint.ts';

/** A number of a link has two digits. */
export const MOST_TIERS = 99;

export interface PlanInput {
  readonly scripts: readonly PlanScript[];
  readonly facilities: Facilities;
}

export interface PlannedScript {
  readonly script: PlanScript;
  readonly interactive: boolean;
  /** The edge that puts it behind the tier before; undefined when it waits for nobody. */
  readonly because: Edge | undefined;
  /** Everyone it waits for, by name. */
  readonly after: readonly Edge[];
}

export interface PlannedTier {
  /** Of the links: `10`. */
  readonly number: string;
  readonly scripts: readonly PlannedScript[];
}

export interface PlannedGroup {
  readonly group: Group;
  readonly tiers: readonly PlannedTier[];
}

export interface Plan {
  readonly groups: readonly PlannedGroup[];
}

/** The plan, and everything the lint says. With a cycle there is no plan: no job is dropped to make one. */
export function makePlan(input: PlanInput): { readonly plan: Plan | undefined; readonly findings: readonly Finding[] } {
  const scripts = input.scripts.toSorted((a, b) => compareNames(a.name, b.name));
  const providers = findProviders(scripts);
  const findings: Finding[] = [
    ...scripts.flatMap(lintScript),
    ...duplicateProviders(providers),
    ...checkRequirements({ ...input, scripts, providers }, groups),
  ];
  const planned: PlannedGroup[] = [];
  let cyclic = false;
  for (const group of groups) {
    const members = scriptsOf(group, scripts);
    const waits = findEdges(group, members, providers, input.facilities);
    const cycles = findCycles(waits);
    cyclic ||= cycles.length > 0;
    findings.push(...cycles.map((cycle) => cycleFinding(cycle, group.letter === 'S' ? 'start' : 'stop')));
    if (cycles.length > 0 || members.length === 0) continue;
    const interactive = new Set(
      group.letter === 'S' ? members.filter((script) => isInteractive(script, input.facilities)).map(({ name }) => name) : [],
    );
    const tiers = layer(waits, interactive);
    if (tiers.length > MOST_TIERS) findings.push(tooManyTiers(group, tiers));
    planned.push({ group, tiers: numberTiers(tiers, new Map(members.map((script) => [script.name, script])), waits, interactive) });
  }
  const fits = planned.every(({ tiers }) => tiers.length <= MOST_TIERS);
  return { plan: cyclic || !fits ? undefined : { groups: planned }, findings: sortFindings(findings) };
}

/** S10, S20, … while they last: then in fives, twos, ones. */
export const stepOf = (tiers: number): number => [10, 5, 2].find((step) => tiers * step <= MOST_TIERS) ?? 1;

function numberTiers(
  tiers: readonly (readonly string[])[],
  scripts: ReadonlyMap<string, PlanScript>,
  waits: Waits,
  interactive: ReadonlySet<string>,
): readonly PlannedTier[] {
  const step = stepOf(tiers.length);
  const tierOf = new Map(tiers.flatMap((tier, index) => tier.map((name) => [name, index] as const)));
  return tiers.map((tier, index) => ({
    number: String((index + 1) * step).padStart(2, '0'),
    scripts: tier.flatMap((name) => {
      const script = scripts.get(name);
      if (script === undefined) return [];
      const after = [...(waits.get(name)?.values() ?? [])].toSorted((a, b) => compareNames(a.to, b.to));
      return [{ script, interactive: interactive.has(name), after, because: nearest(after, tierOf) }];
    }),
  }));
}

/** The edge to the latest tier; hard before soft, then by name. */
function nearest(after: readonly Edge[], tierOf: ReadonlyMap<string, number>): Edge | undefined {
  const tier = (edge: Edge) => tierOf.get(edge.to) ?? 0;
  let best: Edge | undefined;
  for (const edge of after) {
    if (best === undefined || tier(edge) > tier(best) || (tier(edge) === tier(best) && edge.hard && !best.hard)) best = edge;
  }
  return best;
}

function tooManyTiers(group: Group, tiers: readonly (readonly string[])[]): Finding {
  const last = tiers.at(-1)?.[0] ?? '';
  return {
    severity: 'error',
    rule: 'too-many-tiers',
    script: last,
    file: `/etc/init.d/${last}`,
    message: `${tiers.length} tiers are wanted at run level ${group.name}, and the number of a link has two digits`,
    mend: `shorten the chain that ends in ${last}: at most ${MOST_TIERS} tiers`,
  };
}
