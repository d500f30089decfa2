/** The looks of the page of a report: light and dark, a wide window, a phone and paper; nothing is loaded from anywhere. */
import { verdictKinds } from '../verdicts.ts';

/** Choosing a verdict hides the others: no script is needed for it. */
const filters = verdictKinds
  .map((kind) => `body:has(#only-${kind}:checked) .finding:not(.${kind})`)
  .concat('body:has(#only-accepted:checked) .finding:not(.accepted)')
  .join(',\n');

export const pageStyle = `
:root { color-scheme: light dark; --back: #fdfcfa; --text: #23262b; --faint: #5d6168; --grid: #e3e0da; --band: #f3f0ea; --done: #2f6fb0; --bad: #bd2a30; --late: #a65300; --quiet: #6b6862; --good: #1b7540; --path: #8b1e6b; }
@media (prefers-color-scheme: dark) {
:root { --back: #15171b; --text: #e4e5e7; --faint: #9a9ea6; --grid: #2b2f36; --band: #1d2026; --done: #5a9bdc; --bad: #f0676b; --late: #f2a33a; --quiet: #9a9ea6; --good: #54c585; --path: #ec7fc8; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1240px; padding: 24px 20px 60px; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
h1 { font-size: 21px; font-weight: 600; margin: 0; }
h2 { font-size: 17px; font-weight: 600; margin: 0 0 4px; }
h3 { font-size: 15px; font-weight: 600; margin: 18px 0 4px; }
p { margin: 6px 0; max-width: 76ch; }
a { color: inherit; text-decoration-color: var(--faint); text-underline-offset: 3px; }
a:focus-visible, summary:focus-visible, label:has(:focus-visible) { outline: 2px solid var(--done); outline-offset: 2px; border-radius: 3px; }
.faint { color: var(--faint); }
code, pre { font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
ul, ol { margin: 6px 0; padding-left: 22px; }
.filter { display: flex; flex-wrap: wrap; gap: 8px; margin: 18px 0; padding: 0; border: 0; }
.filter legend { position: absolute; clip-path: inset(50%); }
.filter label { padding: 6px 14px; border: 1px solid var(--grid); border-radius: 8px; cursor: pointer; }
.filter label:has(:checked) { background: var(--band); border-color: var(--faint); }
.filter input { position: absolute; opacity: 0; }
.filter b { font-size: 19px; font-weight: 600; margin-right: 6px; }
.verdict { font-weight: 600; white-space: nowrap; }
.confirmed .verdict, .filter .confirmed b { color: var(--bad); }
.divergent .verdict, .filter .divergent b, .latent .verdict, .filter .latent b, .flaky-base .verdict, .filter .flaky-base b { color: var(--late); }
.predicted .verdict, .filter .predicted b { color: var(--done); }
.unreachable .verdict, .filter .unreachable b { color: var(--quiet); }
.benign .verdict, .filter .benign b, .verified { color: var(--good); }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 600; color: var(--faint); white-space: nowrap; }
th, td { padding: 5px 14px 5px 0; border-bottom: 1px solid var(--grid); vertical-align: top; }
td.number, th.number { text-align: right; white-space: nowrap; }
tbody tr:hover { background: var(--band); }
article { border-top: 1px solid var(--grid); padding: 26px 0 22px; scroll-margin-top: 8px; content-visibility: auto; contain-intrinsic-size: auto 640px; }
article:target { border-top: 2px solid var(--done); }
.orders { display: flex; flex-wrap: wrap; gap: 14px 32px; margin: 12px 0; }
figure { margin: 0; flex: 1 1 330px; max-width: 420px; min-width: 0; }
figcaption { font-weight: 600; }
figure ul { color: var(--bad); list-style: "✗  "; padding-left: 20px; }
svg.race { display: block; width: 100%; height: auto; }
.race text { font: 13px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: var(--text); }
.race .name { font-weight: 600; }
.race .end { text-anchor: end; }
.race .object { text-anchor: middle; font-weight: 600; }
.race .faint { fill: var(--faint); }
.race .lane { fill: none; stroke-width: 2; }
.race .lane.a { stroke: var(--done); } .race .lane.b { stroke: var(--path); }
.race .dot.a { fill: var(--done); } .race .dot.b { fill: var(--path); }
.race .thing { fill-opacity: 0.2; } .race .thing.none { fill: none; }
.race .thing.a { fill: var(--done); } .race .thing.b { fill: var(--path); }
.race .edge.none { stroke: var(--faint); stroke-dasharray: 4 3; }
.race .edge.a { stroke: var(--done); } .race .edge.b { stroke: var(--path); }
.race .touch { stroke: var(--faint); stroke-dasharray: 2 2; }
.race .gap { stroke: var(--faint); fill: none; }
.race .back { fill: var(--back); }
.race .cross { stroke: var(--bad); stroke-width: 4; fill: none; stroke-linecap: round; }
dl { flex: 1 1 300px; display: grid; grid-template-columns: 5.4em minmax(0, 1fr); gap: 2px 14px; margin: 0; align-content: start; font-size: 14px; }
dt { color: var(--faint); }
dd { margin: 0; }
details { margin: 8px 0; }
summary { cursor: pointer; color: var(--faint); }
pre { margin: 8px 0; padding: 10px 12px; background: var(--band); border-radius: 6px; overflow-x: auto; overflow-wrap: normal; }
pre ins { color: var(--good); text-decoration: none; }
pre del { color: var(--bad); text-decoration: none; }
.sites td:first-child:not([colspan]) { white-space: nowrap; }
${filters} { display: none; }
@media (max-width: 700px) {
body { padding: 16px 16px 40px; }
.wide { display: none; }
.filter label { padding: 5px 10px; }
.sites, .sites tbody, .sites tr, .sites td { display: block; }
.sites thead { display: none; }
.sites td { border: 0; padding: 0; }
.sites tr { border-bottom: 1px solid var(--grid); padding: 6px 0; display: block; }
}
@media print {
body { max-width: none; padding: 0; font-size: 10pt; }
article { content-visibility: visible; break-inside: avoid; }
.top, .filter { display: none; }
details::details-content { content-visibility: visible; block-size: auto; }
pre { white-space: pre-wrap; }
}
`;
