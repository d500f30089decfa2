/** A file tree in memory, with the answers and errno names that Linux would give. */
import { dirname, resolve } from 'node:path';
import { type FileFacts, type FileKind, SysError } from '../../src/sys/sys.ts';

export interface FakeFile {
  readonly kind: FileKind;
  readonly text: string;
  readonly mode: number;
  readonly uid: number;
  readonly mtimeMs: number;
  readonly target?: string;
}

export const DIRECTORY: FakeFile = { kind: 'directory', text: '', mode: 0o755, uid: 0, mtimeMs: 0 };

export class FakeFiles {
  readonly #entries = new Map<string, FakeFile>([['/', DIRECTORY]]);
  readonly #watchers = new Map<string, Set<() => void>>();

  /** Puts an entry there whatever was before, with every directory above it: how a test scripts its tree. */
  put(path: string, entry: FakeFile): void {
    const full = resolve('/', path);
    for (let parent = dirname(full); !this.#entries.has(parent); parent = dirname(parent)) this.#entries.set(parent, DIRECTORY);
    this.#entries.set(full, entry);
    this.#changed(full);
  }

  /** Writes as a program would: the directory must be there, and a directory cannot be overwritten. */
  write(path: string, entry: FakeFile): void {
    const place = this.#placeOf(path);
    if (this.#entries.get(place)?.kind === 'directory') throw new SysError('EISDIR', path, `${path}: is a directory`);
    this.#entries.set(place, entry);
    this.#changed(place);
  }

  makeDir(path: string, entry: FakeFile): void {
    const full = resolve('/', path);
    const there = this.at(full);
    if (there !== undefined && there.kind !== 'directory') throw new SysError('EEXIST', path, `${path}: not a directory`);
    if (there === undefined) this.put(full, entry);
  }

  /** The entry behind every symbolic link, or undefined. */
  at(path: string): FakeFile | undefined {
    return this.#entries.get(this.#follow(resolve('/', path), 40));
  }

  text(path: string): string | undefined {
    const entry = this.at(path);
    if (entry?.kind === 'directory') throw new SysError('EISDIR', path, `${path}: is a directory`);
    return entry?.text;
  }

  list(path: string): readonly string[] | undefined {
    const real = this.#follow(resolve('/', path), 40);
    return this.#entries.get(real)?.kind === 'directory' ? this.#children(real) : undefined;
  }

  facts(path: string): FileFacts | undefined {
    const entry = this.#entries.get(this.#place(path));
    if (entry === undefined) return undefined;
    const { kind, mode, uid, mtimeMs } = entry;
    const size = Buffer.byteLength(entry.text);
    return entry.target === undefined ? { kind, mode, uid, size, mtimeMs } : { kind, mode, uid, size, mtimeMs, target: entry.target };
  }

  remove(path: string): void {
    const place = this.#place(path);
    if (!this.#entries.has(place)) return;
    if (this.#children(place).length > 0) throw new SysError('ENOTEMPTY', path, `${path}: directory not empty`);
    this.#entries.delete(place);
    this.#changed(place);
  }

  /** Calls back at the next change of an entry directly in the directory; returns what stops that. */
  watch(directory: string, changed: () => void): () => void {
    const real = this.#follow(resolve('/', directory), 40);
    const watchers = this.#watchers.get(real) ?? new Set();
    this.#watchers.set(real, watchers.add(changed));
    return () => watchers.delete(changed);
  }

  #changed(path: string): void {
    for (const changed of [...(this.#watchers.get(dirname(path)) ?? [])]) changed();
  }

  #children(directory: string): string[] {
    const prefix = directory === '/' ? '/' : `${directory}/`;
    return [...this.#entries.keys()]
      .filter((path) => path !== '/' && path.startsWith(prefix) && !path.slice(prefix.length).includes('/'))
      .map((path) => path.slice(prefix.length))
      .sort();
  }

  /** Where an entry is or would be: links on the way are followed, the last name is not. */
  #place(path: string): string {
    const full = resolve('/', path);
    return full === '/' ? full : resolve(this.#follow(dirname(full), 40), full.slice(full.lastIndexOf('/') + 1));
  }

  #placeOf(path: string): string {
    const place = this.#place(path);
    if (this.#entries.get(dirname(place))?.kind !== 'directory') {
      throw new SysError('ENOENT', path, `${path}: no such file or directory`);
    }
    return place;
  }

  #follow(path: string, hops: number): string {
    if (path === '/') return path;
    const parent = this.#follow(dirname(path), hops);
    const here = resolve(parent, path.slice(path.lastIndexOf('/') + 1));
    const target = this.#entries.get(here)?.target;
    if (target === undefined) return here;
    if (hops === 0) throw new SysError('ELOOP', path, `${path}: too many levels of symbolic links`);
    return this.#follow(resolve(parent, target), hops - 1);
  }
}
