/** The trials that settle one finding: both orders of its two scripts, and the windows inside of their calls. */
import type { CallPlace, Finding, Site, Witness } from '../report/finding.ts';
import { isLateIn } from '../report/late-site.ts';
import type { Draw } from './lottery.ts';
import { castOf, type Preference } from './serial-order.ts';
import type { CallHold, PassHold, Trial } from './trial.ts';

/** A tier as it is run: the names of its scripts, and the order in which one after another is well. */
export interface TrialTier {
  readonly name: string;
  readonly order: readonly string[];
}

/**
 * `first`: the order of the finding's scripts; `second`: the other one; a window: one stops inside of a call while the other runs; a draw: an
 * order, with the process number that it begins with.
 */
export type Way = 'first' | 'second' | { readonly window: CallHold } | { readonly draw: Draw };

export const isDraw = (way: Way): way is { readonly draw: Draw } => typeof way !== 'string' && 'draw' in way;

export interface PlannedTrial {
  readonly trial: Trial;
  /** At whose barrier it begins. */
  readonly tier: string;
  /** Absent: it is about all findings of the tier. */
  readonly finding?: string;
}

/** Types of which whole scripts one after another do not show everything. */
const inside: ReadonlySet<string> = new Set(['T3', 'T4', 'T5']);
/** Types of which only the one that changes something can be half-way: it has taken away what it makes again, or not yet filled what it made. */
const halfway: ReadonlySet<string> = new Set(['T1', 'T2']);
/** Calls that change what they are about: a script that stops at one of them has looked already. */
const changing: ReadonlySet<string> = new Set(
  'open mkdir mknod symlink link unlink rmdir rename truncate chmod chown bind listen mount umount kill module clock hostname'.split(' '),
);
const WINDOWS_EACH = 2;
const PASSES = 2;
/** A daemon may take its time, but it may also not come to a call at all. */
const PASS_MS = 20_000;
const HOLD_MS = 45_000;
/** Nobody is that late by chance inside of a call, and who waits for a lock is patient for ten seconds at least. */
const WINDOW_MS = 9000;
const NEAR_TIERS = 3;
/** Who does the same more often waits for something, and not always so often. */
const MOST_TIMES = 4;

/** The holds worth trying: at each script's own calls on the objects that both touch, those that change something first. */
export function windowsOf(finding: Finding): readonly CallHold[] {
  return finding.scripts.flatMap((script, index) => {
    const until = finding.scripts[1 - index] ?? script;
    const changes = ({ first, second }: Witness): boolean =>
      [first, second].some((site) => site.script === script && changing.has(site.call));
    const witnesses = finding.witnesses.filter((witness) => inside.has(witness.type) || (halfway.has(witness.type) && changes(witness)));
    const holds = holdsOf(script, until, witnesses).slice(0, WINDOWS_EACH);
    return holds.map((hold) => ({ ...hold, timeoutMs: WINDOW_MS }));
  });
}

/** Where the one that should come first does its part after its script has ended: what ends a script early is not waited for by its order. */
export function passesOf({ directed, scripts: [script, until], witnesses }: Finding): readonly PassHold[] {
  if (!directed) return [];
  const late = witnesses.filter((witness) => isLateIn(witness, script));
  const holds = holdsOf(script, until, late).slice(0, PASSES);
  return holds.map((hold) => ({ ...hold, kind: 'pass', timeoutMs: PASS_MS }));
}

function holdsOf(script: string, until: string, witnesses: readonly Witness[]): readonly CallHold[] {
  const sites = witnesses.flatMap(({ object, first, second }) =>
    [first, second].filter((site) => site.script === script).map((site) => ({ object, site })),
  );
  const sorted = [...sites.filter(({ site }) => changing.has(site.call)), ...sites.filter(({ site }) => !changing.has(site.call))];
  const holds = sorted.map(({ object, site }) => holdAt(object, site, until));
  return holds.filter((hold, index) => holds.findIndex((other) => sameCall(hold, other)) === index);
}

const sameCall = (one: CallHold, other: CallHold): boolean =>
  one.call === other.call && one.argument === other.argument && one.nth === other.nth;

/** The object's own name where the program said only a part of it, or a descriptor; any, where the call is about nothing that has a name. */
function holdAt(object: string, site: Site, until: string): CallHold {
  const { call, argument: said, nth = 1 }: CallPlace = site.holding ?? site;
  const named = /^(?:[a-z]+ )*?(\/.*?)(?: \[[^\]]*\])?$/.exec(object)?.[1];
  // Of two names either one will do.
  const name = said.split(' → ').at(-1) ?? said;
  const isWhole = name.startsWith('/') || /^(?:tcp|udp|unix):/.test(name) || call === 'kill';
  const argument = isWhole && name !== '' ? name : (named ?? '*');
  return { kind: 'call', script: site.script, call, argument, nth: nth > MOST_TIMES ? 1 : nth, until, timeoutMs: HOLD_MS };
}

/**
 * The trial of a finding in that way, for the so-manieth time. `full`: with the whole tier around, not only with those that the two need.
 * Undefined: this way there is none, because a script of it was not run.
 */
export function trialOf(
  finding: Finding,
  way: Way,
  nth: number,
  {
    tiers,
    preferences,
    full = false,
  }: { readonly tiers: readonly TrialTier[]; readonly preferences: readonly Preference[]; readonly full?: boolean },
): PlannedTrial | undefined {
  const [first, second] = finding.scripts;
  const [from, to] = [tierOf(tiers, first), tierOf(tiers, second)];
  if (from === undefined || to === undefined) return undefined;
  const name = `${finding.id} ${describeWay(way)}${full ? ' full' : ''} #${nth}`;
  const head = { name, seed: seedOf(nth), until: to.name };
  if (from !== to) {
    const [early, late] = isEarlier(from, to) ? [from, to] : [to, from];
    const isNatural = way === (early === from ? 'first' : 'second');
    if (finding.type === 'T8') return lotteryTrial(finding, way, { ...head, until: late.name }, early);
    const [script, until] = early === from ? finding.scripts : ([second, first] as const);
    const trial = { ...head, until: late.name, ...(!isNear(tiers, early, late) && { only: [until] }) };
    // What a daemon does tiers later it does on somebody's behalf: it need not be begun anew to be late.
    if (!isNear(tiers, early, late)) {
      return {
        tier: late.name,
        finding: finding.id,
        trial: { ...trial, holds: isNatural ? [] : [{ kind: 'freeze', script, until, timeoutMs: HOLD_MS }] },
      };
    }
    // In one order, whatever else races in the two tiers. What is held, is held for no longer than it must.
    const only = castOf([script, until], late.order, preferences).filter((name) => late.order.includes(name));
    const serial = [...early.order.filter((name) => name !== script), script, ...only];
    const holds = !isNatural ? [gapHold(finding, script, until)] : early === from ? passesOf(finding) : [];
    return { tier: early.name, finding: finding.id, trial: { ...trial, holds, serial, only } };
  }
  const draw = isDraw(way) ? way.draw : undefined;
  const window = typeof way !== 'string' && 'window' in way ? way.window : undefined;
  const pair: readonly [string, string] = way === 'second' || draw?.order === 'second' ? [second, first] : [first, second];
  const cast = full ? [...from.order.filter((script) => !pair.includes(script)), ...pair] : castOf(pair, from.order, preferences);
  // A script whose window is tried overlaps with the other one.
  const serial = window === undefined ? cast : cast.slice(0, -2);
  const starts =
    window === undefined ? [] : pair.flatMap((script) => serial.slice(-1).map((after) => ({ kind: 'start', script, after }) as const));
  const holds = [...starts, ...(window === undefined ? [] : [window]), ...(way === 'first' ? passesOf(finding) : [])];
  // Who has taken a thing holds it for as long as it is at work, perhaps not for long.
  const hasty = finding.type === 'T4' && window === undefined;
  const more = {
    ...(hasty && { hasty }),
    ...(serial.length > 0 && { serial }),
    ...(!full && { only: cast }),
    ...(draw !== undefined && { nextPid: draw.nextPid }),
  };
  return { tier: from.name, finding: finding.id, trial: { ...head, holds, ...more } };
}

/** From the tier of the one that draws to that of the other one: there is one order only. */
function lotteryTrial(
  { id }: Finding,
  way: Way,
  head: Pick<Trial, 'name' | 'seed' | 'until'>,
  { name, order }: TrialTier,
): PlannedTrial | undefined {
  if (way === 'second') return undefined;
  const drawn = isDraw(way) && { nextPid: way.draw.nextPid };
  return { tier: name, finding: id, trial: { ...head, serial: order, holds: [], ...drawn } };
}

/** Behind a tier barrier nothing but a hold makes a daemon late: at what the script of the later tier looks for. */
function gapHold({ witnesses }: Finding, script: string, until: string): CallHold {
  const [hold] = holdsOf(script, until, witnesses);
  return hold ?? { kind: 'call', script, call: 'listen', argument: '*', nth: 1, until, timeoutMs: HOLD_MS };
}

/** The tiers between the two are run in each trial. */
function isNear(tiers: readonly TrialTier[], early: TrialTier, late: TrialTier): boolean {
  const between = tiers.filter((tier) => isEarlier(early, tier) && isEarlier(tier, late));
  return between.length < NEAR_TIERS;
}

/** `rcS.d` goes before every run level; within one the names are in order. */
const isEarlier = (one: TrialTier, other: TrialTier): boolean => bootOrder(one) < bootOrder(other);
const bootOrder = ({ name }: TrialTier): string => `${name.startsWith('rcS') ? 0 : 1} ${name}`;

const tierOf = (tiers: readonly TrialTier[], script: string): TrialTier | undefined => tiers.find(({ order }) => order.includes(script));

/** For names: `window bind tcp:80 of ntpdate`. */
function describeWay(way: Way): string {
  if (typeof way === 'string') return way;
  if ('draw' in way) return `${way.draw.order} pid ${way.draw.nextPid}`;
  const { call, argument, script, nth } = way.window;
  return `window ${call} ${argument} of ${script}${nth > 1 ? `, time ${nth}` : ''}`;
}

/** The same for both orders, so that they differ in nothing else. */
export const seedOf = (nth: number): number => 1000 + nth * 7919;
