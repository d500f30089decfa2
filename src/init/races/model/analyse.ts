/** From recordings to findings: who did what to which object, what is ordered, what of the rest can be told apart, and what of that harms. */
import type { RaceReport, Witness } from '../report/finding.ts';
import type { Trace, TraceHead } from '../trace/trace.ts';
import type { AnalyseOptions, Analysis } from './analysis.ts';
import { benignRules } from './benign-rules.ts';
import type { Candidate, Seen } from './candidate.ts';
import { classify } from './classify.ts';
import { type Conflict, findConflicts, orderedBy } from './conflicts.ts';
import { describeCoverage } from './coverage.ts';
import { findDeclared } from './declared-edges.ts';
import { findDoubleStarts } from './double-starts.ts';
import { groupFindings, type Told } from './group-findings.ts';
import { openKnowledge } from './knowledge.ts';
import { findLotteries } from './lotteries.ts';
import { MISSED } from './missed-signals.ts';
import { openNeededOrders } from './needed-orders.ts';
import { describeObject } from './object-table.ts';
import type { Digest } from './object-use.ts';
import { hasHistory } from './presence.ts';
import { type Roster, readRoster } from './roster.ts';
import { siteAt } from './site.ts';
import { unionUses } from './union-uses.ts';
import { walk } from './walk.ts';

/** The names that options may have. */
export const ruleNames: readonly string[] = benignRules.map(({ name }) => name);

/** Why a recording is not to be trusted; undefined: it is. */
export const whyVoid = ({ name, dropped }: TraceHead): string | undefined =>
  dropped === 0 ? undefined : `${name} is void: ${dropped} events were dropped`;

/**
 * All races of the scripts of these recordings of one image. The same recordings give the same analysis, also when events of equal times
 * come in another order. Throws RangeError for a void recording.
 */
export function analyse(traces: readonly Trace[], options: AnalyseOptions = {}): Analysis {
  for (const { head } of traces) {
    const why = whyVoid(head);
    if (why !== undefined) throw new RangeError(why);
  }
  const roster = readRoster(traces);
  const digests = traces.map(
    (trace, index): Digest => ({ walked: walk(trace, roster.stages(index)), trace: index, scriptOf: (own) => roster.scriptOf(index, own) }),
  );
  const { candidates, benign, neededOrders } = compare(digests, roster, new Set(options.disabledRules));
  const told = candidates.map((candidate) => tell(candidate, digests, roster));
  const context = { tierOf: roster.tierOf, tierMs: roster.tierMs, isDeclared: findDeclared(roster.scripts) };
  const walked = digests.map((digest) => digest.walked);
  return { findings: groupFindings(told, context), benign, coverage: describeCoverage(traces, walked), neededOrders };
}

interface Compared {
  readonly candidates: readonly Candidate[];
  readonly benign: RaceReport['benign'];
  readonly neededOrders: Analysis['neededOrders'];
}

function compare(digests: readonly Digest[], roster: Roster, disabled: ReadonlySet<string>): Compared {
  const isOrdered = orderedBy(digests.map(({ walked }) => walked.order));
  const knowledge = openKnowledge(digests, roster.stageOf);
  const rules = benignRules.filter(({ name }) => !disabled.has(name));
  const counts = new Map(benignRules.map(({ name }) => [name, 0]));
  const candidates: Candidate[] = [];
  const needed = openNeededOrders(roster);
  for (const used of unionUses(digests, knowledge)) {
    const shared = (a: number, b: number): boolean => knowledge.holdTogether(used.object.text, a, b);
    for (const conflict of findConflicts(used, isOrdered, shared)) {
      const rule = rules.find(({ forgives }) => forgives(conflict, knowledge));
      if (rule !== undefined) counts.set(rule.name, (counts.get(rule.name) ?? 0) + 1);
      else candidates.push(toCandidate(conflict, roster, knowledge.mask));
    }
    needed.look(used, shared, (conflict) => rules.some(({ forgives }) => forgives(conflict, knowledge)));
  }
  for (const digest of digests) {
    const others = digests.filter((other) => other !== digest);
    candidates.push(...findLotteries(digest, others), ...findDoubleStarts(digest));
  }
  const benign = benignRules.map(({ name, reason }) => ({ rule: name, reason, pairs: counts.get(name) ?? 0 }));
  return { candidates, benign, neededOrders: needed.list() };
}

/** What could not be seen of the first state, or is only in what a file says, weighs less. */
function toCandidate(conflict: Conflict, roster: Roster, mask: (path: string) => string): Candidate {
  const { used, first, second } = conflict;
  const kind = classify(conflict);
  const leader = kind.leader?.script;
  const { object } = used;
  const seen = ({ trace, script, firstTick }: Conflict['first']): Seen => ({ trace, script, tick: firstTick });
  const isGap = leader !== undefined && isReadinessGap(kind.type, leader === first.script ? [first, second] : [second, first], roster);
  const isGuess = first.value === MISSED || second.value === MISSED;
  const isUncertain = isGuess || (hasHistory(object.facet) && first.wasThere === undefined);
  const isMild =
    kind.type !== 'T2' && ['data', 'list', 'mode', 'owner', 'options', 'interfaces', 'routes', 'net-list'].includes(object.facet);
  return {
    type: isGap ? 'T7' : kind.type,
    object: describeObject(object),
    stableObject: describeObject({ ...object, text: mask(object.text) }),
    first: seen(first),
    second: seen(second),
    ...(leader !== undefined && { leader }),
    weight: (isUncertain ? 0.7 : 1) * (isMild ? 0.8 : 1),
  };
}

/** The tiers put the one first, and it is not the script that does it but what it left running. */
function isReadinessGap(type: string, [leader, follower]: readonly { readonly script: number }[], roster: Roster): boolean {
  const [a, b] = [roster.stageOf(leader?.script ?? 0), roster.stageOf(follower?.script ?? 0)];
  return (type === 'T1' || type === 'T9') && a < b;
}

function tell(candidate: Candidate, digests: readonly Digest[], roster: Roster): Told {
  const site = ({ trace, script, tick }: Seen) => siteAt((digests[trace] as Digest).walked, tick, roster.nameOf(script));
  const [first, second] = [site(candidate.first), site(candidate.second)];
  const name = (digests[candidate.first.trace] as Digest).walked.trace.head.name;
  const witness: Witness = { type: candidate.type, object: candidate.object, first, second, trace: name };
  const leader = candidate.leader === undefined ? undefined : roster.nameOf(candidate.leader);
  return {
    candidate,
    witness,
    scripts: [first.script, second.script],
    leader,
    slackMs: Math.round((second.atMs - first.atMs) * 1000) / 1000,
  };
}
