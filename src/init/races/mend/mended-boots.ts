/** Whether the boots of a mended copy went as well as those before: an order may be kept, and a script fail in it all the same. Pure. */
import type { JudgedFinding, Mend } from '../report/finding.ts';
import type { TracedScript, TraceHead } from '../trace/trace.ts';

export type BootHead = Pick<TraceHead, 'name' | 'tiers'>;

/** `before`: boots without the mends; empty: none are known, and whatever fails speaks against the mend. Sentences. */
export function faultsOfBoots(
  { scripts }: Pick<JudgedFinding, 'scripts'>,
  { edits = [] }: Pick<Mend, 'edits'>,
  { before, after }: { readonly before: readonly BootHead[]; readonly after: readonly BootHead[] },
): readonly string[] {
  const failed = (script: TracedScript) => script.pid !== undefined && script.exitCode !== 0;
  const always = (name: string) => before.length > 0 && runsOf(before, name).every(({ script }) => failed(script));
  const names = new Set([...scripts, ...edits.map(({ script }) => script)]);
  const ended = [...names]
    .filter((name) => !always(name))
    .flatMap((name) => runsOf(after, name).filter(({ script }) => failed(script)))
    .slice(0, 1)
    .map(
      ({ boot, script: { name, exitCode } }) =>
        `with it ${name} ${exitCode === undefined ? 'does not end' : `exits with ${exitCode}`} (${boot})`,
    );
  const silent = edits
    .filter(({ key }) => key === 'X-Ready')
    .flatMap(({ script }) => runsOf(after, script).filter((run) => run.script.readyUs === undefined))
    .slice(0, 1)
    .map(({ boot, script }) => `${script.name} never said that it was ready (${boot})`);
  return [...ended, ...silent];
}

const runsOf = (boots: readonly BootHead[], name: string) =>
  boots.flatMap((boot) =>
    boot.tiers
      .flatMap(({ scripts }) => scripts)
      .filter((script) => script.name === name)
      .map((script) => ({ boot: boot.name, script })),
  );
