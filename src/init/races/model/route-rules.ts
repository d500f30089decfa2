/** Rules of routing, as texts that can be compared: which of them a removal means, and which of two decides about what both select. */
import { type Cidr, inSameNetwork, parseCidr } from '../../../sys/ip-address.ts';
import type { RouteMessage } from '../trace/trace.ts';

/** `from=10.1.0.0/16 lookup=177 pref=100`: what it says, in one order. */
export function ruleText({ says = {}, table = 0, priority }: RouteMessage): string {
  const parts = Object.entries(says).map(([name, value]) => `${name}=${value}`);
  if (table !== 0) parts.push(`lookup=${table}`);
  if (priority !== undefined) parts.push(`pref=${priority}`);
  return parts.toSorted().join(' ');
}

type Rule = ReadonlyMap<string, string>;

const ruleOf = (text: string): Rule =>
  new Map(text.split(' ').flatMap((part) => (part === '' ? [] : [part.split('=', 2) as [string, string]])));

/** Two are one rule when they say the same, and not another place. */
export function isSameRule(a: string, b: string): boolean {
  const [one, other] = [ruleOf(a), ruleOf(b)];
  const places = [one.get('pref'), other.get('pref')];
  const alike = (name: string): boolean => one.get(name) === other.get(name);
  if (places.every((place) => place !== undefined) && !alike('pref')) return false;
  return [...one.keys(), ...other.keys()].every((name) => name === 'pref' || alike(name));
}

/** A removal says as much of the rule as it likes. */
export function isRemovedBy(rule: string, removal: string): boolean {
  const whole = ruleOf(rule);
  return [...ruleOf(removal)].every(([name, value]) => whole.get(name) === value);
}

/** Whether something is selected by both, who leads it elsewhere, and the order of the two is the order in which they came. */
export function isPlaceShared(a: string, b: string): boolean {
  const [one, other] = [ruleOf(a), ruleOf(b)];
  const [mine, theirs] = [one.get('pref'), other.get('pref')];
  if (mine !== undefined && theirs !== undefined && mine !== theirs) return false;
  if (one.get('lookup') === other.get('lookup')) return false;
  const names = new Set([...one.keys(), ...other.keys()].filter((name) => name !== 'pref' && name !== 'lookup'));
  return [...names].every((name) => meet(name, one.get(name), other.get(name)));
}

function meet(name: string, a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined || a === b) return true;
  if (name !== 'from' && name !== 'to') return false;
  return networksMeet(a, b);
}

/** Whether the one is in the other, or is the other; addresses count as networks of their own. */
export function networksMeet(a: string, b: string): boolean {
  if (a === 'default' || b === 'default') return true;
  const [one, other] = [cidrOf(a), cidrOf(b)];
  if (one === undefined || other === undefined || one.family !== other.family) return false;
  const wide = one.prefix <= other.prefix ? one : other;
  return inSameNetwork(wide, wide === one ? other.address : one.address);
}

const cidrOf = (text: string): Cidr | undefined => parseCidr(text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`);
