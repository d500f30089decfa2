/** The modes of the client's terminal (RFC 4254, section 8), as far as ours is not like it already. Pure. */

/** By opcode, as stty(1) names them: control characters, and what a new pty of ours has (pty.cc of node-pty). */
const CHARACTERS: Readonly<Record<number, readonly [name: string, ours: number]>> = {
  1: ['intr', 3],
  2: ['quit', 28],
  3: ['erase', 127],
  4: ['kill', 21],
  5: ['eof', 4],
  6: ['eol', 255],
  7: ['eol2', 255],
  8: ['start', 17],
  9: ['stop', 19],
  10: ['susp', 26],
  12: ['rprnt', 18],
  13: ['werase', 23],
  14: ['lnext', 22],
};

const FLAGS: Readonly<Record<number, readonly [name: string, ours: boolean]>> = {
  30: ['ignpar', false],
  31: ['parmrk', false],
  32: ['inpck', false],
  33: ['istrip', false],
  34: ['inlcr', false],
  35: ['igncr', false],
  36: ['icrnl', true],
  38: ['ixon', true],
  39: ['ixany', true],
  40: ['ixoff', false],
  41: ['imaxbel', true],
  50: ['isig', true],
  51: ['icanon', true],
  53: ['echo', true],
  54: ['echoe', true],
  55: ['echok', true],
  56: ['echonl', false],
  57: ['noflsh', false],
  58: ['tostop', false],
  59: ['iexten', true],
  60: ['echoctl', true],
  61: ['echoke', true],
  70: ['opost', true],
  72: ['onlcr', true],
  73: ['ocrnl', false],
  74: ['onocr', false],
  75: ['onlret', false],
};

const OP_END = 0;
/** From here on a value has no known length. */
const FIRST_UNKNOWN = 160;
const DISABLED = 255;

/** Words for stty(1). A list that breaks off counts as far as it goes, and what has no name here is left as it is. */
export function planTerminalModes(encoded: Uint8Array): readonly string[] {
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  const words = new Map<string, readonly string[]>();
  for (let at = 0; at + 5 <= encoded.length; at += 5) {
    const opcode = view.getUint8(at);
    if (opcode === OP_END || opcode >= FIRST_UNKNOWN) break;
    const value = view.getUint32(at + 1);
    const [character, usual] = CHARACTERS[opcode] ?? [];
    const [flag, set] = FLAGS[opcode] ?? [];
    if (character !== undefined) words.set(character, value === usual ? [] : characterWords(character, value));
    if (flag !== undefined) words.set(flag, (value !== 0) === set ? [] : [value === 0 ? `-${flag}` : flag]);
  }
  return [...words.values()].flat();
}

/** `^C` is how every stty reads a control character. */
function characterWords(name: string, value: number): readonly string[] {
  if (value === DISABLED) return [name, 'undef'];
  if (value === 127) return [name, '^?'];
  return value < 32 ? [name, `^${String.fromCharCode(value + 64)}`] : [];
}
