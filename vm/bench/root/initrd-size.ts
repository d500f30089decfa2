/** How big an initrd is as a file, and as the kernel unpacks it. */
import { readFile } from 'node:fs/promises';
import { execa } from 'execa';

export interface InitrdSize {
  readonly bytes: number;
  readonly unpackedBytes: number;
}

const HEADER = 110;
const TRAILER = 'TRAILER!!!';
const UNPACK_MS = 120_000;
/** The first bytes of what a kernel can unpack, and who unpacks it here. */
const unpackers: readonly (readonly [string, readonly string[]])[] = [
  ['28b52ffd', ['zstd', '-dcq']],
  ['1f8b', ['gzip', '-dc']],
  ['fd377a585a00', ['xz', '-dc']],
];

/** Throws for an archive that is packed in another way. */
export async function initrdSize(file: string): Promise<InitrdSize> {
  const bytes = await readFile(file);
  const packedAt = endOfPlainArchives(bytes);
  const packed = bytes.subarray(packedAt);
  if (packed.length === 0) return { bytes: bytes.length, unpackedBytes: bytes.length };
  const [, argv] = unpackers.find(([magic]) => packed.toString('hex', 0, 6).startsWith(magic)) ?? [];
  const [program, ...args] = argv ?? [];
  if (program === undefined) throw new Error(`${file}: begins with ${packed.toString('hex', 0, 6)}: neither zstd, gzip nor xz`);
  const { stdout } = await execa(program, args, { input: packed, encoding: 'buffer', maxBuffer: 2 ** 31, timeout: UNPACK_MS });
  return { bytes: bytes.length, unpackedBytes: packedAt + stdout.length };
}

/** cpio(5), newc: archives one after the other, as for early microcode, with zeros between them. Pure. */
export function endOfPlainArchives(bytes: Buffer): number {
  let at = 0;
  while (bytes.toString('latin1', at, at + 6) === '070701') {
    const field = (index: number) => Number.parseInt(bytes.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
    const [size, nameSize] = [field(6), field(11)];
    const name = bytes.toString('latin1', at + HEADER, at + HEADER + nameSize - 1);
    at = align(align(at + HEADER + nameSize) + size);
    if (name !== TRAILER) continue;
    while (at < bytes.length && bytes[at] === 0) at += 1;
  }
  return at;
}

const align = (offset: number): number => Math.ceil(offset / 4) * 4;
