/** The head of the chart: what a person wants to know before looking at any bar, and what the colours mean. Pure. */
import { shorten, xmlText } from '../sys/xml-text.ts';
import { type BootRecord, lengthOf } from './boot-record.ts';
import { formatSeconds } from './seconds.ts';

/** The chart is made for a window of this width. */
export const WIDTH = 1264;
export const MARGIN = 20;
export const HEAD_HEIGHT = 148;

interface Fact {
  readonly value: string;
  readonly says: string;
  readonly look?: string;
}

const legend = [
  ['done', 'started'],
  ['failed', 'failed'],
  ['timed-out', 'timed out'],
  ['skipped', 'skipped, built in'],
  ['running', 'not ended'],
  ['held', 'held'],
] as const;

export function drawHead(record: BootRecord, facts: readonly string[]): string {
  const which = record.round === 0 ? 'Boot' : `Soft reboot ${record.round}`;
  const tiles = planFacts(record).map(({ value, says, look = '' }, index) => {
    const x = MARGIN + index * 204;
    return `<text class="fact ${look}" x="${x}" y="92">${xmlText(value)}</text><text class="faint" x="${x}" y="109">${xmlText(says)}</text>`;
  });
  return [
    `<text class="title" x="${MARGIN}" y="38">${which}</text>`,
    `<text class="faint" x="${MARGIN}" y="59">${xmlText(shorten(facts.join('  ·  '), 170))}</text>`,
    ...tiles,
    drawLegend(),
  ].join('\n');
}

/** At most six. */
export function planFacts({ verdict, doorMs, tiers, holds, startMs, endMs }: BootRecord): readonly Fact[] {
  const scripts = tiers.flatMap((tier) => tier.scripts);
  const lasts = scripts.flatMap(({ runs }) => runs.at(-1) ?? []);
  const bad = lasts.filter(({ outcome }) => outcome === 'failed' || outcome === 'timed-out').length;
  const heldMs = holds.reduce((sum, hold) => sum + lengthOf(hold), 0);
  const checks = scripts.flatMap(({ health }) => health);
  const well = checks.filter(({ healthy }) => healthy).length;
  return [
    verdict === undefined
      ? { value: formatSeconds(endMs - startMs), says: 'so far, no verdict' }
      : { value: formatSeconds(verdict.atMs - startMs), says: `until the verdict: ${verdict.outcome}`, look: verdict.outcome },
    doorMs === undefined ? { value: '–', says: 'ssh was not open' } : { value: formatSeconds(doorMs), says: 'until ssh was open' },
    { value: String(scripts.length), says: `scripts in ${tiers.length} tiers` },
    { value: String(bad), says: 'failed or timed out', ...(bad > 0 ? { look: 'bad' } : {}) },
    ...(checks.length === 0
      ? []
      : [{ value: `${well} of ${checks.length}`, says: 'checks healthy', look: well < checks.length ? 'bad' : '' }]),
    ...(heldMs === 0 ? [] : [{ value: formatSeconds(heldMs), says: 'held, drawn short' }]),
  ];
}

function drawLegend(): string {
  let x = MARGIN;
  const entry = (sign: string, text: string) => {
    const drawn = `<g transform="translate(${x} 0)">${sign}<text class="faint" x="22" y="135">${text}</text></g>`;
    x += 40 + text.length * 6.6;
    return drawn;
  };
  return [
    ...legend.map(([kind, text]) => entry(`<rect class="${kind}" y="125" width="16" height="11" rx="2"/>`, text)),
    entry('<rect class="done critical" x="1" y="126" width="14" height="9" rx="2"/>', 'what the boot waited for'),
    entry('<circle class="healthy" cx="8" cy="131" r="4"/>', 'healthy'),
    entry('<path class="unhealthy" d="M3 128l2 -2l3 3l3 -3l2 2l-3 3l3 3l-2 2l-3 -3l-3 3l-2 -2l3 -3z"/>', 'unhealthy'),
    entry('<rect class="band grid" y="125" width="16" height="11"/>', 'tier'),
  ].join('');
}
