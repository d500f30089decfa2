/** Verdicts of an earlier report that still hold: neither of the two scripts has changed since. */
import type { Finding, Judgement, RaceReport } from '../report/finding.ts';

export type KnownScripts = RaceReport['scripts'];

/** By id of the finding. What was only predicted, or tried under another kernel, is tried again. */
export function keepVerdicts(
  findings: readonly Finding[],
  scripts: KnownScripts,
  earlier: Pick<RaceReport, 'kernel' | 'scripts' | 'findings'>,
  kernel: string,
): ReadonlyMap<string, Judgement> {
  if (earlier.kernel !== kernel) return new Map();
  const isSame = (name: string): boolean => {
    const before = shaOf(earlier.scripts, name);
    return before !== undefined && before === shaOf(scripts, name);
  };
  const judged = new Map(earlier.findings.map(({ id, judgement }) => [id, judgement]));
  return new Map(
    findings.flatMap(({ id, scripts: pair }) => {
      const judgement = judged.get(id);
      return judgement !== undefined && judgement.verdict !== 'predicted' && pair.every(isSame) ? [[id, judgement] as const] : [];
    }),
  );
}

const shaOf = (scripts: KnownScripts, name: string): string | undefined => scripts.find((script) => script.name === name)?.sha256;
