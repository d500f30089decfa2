/** The plan as a picture: a column a tier, a box a script, a line to whom it waits for. Light and dark, no script in it. */
import type { PlannedGroup, PlannedScript, PlannedTier } from './make-plan.ts';

const COLUMN = 220;
const ROW = 26;
const BOX = { width: 176, height: 20 };
const MARGIN = 20;
const HEADING = 46;
/** Letters that fit into a box. */
const LETTERS = 24;

const STYLE = `:root{color-scheme:light dark}svg{background:Canvas;color:CanvasText;font:12px system-ui,sans-serif}
text{fill:CanvasText}rect{fill:Canvas;stroke:currentColor}path{fill:none;stroke:currentColor;opacity:.45}
.should{stroke-dasharray:4 3}.alone rect{stroke-width:2.5}.built rect{stroke-dasharray:2 2}.tier{font-weight:600}`;

interface Place {
  readonly x: number;
  readonly y: number;
}

/** A whole SVG document. */
export function formatSvg(groups: readonly PlannedGroup[]): string {
  const drawn: string[] = [];
  let top = MARGIN;
  for (const { group, tiers } of groups) {
    drawn.push(
      `<text class="tier" x="${MARGIN}" y="${top + 14}">${escapeXml(group.letter === 'S' ? `start, run level ${group.name}` : 'stop')}</text>`,
    );
    drawn.push(...drawGroup(tiers, group.letter, top + HEADING));
    top += HEADING + MARGIN + ROW * tiers.reduce((most, { scripts }) => Math.max(most, scripts.length), 0);
  }
  const width = MARGIN * 2 + COLUMN * groups.reduce((most, { tiers }) => Math.max(most, tiers.length), 1);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top}" viewBox="0 0 ${width} ${top}" role="img" aria-label="lifeboot plan">`,
    `<style>${STYLE}</style>`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

function drawGroup(tiers: readonly PlannedTier[], letter: string, top: number): readonly string[] {
  const places = new Map(
    tiers.flatMap(({ scripts }, column) =>
      scripts.map(({ script }, row) => [script.name, { x: MARGIN + column * COLUMN, y: top + row * ROW }] as const),
    ),
  );
  const place = (name: string) => places.get(name) ?? { x: 0, y: 0 };
  const scripts = tiers.flatMap((tier) => tier.scripts);
  // Lines first: a box hides the line that passes behind it.
  return [
    ...tiers.map(({ number }, column) => `<text class="tier" x="${MARGIN + column * COLUMN}" y="${top - 8}">${letter}${number}</text>`),
    ...scripts.flatMap(({ script, because }) =>
      because === undefined ? [] : [curve(place(because.to), place(script.name), because.hard)],
    ),
    ...scripts.map((planned) => drawBox(planned, place(planned.script.name))),
  ];
}

function drawBox({ script, because, interactive }: PlannedScript, at: Place): string {
  const kind = [...(interactive ? ['alone'] : []), ...(script.builtIn === undefined ? [] : ['built'])].join(' ');
  const title = because === undefined ? 'waits for nobody' : `after ${because.to}: ${because.key}: ${because.word}`;
  const label = script.name.length > LETTERS ? `${script.name.slice(0, LETTERS - 1)}…` : script.name;
  const box = `<rect x="${at.x}" y="${at.y}" width="${BOX.width}" height="${BOX.height}" rx="3"/><text x="${at.x + 6}" y="${at.y + 14}">${escapeXml(label)}</text>`;
  return `<g class="${kind}"><title>${escapeXml(`${script.name}: ${title}`)}</title>${box}</g>`;
}

function curve(from: Place, to: Place, hard: boolean): string {
  const [x1, y1, x2, y2] = [from.x + BOX.width, from.y + BOX.height / 2, to.x, to.y + BOX.height / 2];
  return `<path${hard ? '' : ' class="should"'} d="M${x1} ${y1}C${x1 + 24} ${y1} ${x2 - 24} ${y2} ${x2} ${y2}"/>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
