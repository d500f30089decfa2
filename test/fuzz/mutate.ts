/** Turns good inputs into nearly good ones. */
import type { Random } from './random.ts';

/** Numbers on which parsers trip. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
const WORDS = [
  '',
  '"',
  '\\',
  "'",
  '#',
  '=',
  ':',
  ',',
  ';',
  '[',
  ']',
  '[[',
  '::',
  '..',
  '\0',
  '\n',
  '\r\n',
  '\t',
  '=""',
  '%s',
  '\ufeff',
  '\ud800',
];
const MORE_WORDS = [
  '__proto__',
  'constructor',
  'toString',
  '-1',
  '0',
  '1e999',
  '4294967296',
  '999999999999999999999',
  'ü',
  '/../',
  '$(x)',
  '*',
];

/** A few changes of a text: cut, doubled, spliced with another, with odd words in it. */
export function mutateText(random: Random, texts: readonly string[]): string {
  let text = random.pick(texts);
  for (let changes = 1 + random.integer(4); changes > 0; changes -= 1) {
    const at = random.integer(text.length + 1);
    const to = Math.min(text.length, at + 1 + random.integer(random.pick([2, 8, 40])));
    const kind = random.integer(7);
    if (kind === 0) text = text.slice(0, at) + text.slice(to);
    else if (kind === 1) text = text.slice(0, to) + text.slice(at);
    else if (kind === 2) text = text.slice(0, at) + random.pick([...WORDS, ...MORE_WORDS]) + text.slice(at);
    else if (kind === 3) text = text.slice(0, at) + String.fromCharCode(random.integer(256)) + text.slice(at + 1);
    else if (kind === 4) text = text.slice(0, at) + random.pick(texts).slice(random.integer(at + 1));
    else if (kind === 5) text = text.slice(0, at) + text.slice(at, to).repeat(random.pick([2, 10, 100])) + text.slice(to);
    else text = swapFields(random, text);
  }
  return text.slice(0, 20_000);
}

/** Two fields of one kind change places. */
function swapFields(random: Random, text: string): string {
  const mark = random.pick([' ', ':', ',', '=', '\n', '\0']);
  const fields = text.split(mark);
  const [one, other] = [random.integer(fields.length), random.integer(fields.length)];
  [fields[one], fields[other]] = [fields[other] ?? '', fields[one] ?? ''];
  return fields.join(mark);
}

/** A few changes of bytes: bits, lengths, cuts, insertions. */
export function mutateBytes(random: Random, good: Buffer): Buffer {
  let bytes: Buffer = Buffer.from(good);
  for (let changes = 1 + random.integer(3); changes > 0; changes -= 1) {
    const at = random.integer(bytes.length + 1);
    const kind = random.integer(6);
    if (kind === 0 && at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.integer(8));
    else if (kind === 1 && bytes.length >= 4) bytes.writeUInt32BE(random.pick(EDGES), random.integer(bytes.length - 3));
    else if (kind === 2) bytes = bytes.subarray(0, at);
    else if (kind === 3) bytes = Buffer.concat([bytes.subarray(0, at), random.bytes(random.pick([1, 4, 64])), bytes.subarray(at)]);
    else if (kind === 4) bytes = Buffer.concat([bytes, bytes.subarray(at)]);
    else if (at < bytes.length) bytes[at] = random.integer(256);
  }
  return Buffer.from(bytes.subarray(0, 34_000));
}
