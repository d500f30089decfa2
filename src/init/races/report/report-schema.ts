/** What a report file must hold, checked key by key: reports travel between machines, and anybody may have written one. */
import * as v from 'valibot';
import type { Problem } from '../../../sys/problem.ts';
import type { RaceReport, RaceType, VerdictKind } from './finding.ts';
import { raceTypes } from './race-types.ts';
import { verdictKinds } from './verdicts.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const ms = v.pipe(v.number(), v.finite());
const texts = v.array(v.string());

const place = { call: v.string(), argument: v.string(), nth: v.exactOptional(count) };

const site = v.looseObject({
  script: v.string(),
  process: v.string(),
  pid: count,
  ...place,
  holding: v.exactOptional(v.looseObject(place)),
  late: v.exactOptional(v.literal(true)),
  error: v.exactOptional(v.string()),
  atMs: ms,
  lineage: v.exactOptional(texts),
});

const raceType = v.picklist(Object.keys(raceTypes) as RaceType[]);

const mend = v.looseObject({
  summary: v.string(),
  diff: v.exactOptional(v.string()),
  override: v.exactOptional(v.looseObject({ path: v.string(), text: v.string() })),
  costMs: v.exactOptional(ms),
  verified: v.boolean(),
  against: v.exactOptional(texts),
  edits: v.exactOptional(v.array(v.looseObject({ script: v.string(), key: v.string(), value: v.string() }))),
  tier: v.exactOptional(v.string()),
  cycle: v.exactOptional(texts),
});

const finding = v.looseObject({
  id: v.pipe(v.string(), v.regex(/^[0-9a-f]{12}$/, 'must be 12 hex digits')),
  type: raceType,
  tier: v.string(),
  scripts: v.tuple([v.string(), v.string()]),
  directed: v.boolean(),
  witnesses: v.pipe(
    v.array(v.looseObject({ type: raceType, object: v.string(), first: site, second: site, trace: v.string() })),
    v.minLength(1, 'must have one entry at least'),
  ),
  witnessCount: count,
  slackMs: v.looseObject({ min: ms, median: ms, traces: count }),
  score: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  mechanism: v.string(),
  declaredEdge: v.boolean(),
  judgement: v.looseObject({
    verdict: v.picklist([...verdictKinds] as VerdictKind[]),
    goodOrder: v.exactOptional(v.string()),
    badOrder: v.exactOptional(v.string()),
    differences: texts,
    reproduce: v.exactOptional(v.string()),
    trials: count,
  }),
  mends: v.array(mend),
  accepted: v.exactOptional(v.looseObject({ reason: v.string(), until: v.string() })),
});

/** Keys that are not known stay: a newer lifeboot may have written them. */
const report: v.GenericSchema<unknown, RaceReport> = v.looseObject({
  version: v.literal(1),
  kernel: v.string(),
  traces: texts,
  scripts: v.array(v.looseObject({ name: v.string(), tier: v.string(), sha256: v.string(), durationMs: v.exactOptional(ms) })),
  coverage: texts,
  findings: v.array(finding),
  benign: v.array(v.looseObject({ rule: v.string(), reason: v.string(), pairs: count })),
  neededOrders: v.exactOptional(v.array(v.tuple([v.string(), v.string()]))),
  redundant: v.exactOptional(v.array(v.looseObject({ from: v.string(), to: v.string(), witness: v.string(), gainMs: ms }))),
});

/** One slip repeats itself in every finding: the first ones are told. */
const MOST_PROBLEMS = 20;
const VALUE_CHARS = 80;

/** The report of a file, or everything that is wrong with it. Never throws. */
export function parseReport(text: string, file: string): { readonly report: RaceReport } | { readonly problems: readonly Problem[] } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problems: [notJson(text, file, error instanceof Error ? error.message : String(error))] };
  }
  const checked = v.safeParse(report, value);
  if (checked.success) return { report: checked.output };
  const problems = checked.issues.slice(0, MOST_PROBLEMS).map((issue) => fromIssue(issue, file));
  const left = checked.issues.length - problems.length;
  return { problems: left === 0 ? problems : [...problems, { file, value: '', message: `and ${left} more faults`, accepted: ACCEPTED }] };
}

const ACCEPTED = 'what lifeboot races writes, version 1';

function notJson(text: string, file: string, said: string): Problem {
  const place = /at position (\d+)/.exec(said)?.[1];
  const before = place === undefined ? text.slice(0, 0) : text.slice(0, Number(place));
  const line = before.split('\n').length;
  const value = text.split('\n')[line - 1]?.trim().slice(0, VALUE_CHARS) ?? '';
  return { file, line, value, message: `is not JSON: ${said}`, accepted: ACCEPTED };
}

function fromIssue(issue: v.BaseIssue<unknown>, file: string): Problem {
  const path = v.getDotPath(issue) ?? 'the whole of it';
  const shown = issue.input === undefined ? path : `${path} = ${(JSON.stringify(issue.input) ?? '').slice(0, VALUE_CHARS)}`;
  const message = issue.input === undefined ? 'is missing' : issue.kind === 'validation' ? issue.message : `must be ${issue.expected}`;
  return { file, value: shown, message, accepted: issue.expected ?? ACCEPTED };
}
