/** The chart as rows from top to bottom, before anything is drawn: each has a height, a label and what lies on its line. Pure. */
import {
  type BootRecord,
  type HealthMark,
  lengthOf,
  type NamedSpan,
  type Outcome,
  type PhaseRow,
  type Run,
  type ScriptRow,
  type Span,
  spanOf,
  type TierRow,
} from './boot-record.ts';
import { type ChainLink, criticalChain } from './critical-chain.ts';
import { formatSeconds } from './seconds.ts';

export interface Bar extends Span {
  readonly kind: Outcome | 'session';
  readonly tooltip: string;
}

export interface ChartRow {
  readonly kind: 'section' | 'bar';
  readonly label: string;
  /** Said beside the bars, or behind the name of a section. */
  readonly note: string;
  readonly bars: readonly Bar[];
  readonly health: readonly HealthMark[];
  /** The boot waited for it: its place in the chain, from 0. */
  readonly link?: number;
  /** Of a tier: shaded from its beginning to its end, over its scripts. */
  readonly band?: Span;
}

const NOTHING = { bars: [], health: [] } as const;

export function chartRows(record: BootRecord): readonly ChartRow[] {
  const chain = criticalChain(record);
  const rowsOf = (phases: readonly PhaseRow[]) => phases.map(({ name, runs }) => phaseRow(name, runs, chain));
  // What comes after the tiers stands after them: time goes down as well as to the right.
  const after = record.phases.filter(({ name }) => name === 'verdict');
  const sessions = record.sessions.map(sessionRow);
  return [
    section('Phases', ''),
    ...rowsOf(record.phases.filter((phase) => !after.includes(phase))),
    ...(sessions.length === 0 ? [] : [section('Rescue sessions', ''), ...sessions]),
    ...record.tiers.flatMap((tier) => [tierHead(tier, chain), ...tier.scripts.map((script) => scriptRow(tier, script, chain))]),
    ...(after.length === 0 ? [] : [section('Verdict', record.verdict?.reasons ?? ''), ...rowsOf(after)]),
  ];
}

const section = (label: string, note: string): ChartRow => ({ kind: 'section', label, note, ...NOTHING });

function phaseRow(name: string, runs: readonly Run[], chain: readonly ChainLink[]): ChartRow {
  const link = chain.findIndex((each) => each.kind === 'phase' && each.name === name);
  return { kind: 'bar', label: name, note: noteOf(runs), bars: barsOf(name, runs), health: [], ...(link < 0 ? {} : { link }) };
}

function scriptRow(tier: TierRow, { name, runs, health, limitMs }: ScriptRow, chain: readonly ChainLink[]): ChartRow {
  const link = chain.findIndex((each) => each.tier === tier.name && each.name === name);
  const limit = limitMs === undefined ? '' : `, of ${formatSeconds(limitMs)} it may take`;
  const note = runs.length === 0 ? 'not started' : noteOf(runs);
  return { kind: 'bar', label: name, note, bars: barsOf(name, runs, limit), health, ...(link < 0 ? {} : { link }) };
}

function sessionRow({ name, detail, ...span }: NamedSpan): ChartRow {
  const tooltip = `${name}: ${detail}`;
  return { kind: 'bar', label: name, note: '', bars: [{ ...span, kind: 'session', tooltip }], health: [] };
}

function tierHead({ name, span, scripts }: TierRow, chain: readonly ChainLink[]): ChartRow {
  if (span === undefined) return section(name, `${countOf(scripts)}, not begun`);
  const link = chain.find((each) => each.tier === name);
  const alone = link?.aloneMs === undefined || scripts.length < 2 ? '' : `, ${formatSeconds(link.aloneMs)} of it for ${link.name} alone`;
  return { ...section(name, `${countOf(scripts)}, ${formatSeconds(lengthOf(span))}${alone}`), band: span };
}

const countOf = ({ length }: { readonly length: number }): string => (length === 1 ? '1 script' : `${length} scripts`);

function barsOf(name: string, runs: readonly Run[], more = ''): readonly Bar[] {
  return runs.map(({ startMs, endMs, outcome, detail }) => ({
    startMs,
    endMs,
    kind: outcome,
    tooltip: `${name}: ${outcome}, ${formatSeconds(startMs)} to ${formatSeconds(endMs)}, ${formatSeconds(endMs - startMs)}${more}${detail === undefined ? '' : `; ${detail}`}`,
  }));
}

/** How long it took, and what came of it where that is not the good end. */
function noteOf(runs: readonly Run[]): string {
  const span = spanOf(runs);
  const last = runs.at(-1);
  if (span === undefined || last === undefined) return '';
  const took = formatSeconds(runs.reduce((sum, run) => sum + lengthOf(run), 0));
  if (last.outcome === 'built-in') return 'built in';
  if (last.outcome === 'done') return runs.length === 1 ? took : `${took} in ${runs.length} tries`;
  const why = last.detail === undefined || last.outcome === 'running' ? '' : `: ${last.detail}`;
  return lengthOf(span) === 0 ? `${last.outcome}${why}` : `${took} ${last.outcome}${why}`;
}
