/** A report for code hosts: SARIF 2.1.0 (OASIS), one result a finding, in the file of the script that is to be edited. Pure. */
import { safeJson } from '../../../sys/safe-json.ts';
import type { JudgedFinding, Mend, RaceReport, RaceType, Site, VerdictKind } from './finding.ts';
import { oneLine } from './one-line.ts';
import { raceTypes } from './race-types.ts';
import { formatCall, formatSlack } from './report-text.ts';
import { sortFindings, verdicts } from './verdicts.ts';

type Json = Readonly<Record<string, unknown>>;

/** 3.27.9, 3.27.10: what is no failure has no level. */
const severities: Readonly<Record<VerdictKind, { readonly kind: string; readonly level: string }>> = {
  confirmed: { kind: 'fail', level: 'error' },
  divergent: { kind: 'fail', level: 'warning' },
  latent: { kind: 'fail', level: 'warning' },
  'flaky-base': { kind: 'fail', level: 'warning' },
  predicted: { kind: 'fail', level: 'note' },
  unreachable: { kind: 'informational', level: 'none' },
  benign: { kind: 'pass', level: 'none' },
};

const types = Object.keys(raceTypes) as RaceType[];

/** Ends with a newline. `toolVersion`: of lifeboot. The same report, the same bytes. */
export function formatSarif(report: RaceReport, toolVersion: string): string {
  const driver = { name: 'lifeboot', version: toolVersion, semanticVersion: toolVersion, rules: types.map(ruleOf) };
  const run = {
    tool: { driver },
    automationDetails: { id: 'lifeboot/races/' },
    columnKind: 'utf16CodeUnits',
    results: sortFindings(report.findings).map(resultOf),
    properties: { kernel: oneLine(report.kernel), traces: report.traces.map(oneLine), coverage: report.coverage.map(oneLine) },
  };
  const schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
  return `${safeJson({ $schema: schema, version: '2.1.0', runs: [run] }, 2)}\n`;
}

function ruleOf(type: RaceType): Json {
  const { name, happens, help } = raceTypes[type];
  return {
    id: type,
    name: name.replace(/(?:^|[ -])(\w)/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: `Race between start-up scripts: ${name}` },
    fullDescription: { text: happens },
    help: { text: help },
    defaultConfiguration: { level: 'warning' },
    properties: { tags: ['race', 'boot'], precision: 'high' },
  };
}

function resultOf(finding: JudgedFinding): Json {
  const { id, type, tier, scripts, judgement, witnesses, accepted, score, mends } = finding;
  const [first, second] = scripts;
  return {
    ruleId: type,
    ruleIndex: types.indexOf(type),
    ...severities[judgement.verdict],
    message: { text: messageText(describe(finding)) },
    locations: [location(second, lineOf(second, mends))],
    relatedLocations: [{ id: 1, ...location(first, lineOf(first, mends)), message: { text: messageText(`races with ${second}`) } }],
    // Of the key the spec wants a version; the id holds as long as scripts, type and object do.
    partialFingerprints: { 'raceId/v1': id },
    codeFlows: witnesses.slice(0, 1).map(({ object, first: one, second: two }) => ({
      message: { text: messageText(`as it was seen, on ${object}`) },
      threadFlows: [one, two].map((site, index) => ({ id: `${index + 1}`, locations: [threadLocation(site, index + 1)] })),
    })),
    ...(accepted === undefined
      ? {}
      : {
          suppressions: [{ kind: 'external', status: 'accepted', justification: oneLine(`until ${accepted.until}: ${accepted.reason}`) }],
        }),
    rank: Math.round(score * 100),
    properties: { verdict: judgement.verdict, tier: oneLine(tier), trials: judgement.trials, slack: formatSlack(finding) },
  };
}

/** What a reviewer needs where nothing but the message is shown. */
function describe({ scripts, mechanism, judgement, mends }: JudgedFinding): string {
  const { verdict, badOrder, differences, reproduce } = judgement;
  const [mend] = mends;
  return [
    mechanism,
    `${verdict}: ${verdicts[verdict]}.`,
    ...(badOrder === undefined ? [] : [`${badOrder}: ${differences.join('; ')}.`]),
    ...(reproduce === undefined ? [] : [`To see it again: ${reproduce}`]),
    ...(mend === undefined
      ? [`No mend is known for ${scripts.join(' and ')}.`]
      : [`${mend.verified ? 'Verified mend' : 'Mend'}: ${mend.summary}`]),
  ].join(' ');
}

const location = (script: string, startLine: number): Json => ({
  physicalLocation: { artifactLocation: { uri: `etc/init.d/${encodeURIComponent(script.toWellFormed())}` }, region: { startLine } },
});

const threadLocation = (site: Site, executionOrder: number): Json => ({
  executionOrder,
  location: { ...location(site.script, 1), message: { text: messageText(`${site.process}[${site.pid}]: ${formatCall(site)}`) } },
});

/** The line of the script that the first mend changes; the first one, where none does. */
function lineOf(script: string, mends: readonly Mend[]): number {
  const lines = mends.flatMap(({ diff = '' }) => diff.split('\n'));
  const begin = lines.indexOf(`--- a/etc/init.d/${script}`);
  const start = begin < 0 ? undefined : /^@@ -(\d+)/.exec(lines[begin + 2] ?? '')?.[1];
  if (start === undefined) return 1;
  const lead = lines.slice(begin + 3).findIndex((line) => !line.startsWith(' '));
  return Math.max(1, Number(start) + Math.max(0, lead));
}

/** Names may be anything: 3.11.5 has braces doubled, and 3.11.6 would take `[x](y)` for a link. */
const messageText = (text: string): string => oneLine(text).replace(/[{}]/g, '$&$&').replaceAll('](', '] (');
