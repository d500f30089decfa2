/** What a script cannot do without, and why that is not there: `Required-Start`, followed to the script that failed. */
import type { ScriptState } from '../sys/boot-state.ts';
import type { InitScript, Tier } from './init-script.ts';
import { expandWord, type Facilities } from './plan/facilities.ts';
import type { Tiers } from './tier-state.ts';

/** The scripts that provide what a script requires, by its name. */
export type Needs = ReadonlyMap<string, readonly string[]>;

/** Something that a script needs and that is not there. */
export interface BrokenNeed {
  /** The script that provides it. */
  readonly provider: string;
  /** `rsyslog, which was skipped: needs syslog-dir, which failed (exit 1: generic error)` */
  readonly why: string;
}

/** Of a facility with several members each counts that is there; a script whose failure is to be ignored is needed by nobody. */
export function findNeeds(tiers: readonly Tier[], facilities: Facilities): Needs {
  const scripts = tiers.flatMap((tier) => tier.scripts).filter(({ skip }) => skip === undefined);
  const providers = new Map<string, string[]>();
  for (const { name, header } of scripts.filter(({ header: { onFailure } }) => onFailure !== 'ignore')) {
    for (const provided of header.provides) providers.set(provided, [...(providers.get(provided) ?? []), name]);
  }
  const needsOf = ({ name, header }: InitScript): readonly string[] => {
    const wanted = header.requiredStart.flatMap((word) => {
      const expansion = expandWord(word, facilities);
      return expansion.kind === 'names' ? expansion.wanted : [];
    });
    return [...new Set(wanted.flatMap((each) => providers.get(each.name) ?? []))].filter((provider) => provider !== name);
  };
  return new Map(scripts.map((script) => [script.name, needsOf(script)]));
}

/** The first need of the script that is not met; undefined when all are, or may yet be. */
export function findBroken(script: string, needs: Needs, states: Tiers): BrokenNeed | undefined {
  const rows = states.flatMap(({ scripts }) => scripts);
  for (const provider of needs.get(script) ?? []) {
    // A script of two tiers is skipped in the later one.
    const row = rows.find(({ name, status, blockedBy }) => name === provider && (status !== 'skipped' || blockedBy !== undefined));
    const why = row === undefined ? undefined : describeBroken(row);
    if (why !== undefined) return { provider, why };
  }
  return undefined;
}

/** Whether anything failed at all: needs are only looked at then. */
export const hasFailures = (states: Tiers): boolean =>
  states.some(({ scripts }) => scripts.some((row) => describeBroken(row) !== undefined));

/** What a blocked script says of itself names its own need, and so the chain goes on to its end. */
function describeBroken({ name, status, detail, blockedBy }: ScriptState): string | undefined {
  if (status === 'failed') return `${name}, which failed${detail === undefined ? '' : ` (${detail})`}`;
  if (status === 'timed-out') return `${name}, which timed out`;
  return blockedBy === undefined ? undefined : `${name}, which was skipped: ${detail}`;
}
