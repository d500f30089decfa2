/** Who provides what in an image. */
import { compareNames, type Finding } from './finding.ts';
import { groups } from './groups.ts';
import { type PlanScript, placeOf } from './plan-script.ts';

export type Providers = ReadonlyMap<string, readonly PlanScript[]>;

/** Scripts by what they provide, each list sorted by name. */
export function findProviders(scripts: readonly PlanScript[]): Providers {
  const providers = new Map<string, PlanScript[]>();
  for (const script of scripts) {
    for (const name of new Set(script.header.provides)) {
      const list = providers.get(name);
      if (list === undefined) providers.set(name, [script]);
      else list.push(script);
    }
  }
  return providers;
}

/** Names that two scripts provide which start together: who waits for the name waits for both. */
export function duplicateProviders(providers: Providers): readonly Finding[] {
  return [...providers]
    .toSorted(([a], [b]) => compareNames(a, b))
    .flatMap(([name, list]) => {
      const together = groups
        .filter(({ letter }) => letter === 'S')
        .map(({ levels }) => list.filter(({ start }) => levels.some((level) => start.has(level))));
      const [first, ...others] = together.find((each) => each.length > 1) ?? [];
      return others.map(
        (other): Finding => ({
          severity: 'error',
          rule: 'duplicate-provider',
          script: other.name,
          ...placeOf(other, 'Provides'),
          message: `${other.name} provides ${name}, and so does ${first?.name}; who needs ${name} waits for both`,
          mend: `disable one of them, or take ${name} out of Provides of ${other.name}`,
        }),
      );
    });
}
