/** Several reports of one image made one: what shards of an exploration found. Pure. */
import { safeJson } from '../../../sys/safe-json.ts';
import { compareNames } from '../../plan/finding.ts';
import type { JudgedFinding, RaceReport } from './finding.ts';
import { doubtOf, sortFindings } from './verdicts.ts';

/** Told instead of a report: the files are not of one image. */
export class DifferentImages extends Error {}

/**
 * The union. Of a finding that several have, the one with the strongest verdict counts, whole: confirmed, divergent, latent,
 * flaky-base, unreachable, benign, predicted; then the one with more trials, more traces, more verified mends. The order of the
 * reports does not matter, and a report merged with itself is the same. Throws DifferentImages when a script is not the same in two.
 */
export function mergeReports(reports: readonly RaceReport[]): RaceReport {
  const scripts = union(
    reports.flatMap((report) => report.scripts),
    ({ name, tier }) => `${tier}/${name}`,
    (a, b) => {
      if (a.sha256 !== b.sha256) throw new DifferentImages(`${a.name} of ${a.tier} is another file in another report`);
      return a;
    },
  );
  const redundant = union(
    reports.flatMap((report) => report.redundant ?? []),
    ({ from, to }) => `${from} ${to}`,
    (a, b) => (a.gainMs !== b.gainMs ? (a.gainMs < b.gainMs ? a : b) : smaller(a, b)),
  ).toSorted((a, b) => b.gainMs - a.gainMs || compareNames(a.from, b.from) || compareNames(a.to, b.to));
  const looked = reports.flatMap(({ neededOrders }) => neededOrders ?? []);
  const neededOrders = union(
    looked,
    ([a, b]) => `${a}\0${b}`,
    (a) => a,
  );
  const findings = union(
    reports.flatMap((report) => report.findings),
    ({ id }) => id,
    stronger,
  );
  return {
    version: 1,
    kernel: distinct(reports.flatMap(({ kernel }) => kernel.split(', '))).join(', '),
    traces: distinct(reports.flatMap(({ traces }) => traces)),
    scripts,
    coverage: distinct(reports.flatMap(({ coverage }) => coverage)),
    findings: sortFindings(findings),
    benign: union(
      reports.flatMap(({ benign }) => benign),
      ({ rule }) => rule,
      (a, b) => (a.pairs === b.pairs ? smaller(a, b) : a.pairs > b.pairs ? a : b),
    ),
    ...(reports.some((report) => report.neededOrders !== undefined) && { neededOrders }),
    ...(redundant.length === 0 ? {} : { redundant }),
  };
}

const verified = ({ mends }: JudgedFinding): number => mends.filter((mend) => mend.verified).length;

function stronger(a: JudgedFinding, b: JudgedFinding): JudgedFinding {
  const order =
    doubtOf(a.judgement.verdict) - doubtOf(b.judgement.verdict) ||
    b.judgement.trials - a.judgement.trials ||
    b.slackMs.traces - a.slackMs.traces ||
    verified(b) - verified(a);
  return order === 0 ? smaller(a, b) : order < 0 ? a : b;
}

/** Of two that are worth the same: whichever, but always the same one. */
const smaller = <T>(a: T, b: T): T => (compareNames(safeJson(a), safeJson(b)) <= 0 ? a : b);

const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)].filter((name) => name !== '').sort(compareNames);

/** Sorted by key. */
function union<T>(all: readonly T[], keyOf: (each: T) => string, choose: (a: T, b: T) => T): readonly T[] {
  const byKey = new Map<string, T>();
  for (const each of all) {
    const key = keyOf(each);
    const other = byKey.get(key);
    byKey.set(key, other === undefined ? each : choose(other, each));
  }
  return [...byKey].toSorted(([a], [b]) => compareNames(a, b)).map(([, each]) => each);
}
