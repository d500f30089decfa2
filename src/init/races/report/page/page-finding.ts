/** One finding on the page of a report: both orders as pictures, what was tried, the calls, and what ends it. Pure. */
import { xmlText } from '../../../../sys/xml-text.ts';
import type { JudgedFinding, Mend, Site, VerdictKind } from '../finding.ts';
import { raceTypes } from '../race-types.ts';
import { describeMend, formatCall, formatSlack, shortSlack } from '../report-text.ts';
import { verdicts } from '../verdicts.ts';
import { badOrderOf, drawRace } from './race-picture.ts';

/** What is known of the order that was not seen. */
const otherOrder: Readonly<Record<VerdictKind, string>> = {
  confirmed: 'Forced',
  divergent: 'Forced',
  latent: 'Forced, far from what boots do',
  'flaky-base': 'Forced, not always with the same end',
  predicted: 'The other order, not tried yet',
  unreachable: 'The other order, which could not be brought about',
  benign: 'Forced, and everything ends equal',
};

export const titleOf = ({ scripts: [first, second], directed }: JudgedFinding): string =>
  `${first} ${directed ? 'before' : 'and'} ${second}`;

export function findingArticle(finding: JudgedFinding): string {
  const { id, judgement, mechanism, witnesses, mends, accepted } = finding;
  const kinds = ['finding', judgement.verdict, ...(accepted === undefined ? [] : ['accepted'])].join(' ');
  const isSeenBad = badOrderOf(finding) === 'seen';
  return [
    `<article class="${kinds}" id="race-${xmlText(id)}">`,
    `<h2>${xmlText(titleOf(finding))} <span class="verdict">${judgement.verdict}</span></h2>`,
    `<p>${xmlText(mechanism)}</p>`,
    '<div class="orders">',
    figure(`As seen in ${witnesses[0]?.trace ?? 'a boot'}`, drawRace(finding, 'seen'), isSeenBad ? judgement.differences : []),
    figure(captionOf(finding, isSeenBad), drawRace(finding, 'other'), isSeenBad ? [] : judgement.differences),
    facts(finding),
    '</div>',
    sites(finding),
    ...(mends.length === 0 ? [] : ['<h3>What ends it</h3>', '<ol>', ...mends.map(mendItem), '</ol>']),
    '<p class="top"><a href="#overview">overview</a></p>',
    '</article>',
  ].join('\n');
}

function captionOf({ judgement: { verdict, goodOrder, badOrder } }: JudgedFinding, isSeenBad: boolean): string {
  const order = isSeenBad ? goodOrder : badOrder;
  return order === undefined ? otherOrder[verdict] : `${otherOrder[verdict]}: ${order}`;
}

function figure(caption: string, picture: string, differences: readonly string[]): string {
  const list = differences.length === 0 ? '' : `<ul>${differences.map((each) => `<li>${xmlText(each)}</li>`).join('')}</ul>`;
  return `<figure><figcaption>${xmlText(caption)}</figcaption>${picture}${list}</figure>`;
}

function facts(finding: JudgedFinding): string {
  const { id, type, tier, judgement, accepted, declaredEdge } = finding;
  const { verdict, goodOrder, reproduce, trials } = judgement;
  const rows: readonly (readonly [string, string] | undefined)[] = [
    ['verdict', `${verdicts[verdict]}${trials === 0 ? '' : `; ${trials === 1 ? '1 trial' : `${trials} trials`}`}`],
    ['type', `${type}, ${raceTypes[type].name}`],
    ['tier', `${tier}${declaredEdge ? '; the order is declared, and is not enough' : ''}`],
    ['apart', formatSlack(finding)],
    goodOrder === undefined ? undefined : ['good', goodOrder],
    accepted === undefined ? undefined : ['accepted', `until ${accepted.until}: ${accepted.reason}`],
    ['id', id],
  ];
  const items = rows.flatMap((row) => (row === undefined ? [] : [`<dt>${row[0]}</dt><dd>${xmlText(row[1])}</dd>`]));
  const again = reproduce === undefined ? [] : [`<dt>again</dt><dd><code>${xmlText(reproduce)}</code></dd>`];
  return `<dl>${[...items, ...again].join('')}</dl>`;
}

function sites({ witnesses, witnessCount }: JudgedFinding): string {
  const rows = witnesses.flatMap(({ object, first, second }) => [
    `<tr><td colspan="4"><b>${xmlText(object)}</b></td></tr>`,
    siteRow(first),
    siteRow(second),
  ]);
  const more = witnessCount > witnesses.length ? `<p class="faint">and ${witnessCount - witnesses.length} more</p>` : '';
  const head = '<thead><tr><th>at</th><th>script</th><th>process</th><th>call</th></tr></thead>';
  const count = witnessCount === 1 ? 'The two calls' : `Calls on ${witnessCount} things that both touch`;
  return `<details><summary>${count}</summary><table class="sites">${head}<tbody>${rows.join('')}</tbody></table>${more}</details>`;
}

function siteRow(site: Site): string {
  const { atMs, script, process, pid, lineage = [] } = site;
  const by = lineage.length === 0 ? '' : ` <span class="faint">by ${xmlText(lineage.join(' › '))}</span>`;
  return `<tr><td>${(atMs / 1000).toFixed(3)} s</td><td>${xmlText(script)}</td><td>${xmlText(`${process}[${pid}]`)}${by}</td><td><code>${xmlText(formatCall(site))}</code></td></tr>`;
}

function mendItem(mend: Mend): string {
  const { summary, diff, override, cycle, verified } = mend;
  return [
    `<li>${xmlText(summary)}<br><span class="${verified ? 'verified' : 'faint'}">${xmlText(describeMend(mend))}</span>`,
    ...(cycle === undefined ? [] : [`<details><summary>without that a cycle</summary>${list(cycle)}</details>`]),
    ...(diff === undefined ? [] : [`<pre tabindex="0">${diff.replace(/\n$/, '').split('\n').map(diffLine).join('\n')}</pre>`]),
    ...(override === undefined
      ? []
      : [`<details><summary>as an override: ${xmlText(override.path)}</summary><pre tabindex="0">${lines(override.text)}</pre></details>`]),
    '</li>',
  ].join('');
}

const list = (items: readonly string[]): string => `<ul>${items.map((item) => `<li>${xmlText(item)}</li>`).join('')}</ul>`;

const lines = (text: string): string => text.replace(/\n$/, '').split('\n').map(plainLine).join('\n');

/** A tab is no control character within a script. */
const plainLine = (line: string): string => line.split('\t').map(xmlText).join('\t');

function diffLine(line: string): string {
  const tag = /^\+(?!\+\+ )/.test(line) ? 'ins' : /^-(?!-- )/.test(line) ? 'del' : undefined;
  return tag === undefined ? plainLine(line) : `<${tag}>${plainLine(line)}</${tag}>`;
}

/** A line of the overview: the least slack says how near the other order is. */
export function overviewRow(finding: JudgedFinding): string {
  const { id, type, tier, judgement, witnesses, mends, accepted } = finding;
  const kinds = ['finding', judgement.verdict, ...(accepted === undefined ? [] : ['accepted'])].join(' ');
  const mend = mends.some(({ verified }) => verified) ? '<span class="verified">verified</span>' : mends.length === 0 ? '–' : 'proposed';
  return [
    `<tr class="${kinds}"><td><span class="verdict">${judgement.verdict}</span></td>`,
    `<td><a href="#race-${xmlText(id)}">${xmlText(titleOf(finding))}</a>${accepted === undefined ? '' : ' <span class="faint">accepted</span>'}</td>`,
    `<td><abbr title="${xmlText(raceTypes[type].name)}">${type}</abbr></td><td class="wide">${xmlText(tier)}</td>`,
    `<td class="wide">${xmlText(witnesses[0]?.object ?? '')}</td><td class="number wide">${shortSlack(finding)}</td><td class="wide">${mend}</td></tr>`,
  ].join('');
}
