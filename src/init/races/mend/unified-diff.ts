/** The difference of two texts as patch(1) takes it. Pure. */

const CONTEXT = 3;
const NO_NEWLINE = '\\ No newline at end of file';

interface Change {
  /** `-` and `+` lines lie between these, 0-based, the end not among them. */
  readonly from: number;
  readonly to: number;
  readonly now: { readonly from: number; readonly to: number };
}

/** For `patch -p1`: `path` is absolute. Empty when nothing changed. */
export function unifiedDiff(path: string, before: string, after: string): string {
  const [old, young] = [splitLines(before), splitLines(after)];
  const hunks = group(findChanges(old, young));
  if (hunks.length === 0) return '';
  return [`--- a${quote(path)}`, `+++ b${quote(path)}`, ...hunks.flatMap((hunk) => formatHunk(hunk, old, young)), ''].join('\n');
}

/** A name with an end of line in it would begin a line of the diff: such a script has no link and is in no plan. */
const quote = (path: string): string => path.replace(/[\x00-\x1f]/g, '?');

/** Each line with the newline that ends it. */
const splitLines = (text: string): readonly string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** The longest common subsequence of what is not the same at both ends: edits of a header are few lines. */
function findChanges(old: readonly string[], young: readonly string[]): readonly Change[] {
  let start = 0;
  while (start < old.length && start < young.length && old[start] === young[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < young.length - start && old.at(-1 - end) === young.at(-1 - end)) end += 1;
  const [a, b] = [old.slice(start, old.length - end), young.slice(start, young.length - end)];
  const common = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const [row, below] = [common[i] ?? [], common[i + 1] ?? []];
      row[j] = a[i] === b[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  const changes: Change[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [from, nowFrom] = [i, j];
    while ((i < a.length || j < b.length) && (i >= a.length || j >= b.length || a[i] !== b[j])) {
      const dropOld = j >= b.length || (i < a.length && (common[i + 1]?.[j] ?? 0) >= (common[i]?.[j + 1] ?? 0));
      if (dropOld) i += 1;
      else j += 1;
    }
    if (i > from || j > nowFrom) changes.push({ from: start + from, to: start + i, now: { from: start + nowFrom, to: start + j } });
    while (i < a.length && j < b.length && a[i] === b[j]) [i, j] = [i + 1, j + 1];
  }
  return changes;
}

/** Changes whose contexts touch are one hunk. */
function group(changes: readonly Change[]): readonly (readonly Change[])[] {
  const hunks: Change[][] = [];
  for (const change of changes) {
    const last = hunks.at(-1);
    if (last !== undefined && change.from - (last.at(-1)?.to ?? 0) <= 2 * CONTEXT) last.push(change);
    else hunks.push([change]);
  }
  return hunks;
}

function formatHunk(hunk: readonly Change[], old: readonly string[], young: readonly string[]): readonly string[] {
  const [first, last] = [hunk[0], hunk.at(-1)];
  if (first === undefined || last === undefined) return [];
  const lead = Math.min(CONTEXT, first.from);
  const tail = Math.min(CONTEXT, old.length - last.to);
  const [from, to] = [first.from - lead, last.to + tail];
  const [nowFrom, nowTo] = [first.now.from - lead, last.now.to + tail];
  const lines: string[] = [];
  let at = from;
  for (const { from: begin, to: end, now } of hunk) {
    lines.push(...old.slice(at, begin).map((line) => ` ${line}`));
    lines.push(...old.slice(begin, end).map((line) => `-${line}`), ...young.slice(now.from, now.to).map((line) => `+${line}`));
    at = end;
  }
  lines.push(...old.slice(at, to).map((line) => ` ${line}`));
  return [`@@ -${range(from, to)} +${range(nowFrom, nowTo)} @@`, ...lines.flatMap(ended)];
}

/** `3,7`; the length is left out when it is one line, and an empty range names the line before it. */
function range(from: number, to: number): string {
  const length = to - from;
  return length === 1 ? String(from + 1) : `${length === 0 ? from : from + 1},${length}`;
}

const ended = (line: string): readonly string[] => (line.endsWith('\n') ? [line.slice(0, -1)] : [line, NO_NEWLINE]);
