/** A report as one page that needs nothing else: an overview, then each race with both of its orders drawn. Pure. */
import { xmlText } from '../../../../sys/xml-text.ts';
import type { JudgedFinding, RaceReport } from '../finding.ts';
import { countVerdicts, formatRedundant } from '../report-text.ts';
import { sortFindings, verdictKinds } from '../verdicts.ts';
import { findingArticle, overviewRow } from './page-finding.ts';
import { pageStyle } from './page-style.ts';

/** The same report, the same bytes. */
export function formatPage(report: RaceReport): string {
  const findings = sortFindings(report.findings);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${xmlText(`Races: ${countVerdicts(findings)}`)}</title>
<style>${pageStyle}</style>
</head>
<body id="overview">
${head(report)}
${findings.length === 0 ? '<p>No races were found.</p>' : overview(findings)}
${findings.map(findingArticle).join('\n')}
${tail(report)}
</body>
</html>
`;
}

function head({ kernel, traces, scripts, coverage }: RaceReport): string {
  const boots = traces.length === 1 ? '1 recorded boot' : `${traces.length} recorded boots`;
  const unseen = coverage.length === 0 ? '' : `<details open><summary>What was not seen</summary>${list(coverage)}</details>`;
  return `<header><h1>Races between start-up scripts</h1>
<p class="faint">${xmlText(`${scripts.length} scripts, ${boots}, Linux ${kernel}`)}</p>${unseen}</header>`;
}

function overview(findings: readonly JudgedFinding[]): string {
  const columns = [
    '<th>verdict</th><th>scripts</th><th>type</th><th class="wide">tier</th><th class="wide">object</th>',
    '<th class="wide number">least apart</th><th class="wide">mend</th>',
  ].join('');
  return `${filter(findings)}
<table><thead><tr>${columns}</tr></thead>
<tbody>
${findings.map(overviewRow).join('\n')}
</tbody></table>`;
}

/** One can be chosen; the arrow keys go from one to the next. */
function filter(findings: readonly JudgedFinding[]): string {
  const kinds = verdictKinds.map((kind) => ({ kind, count: findings.filter(({ judgement }) => judgement.verdict === kind).length }));
  const accepted = findings.filter((finding) => finding.accepted !== undefined).length;
  const choices = [{ kind: 'all', count: findings.length }, ...kinds, { kind: 'accepted', count: accepted }].filter(
    ({ count }) => count > 0,
  );
  const labels = choices.map(({ kind, count }) => {
    const checked = kind === 'all' ? ' checked' : '';
    return `<label class="${kind}"><input type="radio" name="only" id="only-${kind}"${checked}><b>${count}</b>${kind}</label>`;
  });
  return `<fieldset class="filter"><legend>Show</legend>${labels.join('')}</fieldset>`;
}

function tail({ benign, redundant = [] }: RaceReport): string {
  const rules = benign.map(({ rule, reason, pairs }) => `${pairs} pairs of calls: ${rule}: ${reason}`);
  return [
    ...(rules.length === 0 ? [] : [`<h3>Harmless by rule</h3>${list(rules)}`]),
    ...(redundant.length === 0
      ? []
      : [`<h3>Declared, and no conflict behind it was ever seen</h3>${list(redundant.map((edge) => formatRedundant(edge).trim()))}`]),
  ].join('\n');
}

const list = (items: readonly string[]): string => `<ul>${items.map((item) => `<li>${xmlText(item)}</li>`).join('')}</ul>`;
