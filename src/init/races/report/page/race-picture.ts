/** One order of a race as a picture: two lanes, what both touch between them, who comes first, and what is left of it. SVG, pure. */
import { shorten, xmlText } from '../../../../sys/xml-text.ts';
import type { JudgedFinding, RaceType, Site, Witness } from '../finding.ts';
import { formatCall, formatMs } from '../report-text.ts';

export type Order = 'seen' | 'other';

export const WIDTH = 380;
const HEIGHT = 186;
const LANES = { a: 40, b: 138 } as const;
const BAND = { top: 77, height: 26 } as const;
const PLACES = { two: [104, 246], three: [84, 178, 272] } as const;
/** About as wide as a character is. */
const CHAR = 7.1;

type Lane = keyof typeof LANES;

interface Mark {
  readonly lane: Lane;
  readonly x: number;
  readonly site: Site;
  readonly says: string;
  readonly broken: boolean;
}

/** Whose the object is from `x` on; `none`: it is not there. */
interface Stretch {
  readonly x: number;
  readonly owner: Lane | 'none';
}

/** How each type leaves the object: made by one, taken from one, changed by whoever comes, kept by who comes first. */
const manners: Readonly<Record<RaceType, 'made' | 'cleaned' | 'changed' | 'kept'>> = {
  T1: 'made',
  T2: 'cleaned',
  T3: 'changed',
  T4: 'kept',
  T5: 'changed',
  T6: 'changed',
  T7: 'made',
  T8: 'kept',
  T9: 'made',
};

/** A whole `<svg>`; its colours come from the page. */
export function drawRace(finding: JudgedFinding, order: Order): string {
  const [witness] = finding.witnesses;
  if (witness === undefined) return '';
  const marks = planMarks(finding, witness, order);
  const names = laneNames(finding);
  const label = marks.map(({ site, says }) => `${site.script}: ${says}`).join(', then ');
  return [
    `<svg class="race" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${xmlText(label)}">`,
    ...(['a', 'b'] as const).map((lane) => drawLane(lane, names[lane])),
    ...drawBand(stretchesOf(finding, marks, order), witness.object),
    ...marks.map(drawMark),
    ...(order === 'seen' ? [drawGap(witness, marks)] : []),
    ...(badOrderOf(finding) === order && !marks.some(({ broken }) => broken) ? [cross(WIDTH - 22, BAND.top + BAND.height / 2)] : []),
    '</svg>',
  ].join('');
}

const laneNames = ({ scripts: [a, b] }: JudgedFinding) => ({ a, b });

function planMarks(finding: JudgedFinding, { first, second }: Witness, order: Order): readonly Mark[] {
  const isBad = badOrderOf(finding) === order;
  const manner = manners[finding.type];
  const mark = (site: Site, index: number, x: number, says: string): Mark => {
    const lane = site.script === finding.scripts[1] ? 'b' : 'a';
    const broken = isBad && ((manner === 'made' && lane === 'b') || (manner === 'kept' && index === 1));
    return { lane, x, site, says, broken };
  };
  const [left, right] = PLACES.two;
  if (order === 'seen') return [mark(first, 0, left, saysOf(first)), mark(second, 1, right, saysOf(second))];
  if (finding.type === 'T5') {
    const [one, two, three] = PLACES.three;
    return [mark(first, 0, one, 'looks'), mark(second, 1, two, second.call), mark(first, 2, three, 'acts')];
  }
  // What was answered is that of the recording: in another order nobody knows it.
  return [mark(second, 0, left, second.call), mark(first, 1, right, first.call)];
}

const saysOf = ({ call, error }: Site): string => (error === undefined ? call : `${call} = ${error}`);

/** Which of the two orders did harm: mostly that which no boot showed. Undefined: none, as far as is known. */
export function badOrderOf({ judgement: { verdict, badOrder }, witnesses: [witness] }: JudgedFinding): Order | undefined {
  if (!['confirmed', 'divergent', 'latent', 'flaky-base'].includes(verdict)) return undefined;
  return badOrder === `${witness?.first.script} before ${witness?.second.script}` ? 'seen' : 'other';
}

function stretchesOf({ type }: JudgedFinding, marks: readonly Mark[], order: Order): readonly Stretch[] {
  const start: Stretch = { x: 12, owner: 'none' };
  const manner = manners[type];
  const own = marks.map(({ x, lane }): Stretch => ({ x, owner: lane }));
  if (manner === 'changed') return [start, ...own.filter((_, index) => !(type === 'T5' && order === 'other' && index === 0))];
  if (manner === 'kept') return [start, ...own.slice(0, 1)];
  if (manner === 'made') return [start, ...own.filter(({ owner }) => owner === 'a')];
  return [start, ...own.map(({ x, owner }): Stretch => ({ x, owner: owner === 'a' ? 'none' : 'b' }))];
}

function drawLane(lane: Lane, name: string): string {
  const y = LANES[lane];
  const text = `<text class="name" x="12" y="${lane === 'a' ? y - 11 : y + 22}">${xmlText(shorten(name, 44))}</text>`;
  return `<path class="lane ${lane}" d="M12 ${y}H${WIDTH - 22}l-5 -4m5 4l-5 4"/>${text}`;
}

function drawBand(stretches: readonly Stretch[], object: string): readonly string[] {
  const { top, height } = BAND;
  const parts = stretches.map(({ x, owner }, index) => {
    const end = stretches[index + 1]?.x ?? WIDTH - 22;
    // No line between two stretches: it would go through the text.
    return `<rect class="thing ${owner}" x="${x}" y="${top}" width="${Math.max(0, end - x)}" height="${height}"/><path class="edge ${owner}" d="M${x} ${top}H${end}M${x} ${top + height}H${end}"/>`;
  });
  const text = shorten(object, Math.floor((WIDTH - 60) / CHAR));
  return [
    ...parts,
    `<g><title>${xmlText(object)}</title><text class="object" x="${(WIDTH - 10) / 2}" y="${top + 17}">${xmlText(text)}</text></g>`,
  ];
}

function drawMark({ lane, x, site, says, broken }: Mark): string {
  const y = LANES[lane];
  const [from, to] = lane === 'a' ? [y, BAND.top] : [BAND.top + BAND.height, y];
  const fits = x + 10 + says.length * CHAR < WIDTH - 8;
  const text = `<text class="call${fits ? '' : ' end'}" x="${fits ? x + 10 : x - 10}" y="${lane === 'a' ? y + 22 : y - 13}">${xmlText(says)}</text>`;
  const sign = broken ? cross(x, y) : `<circle class="dot ${lane}" cx="${x}" cy="${y}" r="6"/>`;
  return `<g><title>${xmlText(`${site.script}: ${formatCall(site)}`)}</title><path class="touch" d="M${x} ${from}V${to}"/>${sign}${text}</g>`;
}

const cross = (x: number, y: number): string =>
  `<circle class="back" cx="${x}" cy="${y}" r="9"/><path class="cross" d="M${x - 6} ${y - 6}l12 12m0 -12l-12 12"/>`;

/** How far apart the two calls were in that boot. */
function drawGap({ first, second }: Witness, marks: readonly Mark[]): string {
  const [left, right] = [marks[0]?.x ?? 0, marks[1]?.x ?? 0];
  const y = HEIGHT - 12;
  const line = `<path class="gap" d="M${left} ${y - 5}v10m0 -5H${right}m0 -5v10"/>`;
  return `${line}<text class="faint" x="${right + 8}" y="${y + 4}">${xmlText(formatMs(second.atMs - first.atMs))} apart</text>`;
}
