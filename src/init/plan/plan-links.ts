/** Which links an image is to have, and what has to be done to those it has. Pure. */
import { compareNames } from './finding.ts';
import type { Plan } from './make-plan.ts';

/** What is in one of the directories now; `target` of a symbolic link. */
export interface FoundLink {
  /** `rc2.d` */
  readonly directory: string;
  /** `S20ssh` */
  readonly file: string;
  readonly target?: string;
}

export interface LinkChanges {
  /** `rc2.d/S20ssh`, with its target `../init.d/ssh`. */
  readonly make: readonly { readonly path: string; readonly target: string }[];
  readonly remove: readonly string[];
  /** What is left alone, and why. */
  readonly kept: readonly string[];
}

/**
 * A link is ours to replace when it is named like a link of a planned script and leads to that script. Everything else stays as it is,
 * with a word about it. Sorted, so that a second run finds nothing to do.
 */
export function planLinks(plan: Plan, found: readonly FoundLink[]): LinkChanges {
  const wanted = wantedLinks(plan);
  const names = new Set([...wanted.values()]);
  const there = new Map(found.map((link) => [`${link.directory}/${link.file}`, link]));
  const remove: string[] = [];
  const kept: string[] = [];
  const blocked = new Set<string>();
  for (const [path, { file, target }] of [...there].toSorted(([a], [b]) => compareNames(a, b))) {
    const name = /^[SK]\d\d(\S+)$/.exec(file)?.[1];
    const ours = name !== undefined && names.has(name) && leadsTo(target, name);
    if (ours && wanted.get(path) === name) continue;
    if (ours) remove.push(path);
    else if (file !== 'README') {
      if (wanted.has(path)) blocked.add(path);
      kept.push(`${path}: left alone: ${whyKept(name, target, names)}`);
    }
  }
  const make = [...wanted]
    .filter(([path]) => !there.has(path) && !blocked.has(path))
    .toSorted(([a], [b]) => compareNames(a, b))
    .map(([path, name]) => ({ path, target: `../init.d/${name}` }));
  return { make, remove, kept };
}

function wantedLinks(plan: Plan): ReadonlyMap<string, string> {
  const links = new Map<string, string>();
  for (const { group, tiers } of plan.groups) {
    for (const { number, scripts } of tiers) {
      for (const { script } of scripts) {
        const levels = group.letter === 'S' ? script.start : script.stop;
        for (const level of group.levels) {
          if (levels.has(level)) links.set(`rc${level}.d/${group.letter}${number}${script.name}`, script.name);
        }
      }
    }
  }
  return links;
}

const leadsTo = (target: string | undefined, name: string) => target === `../init.d/${name}` || target === `/etc/init.d/${name}`;

function whyKept(name: string | undefined, target: string | undefined, names: ReadonlySet<string>): string {
  if (name === undefined) return 'not named like a link of a script';
  if (target === undefined) return 'not a link';
  return names.has(name) ? `it leads to ${target}, not to ${name}` : `${name} is not in the plan`;
}
