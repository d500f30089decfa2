/** The record of a boot as text for a terminal: `blame`, `critical-chain`, plan versus actual. Pure. */
import { printable } from '../sys/console.ts';
import { type BootRecord, lengthOf, type Run, spanOf } from './boot-record.ts';
import { criticalChain, runsTiers } from './critical-chain.ts';
import { formatSeconds } from './seconds.ts';

export interface Blamed {
  readonly ms: number;
  readonly kind: 'phase' | 'script';
  readonly name: string;
  /** Of a script. */
  readonly tier?: string;
  readonly outcome: string;
}

/** Everything that ran, the longest first. Phases that only run tiers are left out: their scripts are there. */
export function planBlame({ phases, tiers }: BootRecord): readonly Blamed[] {
  const row = (runs: readonly Run[]) => ({ ms: runs.reduce((sum, run) => sum + lengthOf(run), 0), outcome: outcomeOf(runs) });
  const ofPhases = phases.filter((phase) => !runsTiers(phase)).map(({ name, runs }) => ({ kind: 'phase' as const, name, ...row(runs) }));
  const ofScripts = tiers.flatMap(({ name: tier, scripts }) =>
    scripts.map(({ name, runs }) => ({ kind: 'script' as const, name, tier, ...row(runs) })),
  );
  return [...ofPhases, ...ofScripts].filter(({ ms, outcome }) => ms > 0 || outcome === 'running').sort((a, b) => b.ms - a.ms);
}

export function formatBlame(record: BootRecord): string {
  return table(planBlame(record).map(({ ms, kind, name, tier = '', outcome }) => [padded(ms), kind, name, tier, outcome]));
}

/** One line a link: when it began, how long it took, and what its barrier cost. */
export function formatChain(record: BootRecord): string {
  const chain = criticalChain(record);
  const lines = chain.map(({ startMs, endMs, kind, name, tier, aloneMs = 0, second }) => {
    const where = kind === 'phase' ? ['phase', name] : [tier ?? '', name];
    const alone = second === undefined ? '' : `${formatSeconds(aloneMs)} alone, after ${second}`;
    return [`@${(startMs / 1000).toFixed(2)}`.padStart(8), `+${formatSeconds(endMs - startMs)}`, ...where, alone];
  });
  const aloneMs = chain.reduce((sum, { second, aloneMs: own = 0 }) => sum + (second === undefined ? 0 : own), 0);
  const whole = `${formatSeconds(lengthOf(record))} in all; for ${formatSeconds(aloneMs)} of it a tier waited for one script alone`;
  return [table([['AT', 'TOOK', 'TIER', 'NAME', 'BARRIER'], ...lines]), whole].join('\n');
}

/** Every planned script in the order of the plan: what it might have taken, what it took, and what came of it. */
export function formatPlan({ tiers }: BootRecord): string {
  const rows = tiers.flatMap(({ name: tier, scripts }) =>
    scripts.map(({ name, runs, limitMs, health }) => {
      const span = spanOf(runs);
      const took = runs.reduce((sum, run) => sum + lengthOf(run), 0);
      const share = limitMs === undefined || limitMs <= 0 || span === undefined ? '-' : `${Math.round((took / limitMs) * 100)} %`;
      const well = health.length === 0 ? '-' : health.every(({ healthy }) => healthy) ? 'healthy' : 'unhealthy';
      const began = span === undefined ? '-' : `@${(span.startMs / 1000).toFixed(2)}`;
      const limit = limitMs === undefined ? '-' : formatSeconds(limitMs);
      return [tier, name, limit, began, span === undefined ? '-' : formatSeconds(took), share, outcomeOf(runs), well];
    }),
  );
  return table([['TIER', 'SCRIPT', 'LIMIT', 'BEGAN', 'TOOK', 'OF LIMIT', 'OUTCOME', 'HEALTH'], ...rows]);
}

const outcomeOf = (runs: readonly Run[]): string => runs.at(-1)?.outcome ?? 'not started';
const padded = (ms: number): string => formatSeconds(ms).padStart(11);

/** Columns two blanks apart; no character that steers a terminal. */
function table(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(printable));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
