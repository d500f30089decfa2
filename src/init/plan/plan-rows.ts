/** The plan as rows: what every form of it shows, and what `--diff` compares. */
import type { Edge } from './edges.ts';
import { showLevels } from './groups.ts';
import type { Plan, PlannedScript } from './make-plan.ts';

export interface PlanRow {
  /** `rcS.d/S10`, `rc2-5.d/S20`, `stop/K10` */
  readonly tier: string;
  readonly name: string;
  /** Run levels of the links, of `S0123456`. */
  readonly levels: string;
  /** `after rsyslog (Required-Start: $syslog)` */
  readonly why: string;
  /** Everyone it waits for, sorted. */
  readonly after: readonly string[];
  readonly health: readonly string[];
  readonly interactive: boolean;
  readonly builtIn?: string;
}

/** In the order of the boot, then of the stop; within a tier by name. */
export function planRows(plan: Plan): readonly PlanRow[] {
  return plan.groups.flatMap(({ group, tiers }) =>
    tiers.flatMap(({ number, scripts }) =>
      scripts.map(({ script, interactive, because, after }): PlanRow => {
        const levels = group.letter === 'S' ? script.start : script.stop;
        return {
          tier: `${group.letter === 'S' ? `rc${group.name}.d` : group.name}/${group.letter}${number}`,
          name: script.name,
          levels: showLevels(new Set(group.levels.filter((level) => levels.has(level)))),
          why: whyThere({ interactive, because }),
          after: after.map(({ to }) => to),
          health: group.letter === 'S' ? script.header.healthChecks.map(({ text }) => text) : [],
          interactive,
          ...(script.builtIn !== undefined && { builtIn: script.builtIn }),
        };
      }),
    ),
  );
}

function whyThere({ interactive, because }: Pick<PlannedScript, 'interactive' | 'because'>): string {
  const reason = because === undefined ? 'waits for nobody' : `after ${because.to} (${saidBy(because)})`;
  return interactive ? `${reason}, alone: interactive` : reason;
}

/** Whose header it is, when it is not the waiting script's own. */
const saidBy = ({ from, by, key, word }: Edge): string => (by === from ? `${key}: ${word}` : `${key}: ${word} in ${by}`);
