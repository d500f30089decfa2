/** Which findings of a report fail a build: those of the wanted verdicts that nobody has accepted, or only until a day that is over. Pure. */
import type { AcceptEntry } from './accept-file.ts';
import type { JudgedFinding, RaceReport } from './finding.ts';
import { type FailOn, failOn, sortFindings } from './verdicts.ts';

export interface Accepted {
  /** What the entries are about has the reason and the day; nothing else is changed. */
  readonly report: RaceReport;
  /** Entries that match no finding: the race is gone, or the entry never fitted. */
  readonly unused: readonly AcceptEntry[];
  /** Entries whose day is over, each with what it no longer accepts. */
  readonly expired: readonly { readonly entry: AcceptEntry; readonly findings: readonly JudgedFinding[] }[];
}

/** `today`: `2027-06-30`. Of several entries for one finding the one that counts longest is taken. What an older run accepted is asked again. */
export function accept(report: RaceReport, entries: readonly AcceptEntry[], today: string): Accepted {
  const findings = report.findings.map(({ accepted: _, ...finding }): JudgedFinding => {
    const valid = entries.filter((entry) => entry.until >= today && matches(entry, finding));
    const [longest] = valid.toSorted((a, b) => (a.until < b.until ? 1 : a.until > b.until ? -1 : 0));
    return longest === undefined ? finding : { ...finding, accepted: { reason: longest.reason, until: longest.until } };
  });
  const meant = (entry: AcceptEntry) => findings.filter((finding) => matches(entry, finding));
  return {
    report: { ...report, findings },
    unused: entries.filter((entry) => meant(entry).length === 0),
    expired: entries
      .filter(({ until }) => until < today)
      .map((entry) => ({ entry, findings: meant(entry).filter(({ accepted }) => accepted === undefined) }))
      .filter(({ findings: left }) => left.length > 0),
  };
}

/** What fails, the worst first. */
export function failing({ findings }: RaceReport, kind: FailOn): readonly JudgedFinding[] {
  const wanted: readonly string[] = failOn[kind];
  return sortFindings(findings).filter(({ accepted, judgement }) => accepted === undefined && wanted.includes(judgement.verdict));
}

function matches({ match }: AcceptEntry, { id, scripts, witnesses, type }: JudgedFinding): boolean {
  if ('id' in match) return match.id === id;
  const same = match.scripts.every((name) => scripts.includes(name)) && scripts.every((name) => match.scripts.includes(name));
  return same && match.type === type && witnesses.every(({ object }) => fits(match.object, object));
}

/** `*` stands for anything, also for nothing. */
function fits(pattern: string, text: string): boolean {
  const [first = '', ...parts] = pattern.split('*');
  if (!text.startsWith(first)) return false;
  if (parts.length === 0) return text === pattern;
  let at = first.length;
  const last = parts.pop() ?? '';
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

/** `races.toml:3: accepted until 2026-01-01, which is over: 0123456789ab ssh, rsyslog: "why"`: words for standard error. */
export function describeAccepted({ unused, expired }: Accepted): readonly string[] {
  const place = ({ file, line }: AcceptEntry) => (line === undefined ? file : `${file}:${line}`);
  return [
    ...expired.map(({ entry, findings }) => {
      const which = findings.map(({ id, scripts }) => `${id} (${scripts.join(', ')})`).join(', ');
      return `${place(entry)}: accepted until ${entry.until}, which is over: ${which}; the reason was: ${entry.reason}`;
    }),
    ...unused.map((entry) => `${place(entry)}: matches no race of this report: take it out (${describeMatch(entry)})`),
  ];
}

const describeMatch = ({ match }: AcceptEntry): string =>
  'id' in match ? `id ${match.id}` : `${match.type} of ${match.scripts.join(' and ')} on ${match.object}`;
