/** Reads the LSB comment block of an initscript: what it provides, needs, and how lifeboot is to treat it. */
import type { Problem } from '../sys/problem.ts';
import { type OnUnhealthy, unhealthyPolicies } from '../sys/unhealthy-policy.ts';
import { ACCEPTED_DURATION, parseDuration } from './duration.ts';
import { type HealthCheck, parseHealthCheck } from './health/health-check.ts';
import { ACCEPTED_READY, parseReady, type ReadyWish } from './ready/ready-wish.ts';

/** What a failed start means for the boot: `hold` stops it, `degrade` makes the verdict bad, `ignore` is only told. */
export type OnFailure = 'hold' | 'degrade' | 'ignore';

/** One `# Key: value` line; a Description's continuation lines are joined into it. */
export interface HeaderField {
  /** As in the list of known keys, or lower case when unknown. */
  readonly key: string;
  readonly value: string;
  readonly file: string;
  readonly line: number;
}

export interface LsbHeader {
  readonly provides: readonly string[];
  readonly requiredStart: readonly string[];
  readonly requiredStop: readonly string[];
  readonly shouldStart: readonly string[];
  readonly shouldStop: readonly string[];
  readonly startBefore: readonly string[];
  readonly stopAfter: readonly string[];
  readonly defaultStart: readonly string[];
  readonly defaultStop: readonly string[];
  readonly shortDescription: string;
  readonly description: string;
  /** Runs alone, with the console as its terminal. */
  readonly interactive: boolean;
  readonly timeoutStartMs?: number;
  readonly timeoutStopMs?: number;
  readonly healthChecks: readonly HealthCheck[];
  readonly onFailure: OnFailure;
  /** What being unhealthy after the boot means; absent: the configuration says it. */
  readonly onUnhealthy?: OnUnhealthy;
  /** How its daemon says that it is ready; absent: the end of the script says so. */
  readonly ready?: ReadyWish;
  readonly tier?: string;
}

/** Keys by their LSB spelling. `X-` keys not listed here belong to others and are left alone. */
const headerKeys = [
  'Provides',
  'Required-Start',
  'Required-Stop',
  'Should-Start',
  'Should-Stop',
  'X-Start-Before',
  'X-Stop-After',
  'Default-Start',
  'Default-Stop',
  'Short-Description',
  'Description',
  'X-Interactive',
  'X-Timeout-Start',
  'X-Timeout-Stop',
  'X-Health-Check',
  'X-On-Failure',
  'X-On-Unhealthy',
  'X-Ready',
  'X-Tier',
] as const;
type HeaderKey = (typeof headerKeys)[number];

const canonical: ReadonlyMap<string, string> = new Map(headerKeys.map((key) => [key.toLowerCase(), key]));
/** insserv splits lists at these. */
const LIST_DELIMITER = /[\s,;]+/;
const BEGIN = /^###\s+BEGIN\s+INIT\s+INFO\s*$/i;
const END = /^###\s+END\s+INIT\s+INFO\s*$/i;

/** The fields of the first block in `text`; `wholeFile` reads a file without a block as if it were one (override files). */
export function readFields(
  text: string,
  file: string,
  options: { readonly wholeFile?: boolean } = {},
): { readonly fields: readonly HeaderField[] | undefined; readonly problems: readonly Problem[] } {
  const lines = text.split(/\r?\n/);
  const begin = lines.findIndex((line) => BEGIN.test(line));
  if (begin < 0 && !options.wholeFile) return { fields: undefined, problems: [] };
  const length = lines.slice(begin + 1).findIndex((line) => END.test(line));
  const problems: Problem[] = [];
  if (begin >= 0 && length < 0) {
    const value = lines[begin] ?? '';
    problems.push({ file, line: begin + 1, value, message: 'the header has no end', accepted: '### END INIT INFO on a line of its own' });
  }
  const body = length < 0 ? headerLines(lines, begin + 1) : lines.slice(begin + 1, begin + 1 + length);
  return { fields: collectFields(body, begin + 2, file, problems), problems };
}

/** Without an end, the block is taken to reach as far as the comment does. */
function headerLines(lines: readonly string[], from: number): readonly string[] {
  if (from === 0) return lines;
  const rest = lines.slice(from);
  const end = rest.findIndex((line) => !line.startsWith('#'));
  return end < 0 ? rest : rest.slice(0, end);
}

function collectFields(lines: readonly string[], firstLine: number, file: string, problems: Problem[]): HeaderField[] {
  const fields: HeaderField[] = [];
  for (const [index, line] of lines.entries()) {
    const place = { file, line: firstLine + index };
    const comment = line.replace(/^#/, '');
    if (comment.trim() === '' || comment.startsWith('#')) continue;
    const found = /^\s*([A-Za-z][A-Za-z0-9_-]*):(.*)$/.exec(comment);
    const key = found?.[1] === undefined ? undefined : canonical.get(found[1].toLowerCase());
    const previous = fields.at(-1);
    if (key === undefined && previous?.key === 'Description' && /^(\t| {2,})/.test(comment)) {
      // LSB: a Description goes on in lines that start with `#` and a tab or two blanks.
      fields[fields.length - 1] = { ...previous, value: `${previous.value}\n${comment.trim()}`.trim() };
    } else if (found?.[1] !== undefined && (key !== undefined || !/^\S/.test(found[2] ?? ''))) {
      addField(fields, { key: key ?? found[1].toLowerCase(), value: (found[2] ?? '').trim(), ...place }, problems);
    } else {
      problems.push({ ...place, value: line.trim(), message: 'neither a key nor part of a Description', accepted: '`# Key: value`' });
    }
  }
  return fields;
}

function addField(fields: HeaderField[], field: HeaderField, problems: Problem[]): void {
  const { key, value, file, line } = field;
  if (!canonical.has(key.toLowerCase()) && !key.startsWith('x-')) {
    problems.push({ file, line, value: key, message: 'unknown key, not used', accepted: `${headerKeys.join(', ')} or another X- key` });
  } else if (canonical.has(key.toLowerCase()) && key !== 'X-Health-Check' && fields.some((other) => other.key === key)) {
    problems.push({
      file,
      line,
      value: `${key}: ${value}`,
      message: 'given twice, the first one counts',
      accepted: 'one line for each key',
    });
  } else {
    fields.push(field);
  }
}

/** The meaning of the fields. A value that makes no sense is a Problem and counts as not given. */
export function interpretFields(
  fields: readonly HeaderField[],
  script: { readonly name: string; readonly file: string },
): { readonly header: LsbHeader; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const field = (key: HeaderKey) => fields.find((each) => each.key === key);
  const list = (key: HeaderKey) => (field(key)?.value ?? '').split(LIST_DELIMITER).filter((word) => word !== '');
  const timeoutStartMs = timeout(field('X-Timeout-Start'), problems);
  const timeoutStopMs = timeout(field('X-Timeout-Stop'), problems);
  const tier = field('X-Tier')?.value;
  const onUnhealthy = field('X-On-Unhealthy');
  const header: LsbHeader = {
    provides: provides(field('Provides'), list('Provides'), script, fields.length > 0, problems),
    requiredStart: list('Required-Start'),
    requiredStop: list('Required-Stop'),
    shouldStart: list('Should-Start'),
    shouldStop: list('Should-Stop'),
    startBefore: list('X-Start-Before'),
    stopAfter: list('X-Stop-After'),
    defaultStart: list('Default-Start'),
    defaultStop: list('Default-Stop'),
    shortDescription: field('Short-Description')?.value ?? '',
    description: field('Description')?.value ?? '',
    interactive: oneOf(field('X-Interactive'), ['false', 'true'], 'false', problems) === 'true',
    ...(timeoutStartMs !== undefined && { timeoutStartMs }),
    ...(timeoutStopMs !== undefined && { timeoutStopMs }),
    healthChecks: healthChecks(fields, problems),
    onFailure: oneOf(field('X-On-Failure'), ['hold', 'degrade', 'ignore'], 'degrade', problems),
    ...(onUnhealthy && { onUnhealthy: oneOf(onUnhealthy, unhealthyPolicies, 'degrade', problems) }),
    ...readiness(field('X-Ready'), problems),
    ...(tier !== undefined && tier !== '' && { tier }),
  };
  return { header, problems };
}

/** The header of one script without overrides; undefined when it has none. */
export function parseLsbHeader(
  text: string,
  script: { readonly name: string; readonly file: string },
): { readonly header: LsbHeader | undefined; readonly problems: readonly Problem[] } {
  const { fields, problems } = readFields(text, script.file);
  if (fields === undefined) return { header: undefined, problems };
  const meaning = interpretFields(fields, script);
  return { header: meaning.header, problems: [...problems, ...meaning.problems] };
}

function provides(
  field: HeaderField | undefined,
  names: readonly string[],
  script: { readonly name: string; readonly file: string },
  hasHeader: boolean,
  problems: Problem[],
): readonly string[] {
  const plain = names.filter((name) => !name.startsWith('$'));
  for (const name of names.filter((each) => each.startsWith('$'))) {
    const place = { file: field?.file ?? script.file, ...(field && { line: field.line }) };
    problems.push({
      ...place,
      value: name,
      message: 'no script provides a $facility',
      accepted: 'names; facilities are in /etc/insserv.conf',
    });
  }
  if (plain.length > 0) return plain;
  if (hasHeader && names.length === 0) {
    problems.push({
      file: script.file,
      value: '',
      message: 'Provides is missing',
      accepted: `the script's own name is taken: ${script.name}`,
    });
  }
  return [script.name];
}

function timeout(field: HeaderField | undefined, problems: Problem[]): number | undefined {
  if (field === undefined) return undefined;
  const ms = parseDuration(field.value);
  if (ms === undefined) problems.push(misfit(field, `not a ${field.key}, the default is used`, ACCEPTED_DURATION));
  return ms;
}

function oneOf<T extends string>(field: HeaderField | undefined, words: readonly T[], fallback: T, problems: Problem[]): T {
  if (field === undefined) return fallback;
  const word = words.find((each) => each === field.value.toLowerCase());
  if (word === undefined) problems.push(misfit(field, `not a value of ${field.key}, taken as ${fallback}`, words.join(', ')));
  return word ?? fallback;
}

function healthChecks(fields: readonly HeaderField[], problems: Problem[]): readonly HealthCheck[] {
  const checks: HealthCheck[] = [];
  for (const field of fields.filter((each) => each.key === 'X-Health-Check')) {
    const parsed = parseHealthCheck(field.value);
    if ('check' in parsed) checks.push(parsed.check);
    else problems.push(misfit(field, `${parsed.message}, the check is not made`, parsed.accepted));
  }
  return checks;
}

function readiness(field: HeaderField | undefined, problems: Problem[]): { readonly ready?: ReadyWish } {
  if (field === undefined) return {};
  const ready = parseReady(field.value);
  if (ready !== undefined) return { ready };
  problems.push(misfit(field, 'not a value of X-Ready, the end of the script is taken for it', ACCEPTED_READY));
  return {};
}

function misfit(field: HeaderField, message: string, accepted: string): Problem {
  return { file: field.file, line: field.line, value: `${field.key}: ${field.value}`, message, accepted };
}
