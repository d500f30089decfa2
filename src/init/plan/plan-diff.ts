/** What a change did to the order: two plans, compared script by script. */
import { compareNames } from './finding.ts';
import type { PlanRow } from './plan-rows.ts';
import { parsePlanText } from './plan-text.ts';

type Row = Pick<PlanRow, 'tier' | 'name' | 'why'>;

/** Reads what `plan` or `plan --json` printed; undefined when it is neither. */
export function parseOldPlan(text: string): readonly Row[] | undefined {
  if (!text.trimStart().startsWith('{')) return parsePlanText(text);
  try {
    const rows: unknown = (JSON.parse(text) as { scripts?: unknown }).scripts;
    return Array.isArray(rows) && rows.every(isRow) ? rows : undefined;
  } catch {
    return undefined;
  }
}

const isRow = (row: unknown): row is Row =>
  typeof row === 'object' &&
  row !== null &&
  ['tier', 'name', 'why'].every((key) => typeof (row as Record<string, unknown>)[key] === 'string');

/** One line a change, by place then name: `+` new, `-` gone, `~` another tier or another reason. */
export function diffPlans(before: readonly Row[], now: readonly Row[]): readonly string[] {
  const old = new Map(before.map((row) => [keyOf(row), row]));
  const young = new Map(now.map((row) => [keyOf(row), row]));
  const keys = [...new Set([...old.keys(), ...young.keys()])].sort(compareNames);
  return keys.flatMap((key) => {
    const [was, is] = [old.get(key), young.get(key)];
    if (was === undefined) return is === undefined ? [] : [`+ ${is.name}  ${is.tier}  ${is.why}`];
    if (is === undefined) return [`- ${was.name}  ${was.tier}`];
    if (was.tier !== is.tier) return [`~ ${is.name}  ${was.tier} → ${is.tier}  ${is.why}`];
    return was.why === is.why ? [] : [`~ ${is.name}  ${is.tier}  was: ${was.why}; is: ${is.why}`];
  });
}

/** The directory and the name: what is the same script in two plans. */
const keyOf = ({ tier, name }: Row): string => `${tier.slice(0, tier.indexOf('/'))}/${name}`;
