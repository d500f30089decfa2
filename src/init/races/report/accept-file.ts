/** `races.toml`: races that a person has looked at and lives with, each with the reason and the day until which. Never throws. */
import { parse as parseToml, TomlError } from 'smol-toml';
import * as v from 'valibot';
import { didYouMean } from '../../../sys/nearest.ts';
import type { Problem } from '../../../sys/problem.ts';
import { findTomlLines, lineOf } from '../../../sys/toml-lines.ts';
import type { RaceType } from './finding.ts';
import { raceTypes } from './race-types.ts';

/** Which findings an entry is about: one by its id, or all of two scripts that have this type and an object of this pattern. */
export type AcceptMatch =
  | { readonly id: string }
  | { readonly scripts: readonly [string, string]; readonly type: RaceType; readonly object: string };

export interface AcceptEntry {
  readonly match: AcceptMatch;
  readonly reason: string;
  /** `2027-06-30`: the last day on which it counts. */
  readonly until: string;
  readonly file: string;
  readonly line?: number;
}

export interface AcceptFile {
  readonly entries: readonly AcceptEntry[];
  readonly problems: readonly Problem[];
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const day = v.pipe(
  v.union([v.string(), v.date()]),
  v.transform((value) => (typeof value === 'string' ? value : dayOf(value))),
  v.check((value) => DAY.test(value) && dayOf(new Date(`${value}T00:00:00Z`)) === value),
);
const word = v.pipe(
  v.string(),
  v.check((value) => value.trim() !== ''),
);
const types = Object.keys(raceTypes) as RaceType[];

const keys = {
  id: { schema: v.pipe(v.string(), v.regex(/^[0-9a-f]{12}$/)), accepted: 'the id of a finding: 12 hex digits' },
  scripts: { schema: v.tuple([word, word]), accepted: 'two names of scripts: ["ssh", "rsyslog"]' },
  type: { schema: v.picklist(types), accepted: types.join(', ') },
  object: { schema: word, accepted: 'an object as the report calls it, * stands for anything: "name /run/*"' },
  reason: { schema: word, accepted: 'why this race may stay, in words' },
  until: { schema: day, accepted: 'the last day on which it counts: 2027-06-30' },
} as const;
type Key = keyof typeof keys;
const names = Object.keys(keys) as Key[];

type Table = Readonly<Record<string, unknown>>;
type Tell = (path: string, value: unknown, message: string, accepted: string) => void;

/** An entry that is wrong in any part is left out, so that what it meant to accept fails. */
export function parseAcceptFile(text: string, file: string): AcceptFile {
  const problems: Problem[] = [];
  const lines = findTomlLines(text);
  const tell: Tell = (path, value, message, accepted) => {
    const line = lineOf(lines, path);
    const shown = value === undefined ? path : `${path} = ${JSON.stringify(value)}`;
    problems.push({ file, ...(line === undefined ? {} : { line }), value: shown, message, accepted });
  };
  let table: Table;
  try {
    table = parseToml(text, { unsafeKeyBehaviour: 'throw' });
  } catch (error) {
    return { entries: [], problems: [syntaxProblem(error, text, file)] };
  }
  for (const key of Object.keys(table).filter((each) => each !== 'accept')) {
    tell(key, undefined, 'unknown section', `${didYouMean(key, ['accept'])}[[accept]], one for each race`);
  }
  const list = table['accept'] ?? [];
  if (!Array.isArray(list)) tell('accept', undefined, 'must be a list of tables', '[[accept]], one for each race');
  const entries = (Array.isArray(list) ? list : []).flatMap((entry: unknown, index): AcceptEntry[] => {
    const path = `accept[${index}]`;
    const read = isTable(entry) ? readEntry(entry, path, tell) : undefined;
    if (!isTable(entry)) tell(path, entry, 'must be a table', '[[accept]], one for each race');
    const line = lineOf(lines, path);
    return read === undefined ? [] : [{ ...read, file, ...(line === undefined ? {} : { line }) }];
  });
  return { entries, problems };
}

function syntaxProblem(error: unknown, text: string, file: string): Problem {
  const line = error instanceof TomlError ? error.line : undefined;
  const said = error instanceof Error ? error.message : String(error);
  const message = (said.split('\n')[0] ?? '').replace('Invalid TOML document: ', '');
  const value = line === undefined ? '' : (text.split('\n')[line - 1]?.trim() ?? '');
  return { file, ...(line === undefined ? {} : { line }), value, message, accepted: 'TOML 1.0; nothing of the file counts' };
}

function readEntry(entry: Table, path: string, tell: Tell): Pick<AcceptEntry, 'match' | 'reason' | 'until'> | undefined {
  const good: { -readonly [Name in Key]?: v.InferOutput<(typeof keys)[Name]['schema']> } = {};
  let isWhole = true;
  const fault = (at: string, value: unknown, message: string, accepted: string) => {
    isWhole = false;
    tell(at, value, message, accepted);
  };
  for (const [key, value] of Object.entries(entry)) {
    const name = names.find((each) => each === key);
    const checked = name === undefined ? undefined : v.safeParse(keys[name].schema, value);
    if (name === undefined) fault(`${path}.${key}`, value, 'unknown key', `${didYouMean(key, names)}${names.join(', ')}`);
    else if (checked?.success) Object.assign(good, { [name]: checked.output });
    else fault(`${path}.${key}`, value, 'is not a value it can have', keys[name].accepted);
  }
  const lacks = (name: Key) => !(name in entry) && fault(path, undefined, `${name} is missing`, keys[name].accepted);
  for (const name of ['reason', 'until'] as const) lacks(name);
  if ('id' in entry && ('scripts' in entry || 'type' in entry || 'object' in entry)) {
    fault(path, undefined, 'id and a pattern', 'id alone, or scripts, type and object');
  } else if (!('id' in entry)) {
    for (const name of ['scripts', 'type', 'object'] as const) lacks(name);
  }
  const { id, scripts, type, object, reason, until } = good;
  if (!isWhole || reason === undefined || until === undefined) return undefined;
  if (id !== undefined) return { match: { id }, reason, until };
  return scripts && type && object ? { match: { scripts, type, object }, reason, until } : undefined;
}

const dayOf = (date: Date): string => (Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(0, 10));

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
