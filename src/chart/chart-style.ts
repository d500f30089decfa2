/** The colours of the chart, for light and for dark; nothing is loaded from anywhere. */
export const chartStyle = `
.chart { --back: #fdfcfa; --text: #23262b; --faint: #5d6168; --grid: #e3e0da; --band: #f3f0ea; --done: #3f7fbf; --bad: #cf3a3f; --late: #d97706; --quiet: #aaa69e; --held: #c99a06; --good: #1b7540; --path: #8b1e6b; }
@media (prefers-color-scheme: dark) {
.chart { --back: #15171b; --text: #e4e5e7; --faint: #9a9ea6; --grid: #2b2f36; --band: #1d2026; --done: #5a9bdc; --bad: #f0676b; --late: #f2a33a; --quiet: #6a6e76; --held: #e0b53a; --good: #54c585; --path: #ec7fc8; }
}
.chart { background: var(--back); }
.chart .back { fill: var(--back); }
.chart text { font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: var(--text); font-variant-numeric: tabular-nums; white-space: pre; }
.chart .title { font-size: 21px; font-weight: 600; }
.chart .fact { font-size: 19px; font-weight: 600; }
.chart .faint { fill: var(--faint); }
.chart .section { font-weight: 600; }
.chart .end { text-anchor: end; }
.chart .middle { text-anchor: middle; }
.chart .grid { stroke: var(--grid); }
.chart .band { fill: var(--band); }
.chart .done { fill: var(--done); }
.chart .failed { fill: var(--bad); }
.chart .timed-out { fill: var(--late); }
.chart .skipped, .chart .built-in { fill: var(--quiet); }
.chart .running { fill: var(--done); fill-opacity: 0.45; stroke: var(--done); stroke-dasharray: 3 2; }
.chart .held { fill: var(--held); }
.chart .hold { fill: var(--held); fill-opacity: 0.14; }
.chart .session { fill: var(--good); fill-opacity: 0.7; }
.chart text.good, .chart .healthy { fill: var(--good); }
.chart text.bad, .chart .unhealthy { fill: var(--bad); }
.chart .critical { stroke: var(--path); stroke-width: 2; }
.chart .path { stroke: var(--path); stroke-width: 1.5; fill: none; stroke-opacity: 0.75; }
.chart text.on-path { fill: var(--path); font-weight: 600; }
.chart .mark { stroke: var(--good); stroke-dasharray: 4 3; }
.chart .mark.bad { stroke: var(--bad); }
.chart .row:hover .hit { fill: var(--grid); fill-opacity: 0.6; }
.chart .hit { fill: transparent; }
`;
