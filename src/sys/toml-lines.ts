/** Where each key of a TOML text stands: the parser gives values without places, and a Problem must name the line. */

/** Path of a key (`rescue.port`, `network[0].address`) → its 1-based line; tables are in it, too. */
export type TomlLines = ReadonlyMap<string, number>;

/** Reads places line by line. Good enough to point at a key; what it cannot place (multi-line strings) it leaves out. */
export function findTomlLines(text: string): TomlLines {
  const lines = new Map<string, number>();
  const counts = new Map<string, number>();
  let table = '';
  text.split('\n').forEach((line, index) => {
    const header = /^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$/.exec(line);
    if (header !== null) {
      table = enterTable(header[1] === '[[', bare(header[2] ?? ''), counts);
      if (!lines.has(table)) lines.set(table, index + 1);
      return;
    }
    const key = /^\s*([A-Za-z0-9_\-."'\s]+?)\s*=/.exec(line)?.[1];
    if (key === undefined) return;
    const path = table === '' ? bare(key) : `${table}.${bare(key)}`;
    if (!lines.has(path)) lines.set(path, index + 1);
  });
  return lines;
}

/** The line of the key, or of the nearest table around it. */
export function lineOf(lines: TomlLines, path: string): number | undefined {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
    const line = lines.get(at);
    if (line !== undefined) return line;
  }
  return undefined;
}

function enterTable(isArray: boolean, name: string, counts: Map<string, number>): string {
  if (!isArray) return name;
  const index = counts.get(name) ?? 0;
  counts.set(name, index + 1);
  return `${name}[${index}]`;
}

const bare = (key: string): string => key.replaceAll(/["'\s]/g, '');
