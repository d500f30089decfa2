/** What the detector says of the cases, beside what is known of them. Pure. */
import type { Finding, HeaderEdit, JudgedFinding, Mend, RaceType, VerdictKind } from '../../../src/init/races/report/finding.ts';
import type { Race, Twin } from '../../races/cases/race-case.ts';

/** With a judgement where it was tried. */
export type MendedFinding = Finding & Pick<JudgedFinding, 'mends'> & Partial<Pick<JudgedFinding, 'judgement'>>;

export interface RaceScore {
  readonly name: string;
  readonly type: RaceType;
  readonly isFound: boolean;
  /** `yes`: it is the type of the finding; `also`: of a weaker witness. */
  readonly typeRight: 'yes' | 'also' | 'no';
  /** Absent: the case has no direction. */
  readonly directionRight?: boolean;
  readonly mendRight: boolean;
  /** `T2 name /tmp/x`: of the strongest witness. */
  readonly said: string;
  /** Where it was tried. */
  readonly verdict?: VerdictKind;
}

export interface TwinScore {
  readonly name: string;
  readonly rule: string;
  /** Empty: silent, as it should be. */
  readonly said: readonly string[];
  /** Findings that trials have settled: both orders end equal, or there is one only. */
  readonly settled: number;
}

export interface Score {
  readonly races: readonly RaceScore[];
  readonly twins: readonly TwinScore[];
  /** Findings about scripts of the image itself, or of two cases: nothing is known of them. */
  readonly elsewhere: readonly MendedFinding[];
  /** Of the pairs that were told, how many race; of those that race, how many were told. */
  readonly precision: number;
  readonly recall: number;
}

/** Nothing that anybody need see. */
const isSettled = ({ judgement }: MendedFinding): boolean => judgement?.verdict === 'benign' || judgement?.verdict === 'unreachable';

/** A case is told when a finding is about two scripts of it. */
export function scoreCases(races: readonly Race[], twins: readonly Twin[], findings: readonly MendedFinding[]): Score {
  const about = ({ scripts }: Race | Twin) => findings.filter((finding) => finding.scripts.every((name) => scripts.includes(name)));
  const raceScores = races.map((race) =>
    scoreRace(
      race,
      about(race).toSorted((a, b) => rankOf(a) - rankOf(b)),
    ),
  );
  const twinScores = twins.map((twin) => {
    const told = about(twin).filter((finding) => !isSettled(finding));
    return { name: twin.name, rule: twin.rule, said: told.map(sayOf), settled: about(twin).length - told.length };
  });
  const known = new Set([...races, ...twins].flatMap(about));
  const found = raceScores.filter(({ isFound }) => isFound).length;
  const wrong = twinScores.filter(({ said }) => said.length > 0).length;
  return {
    races: raceScores,
    twins: twinScores,
    elsewhere: findings.filter((finding) => !known.has(finding)),
    precision: found + wrong === 0 ? 1 : found / (found + wrong),
    recall: races.length === 0 ? 1 : found / races.length,
  };
}

function scoreRace({ name, type, orType = type, scripts, directed, mend }: Race, findings: readonly MendedFinding[]): RaceScore {
  const isType = (said: { readonly type: RaceType }) => said.type === type || said.type === orType;
  const hasType = (finding: Finding) => finding.witnesses.some(isType);
  const finding = findings.find(isType) ?? findings.find(hasType) ?? findings[0];
  const head = { name, type };
  if (finding === undefined || findings.every(isSettled)) return { ...head, isFound: false, typeRight: 'no', mendRight: false, said: '' };
  return {
    ...head,
    isFound: true,
    typeRight: isType(finding) ? 'yes' : hasType(finding) ? 'also' : 'no',
    ...(directed && { directionRight: finding.directed && finding.scripts[0] === scripts[0] }),
    mendRight: finding.mends.some((each) => isMend(each, mend)) || (!directed && finding.mends.some((each) => isSwapped(each, mend))),
    said: sayOf(finding),
    ...(finding.judgement !== undefined && finding.judgement.verdict !== 'predicted' && { verdict: finding.judgement.verdict }),
  };
}

const ranks: readonly VerdictKind[] = ['confirmed', 'divergent', 'latent', 'predicted'];
/** What was shown speaks for the case, what was settled last. */
const rankOf = ({ judgement }: MendedFinding): number => {
  const rank = ranks.indexOf(judgement?.verdict ?? 'predicted');
  return rank < 0 ? ranks.length : rank;
};

/** `Should-` for `Required-` is as good, and so is the other end's `X-Start-Before`; where no line helps, the word must be there. */
function isMend({ summary, edits = [] }: Mend, { script, key, value }: Race['mend']): boolean {
  if (value === undefined)
    return edits.some((edit) => edit.script === script && edit.key === key) || new RegExp(escaped(key), 'i').test(summary);
  const asks = (edit: HeaderEdit, by: string, keys: RegExp, word: string) =>
    edit.script === by && keys.test(edit.key) && edit.value.split(/\s+/).includes(word);
  return edits.some((edit) => asks(edit, script, /^(Required|Should)-Start$/, value) || asks(edit, value, /^X-Start-Before$/, script));
}

/** Where either order would do. */
const isSwapped = (each: Mend, { script, key, value }: Race['mend']): boolean =>
  value !== undefined && isMend(each, { script: value, key, value: script });

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

const sayOf = ({ type, witnesses }: Finding): string => `${type} ${witnesses[0]?.object ?? ''}`.trim();
