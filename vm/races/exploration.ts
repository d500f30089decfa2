/** What is explored: the tiers of a report's scripts, each with the order that is tried first. */
import { createHash } from 'node:crypto';
import type { Finding, RaceReport } from '../../src/init/races/report/finding.ts';
import type { Exploration } from '../../src/init/races/trial/evidence.ts';
import { serialOrder } from '../../src/init/races/trial/serial-order.ts';

export function explorationOf({ scripts }: Pick<RaceReport, 'scripts'>, findings: readonly Finding[]): Exploration {
  const tiers = Map.groupBy(scripts, ({ tier }) => tier);
  return {
    preferences: findings,
    tiers: [...tiers].map(([name, members]) => ({
      name,
      order: serialOrder(
        members.map((script) => script.name),
        findings,
      ),
    })),
  };
}

/** Outcomes of other scripts, or of other orders under the same names, are of no use. */
export function aboutOf(kernel: string, { tiers, preferences }: Exploration): string {
  const arcs = preferences.map(({ scripts, directed }) => [...scripts, directed]);
  return createHash('sha256')
    .update(JSON.stringify([kernel, tiers, arcs]))
    .digest('hex')
    .slice(0, 16);
}
