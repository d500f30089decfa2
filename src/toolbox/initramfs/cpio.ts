/** A cpio archive in the form the kernel unpacks (newc: Documentation/driver-api/early-userspace/buffer-format.rst), the same bytes for the same files. */
import { readFile } from 'node:fs/promises';

/** One name of the archive. Owner is root, time is 0, numbers are given in order: nothing of the machine it was made on is in it. */
export type CpioEntry =
  | { readonly path: string; readonly kind: 'directory'; readonly mode: number }
  | { readonly path: string; readonly kind: 'link'; readonly target: string }
  | { readonly path: string; readonly kind: 'console' }
  /** Its bytes are read when its turn comes. */
  | { readonly path: string; readonly kind: 'file'; readonly mode: number; readonly content: () => Promise<Buffer> };

/** Types of inode(7). */
const S_IFREG = 0o100000;
const S_IFDIR = 0o040000;
const S_IFLNK = 0o120000;
const S_IFCHR = 0o020000;
const ALIGNMENT = 4;
/** cpio(1) reads and writes in blocks of this. */
const BLOCK = 512;

export const fileEntry = (path: string, mode: number, source: string): CpioEntry => ({
  ...{ path, kind: 'file', mode, content: () => readFile(source) },
});

/** Writes the entries, sorted by name, so that each directory stands before what is in it. Throws when a name comes twice. */
export async function* writeCpio(entries: readonly CpioEntry[]): AsyncGenerator<Buffer> {
  const sorted = entries.toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  let size = 0;
  for (const [index, entry] of sorted.entries()) {
    if (sorted[index - 1]?.path === entry.path) throw new Error(`${entry.path} is twice in the archive`);
    const content = await contentOf(entry);
    for (const part of [header(entry, index + 1, content.length), content, padding(content.length)]) {
      yield part;
      size += part.length;
    }
  }
  const trailer = header({ path: 'TRAILER!!!', kind: 'link', target: '' }, 0, 0, 0);
  yield trailer;
  yield Buffer.alloc((BLOCK - ((size + trailer.length) % BLOCK)) % BLOCK);
}

async function contentOf(entry: CpioEntry): Promise<Buffer> {
  if (entry.kind === 'file') return entry.content();
  return Buffer.from(entry.kind === 'link' ? entry.target : '');
}

function modeOf(entry: CpioEntry): number {
  if (entry.kind === 'link') return S_IFLNK | 0o777;
  // The kernel opens it before anything is mounted.
  if (entry.kind === 'console') return S_IFCHR | 0o600;
  return entry.kind === 'directory' ? S_IFDIR | entry.mode : S_IFREG | entry.mode;
}

/** Magic number, then 13 fields of eight hexadecimal digits, then the name. */
function header(entry: CpioEntry, inode: number, size: number, mode = modeOf(entry)): Buffer {
  const [major, minor] = entry.kind === 'console' ? [5, 1] : [0, 0];
  const name = Buffer.from(`${entry.path}\0`);
  const links = entry.kind === 'directory' ? 2 : 1;
  const fields = [inode, mode, 0, 0, links, 0, size, 0, 0, major, minor, name.length, 0];
  const text = `070701${fields.map((field) => field.toString(16).toUpperCase().padStart(8, '0')).join('')}`;
  const bytes = Buffer.concat([Buffer.from(text), name]);
  return Buffer.concat([bytes, padding(bytes.length)]);
}

const padding = (length: number): Buffer => Buffer.alloc((ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT);
