/** A report for a reviewer at a terminal: one finding a block, the one that matters most first. Pure. */
import type { JudgedFinding, Mend, RaceReport, RedundantEdge, Site, Witness } from './finding.ts';
import { manyLines, oneLine } from './one-line.ts';
import { raceTypes } from './race-types.ts';
import { sortFindings, verdictKinds, verdicts } from './verdicts.ts';

/** Witnesses of a finding that are told in full; the JSON has up to 20. */
const TOLD_WITNESSES = 3;

/** Ends with a newline. The same report, the same bytes. */
export function formatReport(report: RaceReport): string {
  const findings = sortFindings(report.findings);
  const blocks = [head(report, findings), ...findings.map(formatFinding), ...rest(report)];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** `3 confirmed, 1 divergent`: what a person asks first. */
export function countVerdicts(findings: readonly JudgedFinding[]): string {
  const open = findings.filter(({ accepted }) => accepted === undefined);
  const counts = verdictKinds.map((kind) => ({ kind, count: open.filter(({ judgement }) => judgement.verdict === kind).length }));
  const told = counts.filter(({ count }) => count > 0).map(({ kind, count }) => `${count} ${kind}`);
  const accepted = findings.length - open.length;
  return [...told, ...(accepted === 0 ? [] : [`${accepted} accepted`])].join(', ') || 'no races';
}

function head({ kernel, traces, scripts, coverage }: RaceReport, findings: readonly JudgedFinding[]): readonly string[] {
  return [
    countVerdicts(findings),
    oneLine(`${scripts.length} scripts, ${traces.length} recorded boots, Linux ${kernel}`),
    ...coverage.map((line) => oneLine(`not seen: ${line}`)),
  ];
}

function formatFinding(finding: JudgedFinding): readonly string[] {
  const { id, type, tier, scripts, judgement, mechanism, witnesses, witnessCount, accepted } = finding;
  const [first, second] = scripts;
  const told = witnesses.slice(0, TOLD_WITNESSES);
  return [
    oneLine(`${judgement.verdict.toUpperCase()}  ${first} ${finding.directed ? 'before' : 'and'} ${second}`),
    oneLine(`  ${type} ${raceTypes[type].name}, tier ${tier}, id ${id}`),
    ...(accepted === undefined ? [] : [oneLine(`  accepted until ${accepted.until}: ${accepted.reason}`)]),
    oneLine(`  ${mechanism}`),
    ...(finding.declaredEdge ? ['  the order is declared, and is not enough'] : []),
    ...told.flatMap(formatWitness),
    ...(witnessCount > told.length ? [`  and ${witnessCount - told.length} more calls on things that both touch`] : []),
    `  apart     ${formatSlack(finding)}`,
    ...formatJudgement(finding),
    ...finding.mends.flatMap((mend, index) => formatMend(mend, index + 1)),
  ];
}

function formatWitness({ object, first, second, trace }: Witness): readonly string[] {
  return [oneLine(`  object    ${object}, seen in ${trace}`), ...formatSite(first), ...formatSite(second)];
}

/** `@12.345 s  named[612]  connect(…) = ENOENT`, then how that process came to be. */
function formatSite(site: Site): readonly string[] {
  const { script, pid, process, atMs, lineage = [] } = site;
  const by = [script, ...lineage].join(' > ');
  return [oneLine(`    @${(atMs / 1000).toFixed(3)} s  ${formatCall(site)}`), oneLine(`        ${process}[${pid}] of ${by}`)];
}

/** `open(/run/x) = ENOENT`; nothing behind it: it worked. */
export const formatCall = ({ call, argument, error }: Pick<Site, 'call' | 'argument' | 'error'>): string =>
  `${call}(${argument})${error === undefined ? '' : ` = ${error}`}`;

/** How near the two calls came to the other order. Times count from the first script's call to the second's. */
export function formatSlack({ slackMs: { min, median, traces } }: Pick<JudgedFinding, 'slackMs'>): string {
  const boots = traces === 1 ? '1 boot' : `${traces} boots`;
  if (median < 0) return `${formatMs(-median)} the other way round, ${traces === 1 ? 'in' : 'at the median of'} ${boots}`;
  if (min < 0) return `${formatMs(median)} at the median of ${boots}; seen in both orders, ${formatMs(-min)} the other way round`;
  return traces === 1 ? `${formatMs(median)} in 1 boot` : `${formatMs(min)} at least, ${formatMs(median)} at the median of ${boots}`;
}

/** The same in a word or two. */
export function shortSlack({ slackMs: { min, median } }: Pick<JudgedFinding, 'slackMs'>): string {
  if (median < 0) return 'other way';
  return min < 0 ? 'both ways' : formatMs(min);
}

/** `0.4 ms`, `12 ms`, `1.25 s`. */
export function formatMs(ms: number): string {
  const size = Math.abs(ms);
  if (size >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${size < 10 ? Number(ms.toFixed(1)) : Math.round(ms)} ms`;
}

function formatJudgement({ judgement }: JudgedFinding): readonly string[] {
  const { verdict, goodOrder, badOrder, differences, reproduce, trials } = judgement;
  const tried = trials === 0 ? '' : `, ${trials === 1 ? '1 trial' : `${trials} trials`}`;
  return [
    `  verdict   ${verdict}: ${verdicts[verdict]}${tried}`,
    ...(goodOrder === undefined ? [] : [oneLine(`  good      ${goodOrder}`)]),
    ...(badOrder === undefined ? [] : [oneLine(`  bad       ${badOrder}`)]),
    ...differences.map((difference) => oneLine(`            ${difference}`)),
    ...(reproduce === undefined ? [] : [oneLine(`  again     ${reproduce}`)]),
  ];
}

function formatMend(mend: Mend, number: number): readonly string[] {
  return [
    oneLine(`  mend ${number}    ${mend.summary}`),
    `            ${describeMend(mend)}`,
    ...(mend.cycle ?? []).map((edge) => oneLine(`            without it a cycle: ${edge}`)),
    ...(mend.diff === undefined ? [] : manyLines(mend.diff).map((line) => `    ${line}`)),
    ...(mend.override === undefined ? [] : [oneLine(`            or as ${mend.override.path} (in the JSON)`)]),
  ];
}

/** `verified; then in rc2.d/S30; costs 120 ms of the boot`. */
export function describeMend({ verified, against = [], tier, costMs }: Mend): string {
  const reasons = against.map(oneLine).join('; ');
  return [
    verified ? 'verified: with it the race is gone in both orders' : ['not verified by a re-run', reasons].filter(Boolean).join(': '),
    ...(tier === undefined ? [] : [oneLine(`then in ${tier}`)]),
    ...(costMs === undefined ? [] : [costMs > 0 ? `the boot gets ${formatMs(costMs)} longer` : 'the boot gets no longer']),
  ].join('; ');
}

function rest({ benign, redundant = [] }: RaceReport): readonly (readonly string[])[] {
  const rules = benign.map(({ rule, reason, pairs }) => oneLine(`  ${pairs} ${rule}: ${reason}`));
  return [
    ...(rules.length === 0 ? [] : [['harmless by rule, pairs of calls:', ...rules]]),
    ...(redundant.length === 0 ? [] : [['declared, and no conflict behind it was ever seen:', ...redundant.map(formatRedundant)]]),
  ];
}

export function formatRedundant({ from, to, witness, gainMs }: RedundantEdge): string {
  const gain = gainMs > 0 ? `; without it the boot is ${formatMs(gainMs)} shorter` : '';
  return oneLine(`  ${from} waits for ${to}: ${witness}${gain}`);
}
