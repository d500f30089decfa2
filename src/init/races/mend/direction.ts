/** Which of two scripts should come first, and how sure that is. Pure. */
import type { Finding, JudgedFinding, RaceType } from '../report/finding.ts';
import { isLateIn } from '../report/late-site.ts';

export interface Direction {
  readonly first: string;
  readonly second: string;
  /** Why: for the reader. */
  readonly because: string;
}

/** What the one that goes first does, of the types that have a natural direction. */
const roles: Partial<Readonly<Record<RaceType, string>>> = {
  T1: 'makes what the other one uses',
  T2: 'cleans',
  T6: 'mounts',
  T7: 'makes what the other one uses',
  T9: 'listens',
};

/** What was tried counts most; then what the type tells; then the order that was seen, which is known to have gone well. */
export function directionOf(finding: Finding & Partial<Pick<JudgedFinding, 'judgement'>>): Direction {
  const { scripts, directed, type, judgement, witnesses } = finding;
  const [a, b] = scripts;
  const good = judgement?.goodOrder;
  if (good === `${a} before ${b}`) return { first: a, second: b, because: 'it went well in this order' };
  if (good === `${b} before ${a}`) return { first: b, second: a, because: 'it went well in this order' };
  const role = roles[type];
  if (directed) return { first: a, second: b, because: role === undefined ? 'what it does tells' : `${a} ${role}` };
  const seen = witnesses[0]?.first.script;
  const first = seen === b ? b : a;
  return { first, second: first === a ? b : a, because: 'it was seen in this order' };
}

/** Without the one that goes first the other one cannot do its work: a need, not only an order. */
export const isNeed = ({ type, judgement }: Pick<Finding, 'type'> & Partial<Pick<JudgedFinding, 'judgement'>>): boolean =>
  (type === 'T1' || type === 'T6') && judgement?.verdict !== 'divergent';

/** The one to wait for does its part behind the end of its script: the order of the scripts alone is not enough. */
export function isLate({ directed, witnesses }: Finding, script: string): boolean {
  const [witness] = witnesses;
  return directed && witness !== undefined && isLateIn(witness, script);
}
