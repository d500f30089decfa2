/** What each call does to names and what lies under them, by how it ended: races.md 2.3 as a table. Sockets, signals and opens are elsewhere. */
import type { CallName } from '../trace/trace.ts';
import type { Outcome } from './errors.ts';
import type { Facet } from './object-table.ts';
import type { Operation } from './operations.ts';

/** The first name, the second, the directories of both. */
export type Place = 'path' | 'to' | 'directory' | 'to-directory';

export interface MicroOperation {
  readonly on: Place;
  readonly facet: Facet;
  readonly operation: Operation;
  /** What it leaves behind: the basename, the bits, where the link leads that is moved, what kind of thing; absent: something that nobody else would. */
  readonly value?: 'base' | 'to-base' | 'bits' | 'link' | 'kind' | 'nothing';
}

const row = (on: Place, facet: Facet, operation: Operation, value?: MicroOperation['value']): MicroOperation => ({
  on,
  facet,
  operation,
  ...(value !== undefined && { value }),
});

const look = [row('path', 'name', 'look')];
const lookAtAll = { ok: look, missing: look };
const entry = row('directory', 'list', 'change', 'base');
const made = [row('path', 'name', 'create', 'kind'), entry];
const make = { ok: made, exists: [row('path', 'name', 'create', 'kind')], missing: [row('directory', 'name', 'look')] };
const removal = [row('path', 'name', 'remove')];
const set = (facet: Facet) => ({ ok: [...look, row('path', facet, 'set', 'bits')], missing: look });

type Row = Readonly<Partial<Record<Outcome, readonly MicroOperation[]>>>;

export const microOperations: Readonly<Partial<Record<CallName, Row>>> = {
  look: lookAtAll,
  readlink: lookAtAll,
  chdir: lookAtAll,
  chroot: lookAtAll,
  utime: lookAtAll,
  xattr: lookAtAll,
  mkdir: make,
  mknod: make,
  symlink: make,
  link: {
    ok: [...look, row('to', 'name', 'create', 'kind'), row('to-directory', 'list', 'change', 'to-base')],
    exists: [row('to', 'name', 'create', 'kind')],
    missing: look,
  },
  unlink: { ok: [...removal, entry], missing: removal },
  rmdir: { ok: [...removal, entry], missing: removal, exists: [row('path', 'list', 'list')] },
  rename: {
    ok: [
      ...removal,
      entry,
      row('to', 'name', 'replace'),
      row('to', 'data', 'write', 'link'),
      row('to-directory', 'list', 'change', 'to-base'),
    ],
    missing: look,
    // RENAME_NOREPLACE, which mv(1) always asks for first: its next call tells what it wants.
    exists: [],
  },
  truncate: { ok: [...look, row('path', 'data', 'write')], missing: look },
  chmod: set('mode'),
  chown: set('owner'),
  list: { ok: [row('path', 'list', 'list')] },
  mount: { ok: [row('path', 'mount', 'mount')], busy: [row('path', 'mount', 'mount')], missing: look },
  // EINVAL: nothing is mounted there; had there been, it would be gone.
  umount: { ok: [row('path', 'mount', 'umount')], busy: [row('path', 'mount', 'below')], other: [row('path', 'mount', 'umount')] },
  watch: { ok: [...look, row('path', 'watch', 'watch')], missing: look },
};

/** They look at the link itself, not at where it leads. */
export const unfollowed: ReadonlySet<CallName> = new Set(['readlink', 'mkdir', 'mknod', 'symlink', 'link', 'unlink', 'rmdir', 'rename']);
