/** The plan as a graph for graphviz: `lifeboot plan --dot | dot -Tsvg`. */
import type { PlannedGroup } from './make-plan.ts';

/** Tiers are ranks; a solid edge is required, a dashed one wanted. An edge that others imply is left out. */
export function formatDot(groups: readonly PlannedGroup[]): string {
  const clusters = groups.flatMap(({ group, tiers }) => {
    const id = (name: string) => JSON.stringify(`${group.name}/${name}`);
    const ranks = tiers.map(({ number, scripts }) => {
      const nodes = scripts.map(
        ({ script, interactive }) => `${id(script.name)} [label=${JSON.stringify(script.name)}${interactive ? ', style=bold' : ''}];`,
      );
      return `    { rank=same; /* ${group.letter}${number} */ ${nodes.join(' ')} }`;
    });
    const edges = tiers.flatMap(({ scripts }) =>
      scripts.flatMap(({ script, because }) =>
        because === undefined
          ? []
          : [
              `    ${id(because.to)} -> ${id(script.name)} [${because.hard ? '' : 'style=dashed, '}tooltip=${JSON.stringify(`${because.key}: ${because.word}`)}];`,
            ],
      ),
    );
    return [
      `  subgraph ${JSON.stringify(`cluster ${group.name}`)} {`,
      `    label=${JSON.stringify(`run level ${group.name}`)};`,
      ...ranks,
      ...edges,
      '  }',
    ];
  });
  return ['digraph plan {', '  rankdir=LR; node [shape=box, fontname="sans-serif"];', ...clusters, '}', ''].join('\n');
}
