/** Draws a boot as one SVG: no script, no font, no picture from elsewhere; its texts can be selected. Pure. */
import { shorten, xmlText } from '../sys/xml-text.ts';
import { type BootRecord, lengthOf, type Span } from './boot-record.ts';
import { type Bar, type ChartRow, chartRows } from './chart-rows.ts';
import { chartStyle } from './chart-style.ts';
import { drawHead, HEAD_HEIGHT, MARGIN, WIDTH } from './draw-head.ts';
import { formatSeconds } from './seconds.ts';
import { planScale, type TimeScale } from './time-scale.ts';

const LEFT = 208;
const PLOT = WIDTH - LEFT - MARGIN - 8;
const ROW = 20;
const BAR = 12;
const AXIS = 24;
const LABEL_CHARS = 27;
const NOTE_CHARS = 70;
const HEAD_CHARS = 170;
/** About as wide as a character of a note is. */
const CHAR = 6.4;
const LEAST_BAR = 2;

interface Placed {
  readonly row: ChartRow;
  /** Top of the row. */
  readonly y: number;
}

/** `facts`: what is known of the machine, under the title. */
export function drawChart(record: BootRecord, facts: readonly string[] = []): string {
  const scale = planScale(record, drawnShort(record), PLOT);
  const top = HEAD_HEIGHT + AXIS;
  const { placed, bottom } = place(chartRows(record), top);
  const height = bottom + AXIS + MARGIN;
  return [
    `<svg class="chart" xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}">`,
    `<title>lifeboot boot chart</title>`,
    `<style>${chartStyle}</style>`,
    `<rect class="back" width="${WIDTH}" height="${height}"/>`,
    drawHead(record, facts),
    ...drawBands(placed, scale),
    ...drawAxis(scale, top, bottom),
    ...drawMarks(record, scale, { top, bottom }),
    ...placed.map((each) => drawRow(each, scale)),
    drawPath(placed, scale),
    '</svg>\n',
  ].join('\n');
}

/** Holds, and what was before stage 1 where that is longer than all the rest: an initramfs may have asked for a passphrase. */
function drawnShort(record: BootRecord): readonly Span[] {
  const kernel = record.phases.find(({ name }) => name === 'kernel')?.runs[0];
  const isLong = kernel !== undefined && lengthOf(kernel) > lengthOf(record) / 2;
  return isLong ? [kernel, ...record.holds] : record.holds;
}

/** A section begins with some room above it. */
function place(rows: readonly ChartRow[], top: number): { readonly placed: readonly Placed[]; readonly bottom: number } {
  let bottom = top;
  const placed = rows.map((row) => {
    bottom += row.kind === 'section' ? 8 : 0;
    const y = bottom;
    bottom += ROW;
    return { row, y };
  });
  return { placed, bottom: bottom + 6 };
}

const x = (scale: TimeScale, ms: number): number => LEFT + Number(scale.at(ms).toFixed(1));

function drawBands(placed: readonly Placed[], scale: TimeScale): readonly string[] {
  return placed.flatMap(({ row: { band }, y }, index) => {
    if (band === undefined) return [];
    const next = placed.findIndex(({ row }, at) => at > index && row.kind === 'section');
    const count = (next < 0 ? placed.length : next) - index;
    const [left, right] = [x(scale, band.startMs), x(scale, band.endMs)];
    return [`<rect class="band" x="${left}" y="${y}" width="${width(left, right)}" height="${count * ROW}" rx="3"/>`];
  });
}

function drawAxis(scale: TimeScale, top: number, bottom: number): readonly string[] {
  return scale.ticks.map((ms, index) => {
    const at = x(scale, ms);
    const text = `${Number((ms / 1000).toFixed(3))}${index === 0 ? ' s' : ''}`;
    const label = (y: number) => `<text class="faint middle" x="${at}" y="${y}">${text}</text>`;
    return `<path class="grid" d="M${at} ${top}V${bottom}"/>${label(top - 7)}${label(bottom + 16)}`;
  });
}

/** When the door opened, when the verdict was given, and where the boot was held. */
function drawMarks(
  record: BootRecord,
  scale: TimeScale,
  { top, bottom }: { readonly top: number; readonly bottom: number },
): readonly string[] {
  const { holds, doorMs, verdict } = record;
  const shades = holds.map(({ name, detail, startMs, endMs }) => {
    const [left, right] = [x(scale, startMs), x(scale, endMs)];
    const held = `held ${formatSeconds(endMs - startMs)}`;
    const tooltip = xmlText(`${name}: ${held}: ${detail}`);
    const shade = `<rect class="hold" x="${left}" y="${top}" width="${width(left, right)}" height="${bottom - top}"/>`;
    const label = right - left < held.length * CHAR ? '' : `<text class="middle" x="${(left + right) / 2}" y="${top + 26}">${held}</text>`;
    return `<g><title>${tooltip}</title>${shade}${label}</g>`;
  });
  const line = (ms: number, what: string, text: string) => {
    const at = x(scale, ms);
    const anchor = at > WIDTH - 160 ? ' end' : '';
    const label = `<text class="${what}${anchor}" x="${anchor === '' ? at + 5 : at - 5}" y="${top + 12}">${xmlText(text)}</text>`;
    return `<path class="mark ${what}" d="M${at} ${top}V${bottom}"/>${label}`;
  };
  return [
    ...shades,
    ...(doorMs === undefined ? [] : [line(doorMs, 'good', 'ssh open')]),
    ...(verdict === undefined ? [] : [line(verdict.atMs, verdict.outcome, verdict.outcome)]),
  ];
}

function drawRow({ row, y }: Placed, scale: TimeScale): string {
  const base = y + 14;
  if (row.kind === 'section') {
    const note = row.note === '' ? '' : `<tspan class="faint" font-weight="400">  ${xmlText(shorten(row.note, HEAD_CHARS))}</tspan>`;
    return `<text class="section" x="${MARGIN}" y="${base}">${xmlText(shorten(row.label, LABEL_CHARS))}${note}</text>`;
  }
  const label = `<text class="end${row.link === undefined ? '' : ' on-path'}" x="${LEFT - 10}" y="${base}">${xmlText(shorten(row.label, LABEL_CHARS))}</text>`;
  const title = xmlText([row.label, ...row.health.map(({ detail }) => detail)].join('; '));
  const hit = `<rect class="hit" x="${MARGIN}" y="${y}" width="${WIDTH - 2 * MARGIN}" height="${ROW}"/>`;
  const bars = row.bars.map((bar) => drawBar(bar, y, row.link !== undefined, scale));
  return `<g class="row"><title>${title}</title>${hit}${label}${bars.join('')}${drawHealth(row, y, scale)}${drawNote(row, base, scale)}</g>`;
}

function drawBar({ kind, startMs, endMs, tooltip }: Bar, y: number, isCritical: boolean, scale: TimeScale): string {
  const [left, right] = [x(scale, startMs), x(scale, endMs)];
  const critical = isCritical ? ' critical' : '';
  const size = `x="${left}" y="${y + 4}" width="${width(left, right)}" height="${BAR}"`;
  return `<g><title>${xmlText(tooltip)}</title><rect class="bar ${kind}${critical}" ${size} rx="2"/></g>`;
}

/** One dot for each check, where it was answered; a dot of a bad answer is crossed as well, for who does not see the colour. */
function drawHealth({ health }: ChartRow, y: number, scale: TimeScale): string {
  return health
    .map(({ healthy, atMs, detail }) => {
      const [at, middle] = [x(scale, atMs), y + 4 + BAR / 2];
      const title = `<title>${xmlText(`${healthy ? 'healthy' : 'unhealthy'} at ${(atMs / 1000).toFixed(2)} s: ${detail}`)}</title>`;
      const sign = healthy
        ? `<circle class="healthy" cx="${at}" cy="${middle}" r="4"/>`
        : `<path class="unhealthy" d="M${at - 5} ${middle - 3}l2 -2l3 3l3 -3l2 2l-3 3l3 3l-2 2l-3 -3l-3 3l-2 -2l3 -3z"/>`;
      return `<g>${title}${sign}</g>`;
    })
    .join('');
}

/** Right of the bars where there is room, else left of them, else on them. */
function drawNote({ note, bars, label }: ChartRow, base: number, scale: TimeScale): string {
  if (note === '') return '';
  const text = shorten(note, NOTE_CHARS);
  const needed = text.length * CHAR + 12;
  const right = x(scale, Math.max(0, ...bars.map(({ endMs }) => endMs)));
  const left = bars.length === 0 ? LEFT : x(scale, Math.min(...bars.map(({ startMs }) => startMs)));
  const say = (at: number, anchor: string) => `<text class="faint${anchor}" x="${at}" y="${base}">${xmlText(text)}</text>`;
  if (bars.length === 0 || right + needed < WIDTH - MARGIN) return say(Math.max(right, LEFT) + 7, '');
  if (left - needed > LEFT) return say(left - 7, ' end');
  return `<text class="end" x="${WIDTH - MARGIN - 10}" y="${base}"><title>${xmlText(label)}</title>${xmlText(text)}</text>`;
}

/** From the end of each link to the beginning of the next. */
function drawPath(placed: readonly Placed[], scale: TimeScale): string {
  const links = placed.filter(({ row }) => row.link !== undefined).toSorted((a, b) => (a.row.link ?? 0) - (b.row.link ?? 0));
  const steps = links.slice(1).flatMap(({ row, y }, index) => {
    const before = links[index];
    const [from, to] = [before?.row.bars.at(-1)?.endMs, row.bars[0]?.startMs];
    if (before === undefined || from === undefined || to === undefined) return [];
    const [middle, down] = [before.y + 4 + BAR / 2, y + 4 + BAR / 2];
    return [`M${x(scale, from)} ${middle}H${Math.max(x(scale, from), x(scale, to))}V${down}`];
  });
  return steps.length === 0 ? '' : `<path class="path" d="${steps.join('')}"/>`;
}

const width = (left: number, right: number): number => Number(Math.max(LEAST_BAR, right - left).toFixed(1));
