/** Links an image has that break its headers: a script that starts before, or together with, what it waits for. */
import type { Edge } from './edges.ts';
import type { Finding } from './finding.ts';
import type { Plan } from './make-plan.ts';

/** Numbers of the links there are, by linkKey. */
export type LinkNumbers = ReadonlyMap<string, number>;

export const linkKey = (level: string, letter: string, name: string): string => `${level}/${letter}/${name}`;

/** One finding for an edge, at the first run level that breaks it. A required one is an error. Without a plan there is nothing to compare. */
export function staleLinks(plan: Plan | undefined, numbers: LinkNumbers): readonly Finding[] {
  return (plan?.groups ?? []).flatMap(({ group, tiers }) =>
    tiers.flatMap(({ scripts }) =>
      scripts.flatMap(({ after }) =>
        after.flatMap((edge) => {
          const number = (level: string, name: string) => numbers.get(linkKey(level, group.letter, name));
          const level = group.levels.find((each) => (number(each, edge.from) ?? 100) <= (number(each, edge.to) ?? -1));
          if (level === undefined) return [];
          const link = (name: string) => `rc${level}.d/${group.letter}${String(number(level, name)).padStart(2, '0')}${name}`;
          return [stale(edge, link(edge.from), link(edge.to))];
        }),
      ),
    ),
  );
}

function stale(edge: Edge, late: string, early: string): Finding {
  return {
    severity: edge.hard ? 'error' : 'warning',
    rule: 'later-tier',
    script: edge.from,
    file: edge.file,
    ...(edge.line !== undefined && { line: edge.line }),
    message: `${edge.key}: ${edge.word}: ${edge.from} waits for ${edge.to}, and the links are ${late} and ${early}`,
    mend: `lifeboot plan --write makes the links anew; or take ${edge.word} out of ${edge.key} of ${edge.by}`,
  };
}
