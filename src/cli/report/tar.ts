/** Files as a tar archive in memory: ustar, as POSIX's pax(1) and GNU tar read it. */

export interface TarEntry {
  /** At most 100 bytes, without a leading `/`. */
  readonly name: string;
  readonly content: Uint8Array;
}

const BLOCK = 512;
const NAME_BYTES = 100;

/** All entries with mode 0600, owned by root. Throws a RangeError for a name that ustar cannot hold. */
export function makeTar(entries: readonly TarEntry[], mtime: Date): Buffer {
  const blocks = entries.flatMap(({ name, content }) => [header(name, content.length, mtime), content, padding(content.length)]);
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function header(name: string, size: number, mtime: Date): Buffer {
  if (Buffer.byteLength(name) > NAME_BYTES) throw new RangeError(`${name}: a name in a tar archive has at most ${NAME_BYTES} bytes`);
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number) =>
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  block.write(name, 0);
  octal(0o600, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(Math.floor(mtime.getTime() / 1000), 136, 12);
  block.write(' '.repeat(8), 148, 'latin1');
  block.write('0', 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.write('root', 265, 'latin1');
  block.write('root', 297, 'latin1');
  // The sum counts its own field as blanks: six digits, NUL, blank.
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

const padding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
