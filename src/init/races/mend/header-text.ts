/** Edits one line of the header in a script's text, and nothing else of it. Pure. */
import { type HeaderField, readFields } from '../../lsb-header.ts';

export interface KeyEdit {
  /** `Required-Start` */
  readonly key: string;
  /** All of the value; empty: the line goes. */
  readonly value: string;
}

/** The order in which headers have their keys: a new line comes behind the last one of those before it. */
const customary = [
  'Provides',
  'Required-Start',
  'Required-Stop',
  'Should-Start',
  'Should-Stop',
  'X-Start-Before',
  'X-Stop-After',
  'Default-Start',
  'Default-Stop',
  'X-Interactive',
  'X-Ready',
] as const;

/** `text` with the line changed, added or gone; undefined when it has no header. `wholeFile`: an override without BEGIN and END. */
export function editHeader(text: string, { key, value }: KeyEdit, options: { readonly wholeFile?: boolean } = {}): string | undefined {
  const { fields } = readFields(text, '', options);
  const lines = text.split('\n');
  if (fields === undefined) return undefined;
  const field = fields.find((each) => each.key === key);
  if (field !== undefined) {
    const line = lines[field.line - 1] ?? '';
    const edited = lines.with(field.line - 1, replaceValue(line, key, value)).join('\n');
    const without = lines.toSpliced(field.line - 1, 1).join('\n');
    const others = sayAll(fields.filter((each) => each !== field));
    // Gone, it may give way to a second line of its key, or to lines that then go on with a Description: it stays, empty.
    return value === '' && sayAll(readFields(without, '', options).fields ?? []) === others ? without : edited;
  }
  if (value === '') return text;
  const anchor = anchorOf(fields, key);
  const model = lines[(anchor?.line ?? fields[0]?.line ?? 1) - 1] ?? '';
  const at = anchor?.line ?? (fields[0]?.line ?? beginOf(lines) + 1) - 1;
  return lines.toSpliced(at, 0, newLine(model, { key, value })).join('\n');
}

const sayAll = (fields: readonly HeaderField[]): string => fields.map(({ key, value }) => `${key}: ${value}`).join('\n');

/** The lines from BEGIN to END, with both; undefined when there is no whole block. */
export function headerBlock(text: string): string | undefined {
  const lines = text.split(/\r?\n/);
  const begin = beginOf(lines);
  const length = lines.slice(begin).findIndex((line) => /^###\s+END\s+INIT\s+INFO\s*$/i.test(line));
  return begin === 0 || length < 0 ? undefined : `${lines.slice(begin - 1, begin + length + 1).join('\n')}\n`;
}

/** A whole header, to stand behind the first line of a script that has none. */
export function insertHeader(text: string, edits: readonly KeyEdit[]): string {
  const [first = '', ...rest] = text.split('\n');
  return [first, ...newHeader(edits).trimEnd().split('\n'), ...rest].join('\n');
}

export function newHeader(edits: readonly KeyEdit[]): string {
  const width = '# Required-Start:    '.length;
  const lines = edits.filter(({ value }) => value !== '').map(({ key, value }) => `${`# ${key}:`.padEnd(width - 1)} ${value}`);
  return ['### BEGIN INIT INFO', ...lines, '### END INIT INFO', ''].join('\n');
}

/** 1-based line of BEGIN; 0 without. */
const beginOf = (lines: readonly string[]): number => lines.findIndex((line) => /^###\s+BEGIN\s+INIT\s+INFO\s*$/i.test(line)) + 1;

/** The last line of a key that customarily stands before this one. A Description may go on in lines behind it: none of these. */
function anchorOf(fields: readonly HeaderField[], key: string): HeaderField | undefined {
  const place = (name: string) => (customary as readonly string[]).indexOf(name);
  const before = fields.filter((field) => place(field.key) >= 0 && (place(key) < 0 || place(field.key) < place(key)));
  return before.toSorted((a, b) => place(b.key) - place(a.key))[0];
}

/** Everything before the value stays, and a carriage return behind it. */
function replaceValue(line: string, key: string, value: string): string {
  const [, start = `# ${key}:`, blanks = '', end = ''] = /^(#?\s*[A-Za-z][A-Za-z0-9_-]*:)([ \t]*)[^\r]*(\r?)$/.exec(line) ?? [];
  return `${start}${value === '' ? '' : blanks === '' ? ' ' : blanks}${value}${end}`;
}

/** Its value begins where that of the line before it does. */
function newLine(model: string, { key, value }: KeyEdit): string {
  const [, start = ''] = /^(#?\s*[A-Za-z][A-Za-z0-9_-]*:[ \t]*)/.exec(model) ?? [];
  return `${`# ${key}:`.padEnd(start.length - 1)} ${value}${model.endsWith('\r') ? '\r' : ''}`;
}
