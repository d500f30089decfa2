/** Puts all that speaks for a race between two scripts together, the strongest first. */
import { createHash } from 'node:crypto';
import type { Finding, RaceType, Witness } from '../report/finding.ts';
import type { Candidate, Seen } from './candidate.ts';
import { type Chances, scoreOf, severity } from './score.ts';
import { mechanismOf } from './witness-text.ts';

/** A candidate with the words of its report. */
export interface Told {
  readonly candidate: Candidate;
  readonly witness: Witness;
  readonly scripts: readonly [first: string, second: string];
  readonly leader: string | undefined;
  /** From the first call to the second one. */
  readonly slackMs: number;
}

export interface GroupContext {
  readonly tierOf: (script: string) => string;
  readonly tierMs: (tier: string) => number;
  readonly isDeclared: (first: string, second: string) => boolean;
}

const MOST_WITNESSES = 20;
const ID_LENGTH = 12;

export function groupFindings(told: readonly Told[], context: GroupContext): readonly Finding[] {
  const groups = new Map<string, Told[]>();
  const put = (key: string, each: Told): void => void groups.set(key, [...(groups.get(key) ?? []), each]);
  const undirected: Told[] = [];
  for (const each of told) {
    if (each.leader === undefined) undirected.push(each);
    else put(`${each.leader}\0${each.scripts.find((name) => name !== each.leader) ?? ''}`, each);
  }
  for (const each of undirected) {
    const [a = '', b = ''] = each.scripts.toSorted();
    const ways = [`${a}\0${b}`, `${b}\0${a}`].filter((key) => groups.has(key));
    put(ways[0] ?? `${a}\0${b}`, each);
  }
  const findings = [...groups].map(([key, all]) => makeFinding(key.split('\0') as [string, string], all, context));
  return findings.toSorted((a, b) => b.score - a.score || compare(a.id, b.id));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function makeFinding(pair: readonly [string, string], all: readonly Told[], context: GroupContext): Finding {
  const objects = new Map<string, Told[]>();
  for (const each of all) {
    const key = `${each.candidate.type} ${each.candidate.stableObject}`;
    objects.set(key, [...(objects.get(key) ?? []), each]);
  }
  const [leader, follower] = pair;
  const tier = context.tierOf(follower);
  const tierMs = context.tierMs(tier);
  const ranked = [...objects.values()]
    .map((same) => rank(same, pair, tierMs))
    .toSorted((a, b) => b.score - a.score || severity(b.best.witness.type) - severity(a.best.witness.type) || compare(a.key, b.key));
  const strongest = ranked[0] as Ranked;
  const { witness } = strongest.best;
  const directed = strongest.best.leader !== undefined;
  const scripts = directed ? pair : ([leader, follower].toSorted() as [string, string]);
  return {
    id: idOf(witness.type, scripts, strongest.best.candidate.stableObject),
    type: witness.type,
    tier,
    scripts,
    directed,
    witnesses: ranked.slice(0, MOST_WITNESSES).map(({ best }) => best.witness),
    witnessCount: ranked.length,
    slackMs: strongest.slackMs,
    score: strongest.score,
    mechanism: mechanismOf(witness, strongest.best.leader),
    declaredEdge: context.isDeclared(leader, follower) || (!directed && context.isDeclared(follower, leader)),
  };
}

interface Ranked {
  readonly best: Told;
  readonly key: string;
  readonly score: number;
  readonly slackMs: Finding['slackMs'];
}

/** Of one object: the sites that were closest, and how far apart they were over all recordings. */
function rank(same: readonly Told[], pair: readonly [string, string], tierMs: number): Ranked {
  const gaps = new Map<number, number>();
  for (const { candidate, scripts, slackMs } of same) {
    if (candidate.first.trace !== candidate.second.trace) continue;
    const signed = scripts[0] === pair[0] ? slackMs : -slackMs;
    const known = gaps.get(candidate.first.trace);
    if (known === undefined || Math.abs(signed) < Math.abs(known)) gaps.set(candidate.first.trace, signed);
  }
  const all = [...gaps.values()];
  // Without a direction there is no other order unless both were seen.
  const isOneWay = same.every(({ leader }) => leader === undefined) && (all.every((gap) => gap < 0) || all.every((gap) => gap >= 0));
  const sorted = (isOneWay ? all.map(Math.abs) : all).sort((a, b) => a - b);
  const strength = ({ candidate }: Told): number => candidate.weight;
  const best = same.toSorted(
    (a, b) => strength(b) - strength(a) || Math.abs(a.slackMs) - Math.abs(b.slackMs) || compareSeen(a.candidate, b.candidate),
  )[0] as Told;
  // Seen both ways round, or in two recordings only: it does turn round.
  const isMixed = sorted.length === 0 || ((sorted[0] as number) < 0 && (sorted.at(-1) as number) > 0);
  const least = isMixed ? 0 : Math.min(...sorted.map(Math.abs));
  const chances: Chances = {
    type: best.witness.type,
    weight: best.candidate.weight,
    slackMs: least,
    tierMs,
    hasFailed: same.some(({ witness }) => witness.first.error !== undefined || witness.second.error !== undefined),
  };
  const median = sorted[sorted.length >> 1] ?? 0;
  return {
    best,
    key: best.candidate.stableObject,
    score: scoreOf(chances),
    slackMs: { min: sorted[0] ?? 0, median, traces: sorted.length },
  };
}

const compareSeen = (a: Candidate, b: Candidate): number => comparePlace(a.first, b.first) || comparePlace(a.second, b.second);
const comparePlace = (a: Seen, b: Seen): number => a.trace - b.trace || a.tick - b.tick;

/** Without pids, times, names of traces. */
function idOf(type: RaceType, scripts: readonly string[], object: string): string {
  return createHash('sha256')
    .update([type, ...scripts, object].join('\0'))
    .digest('hex')
    .slice(0, ID_LENGTH);
}
