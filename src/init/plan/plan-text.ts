/** The plan for people and for diff(1): one line a script, the same on every machine. No line depends on another one's length. */
import type { PlanRow } from './plan-rows.ts';

const TIER_WIDTH = 12;
const NAME_WIDTH = 24;
const LEVELS_WIDTH = 6;
const WHY_WIDTH = 48;

/** Ends with a newline; empty for an image without scripts. */
export const formatPlan = (rows: readonly PlanRow[]): string => rows.map((row) => `${formatRow(row)}\n`).join('');

function formatRow({ tier, name, levels, why, health, builtIn }: PlanRow): string {
  const columns = [tier.padEnd(TIER_WIDTH), name.padEnd(NAME_WIDTH), levels.padEnd(LEVELS_WIDTH), why.padEnd(WHY_WIDTH)];
  const check = health.length === 0 ? 'health: -' : `health: ${health.join(', ')}`;
  return [...columns, check, ...(builtIn === undefined ? [] : [`built in: ${builtIn}`])].join('  ');
}

/** Tier, name and reason of each line of formatPlan; undefined when a line is none of it. */
export function parsePlanText(text: string): readonly Pick<PlanRow, 'tier' | 'name' | 'why'>[] | undefined {
  const rows = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => /^(\S+\/[SK]\d\d)\s+(\S+)\s+([S0-6]+)\s+(.*?)\s+health: /.exec(line));
  if (rows.some((row) => row === null)) return undefined;
  return rows.map((row) => ({ tier: row?.[1] ?? '', name: row?.[2] ?? '', why: row?.[4] ?? '' }));
}
