/** Names as the kernel walks them: a name is a place in its directory, whether something is there or not. */

/** (parent, basename), with the symbolic link that stands there, if any. */
export interface Name {
  readonly parent: Name | undefined;
  readonly base: string;
  /** Canonical, from the root. */
  readonly path: string;
  /** Whose it is, with all below, where it is not everyone's: the path has it, too, in braces. */
  readonly label: string;
  children: Map<string, Name> | undefined;
  /** Where the symbolic link leads that is there now. */
  link: string | undefined;
  /** The link was made or removed by what was recorded: who goes through it depends on that. */
  isLinkMade: boolean;
}

export interface Resolved {
  readonly name: Name;
  /** The links on the way that the recording made. */
  readonly through: readonly Name[];
}

/** Names as they are seen from within a namespace. */
export interface View {
  /** Changes with what is seen. */
  readonly key: () => string;
  /** What is there in place of a name; the name itself where nothing is. */
  readonly at: (name: Name) => Name;
}

export interface NameTree {
  readonly root: Name;
  /** By canonical path; links on the way are followed. */
  find(path: string): Name;
  /** As a process sees it: from its directory or its root. `follow`: a link at the end is followed, too. `view`: absent: as the machine. */
  resolve(path: string, from: Name, root: Name, follow: boolean, view?: View): Resolved;
  /** What stands in the place of a name for some. */
  instead(name: Name, label: string): Name;
  /** A symbolic link was made or removed (undefined). */
  setLink(name: Name, link: string | undefined): void;
}

const MOST_LINKS = 40;
const MOST_CACHED = 100_000;

export function openNameTree(links: readonly { readonly from: string; readonly to: string }[]): NameTree {
  let isStarted = false;
  const root: Name = { parent: undefined, base: '', path: '/', label: '', children: undefined, link: undefined, isLinkMade: false };
  let cache = new Map<string, Resolved>();

  function child(name: Name, base: string): Name {
    name.children ??= new Map();
    const known = name.children.get(base);
    if (known !== undefined) return known;
    const path = name === root ? `/${base}` : `${name.path}/${base}`;
    const made: Name = { parent: name, base, path, label: name.label, children: undefined, link: undefined, isLinkMade: false };
    name.children.set(base, made);
    return made;
  }

  function walk(path: string, from: Name, top: Name, follow: boolean, view: View | undefined): Resolved {
    let name = path.startsWith('/') ? top : from;
    const parts = path.split('/').reverse();
    let followed = 0;
    const through: Name[] = [];
    while (parts.length > 0) {
      const part = parts.pop();
      if (part === undefined || part === '' || part === '.') continue;
      if (part === '..') {
        if (name !== top) name = name.parent ?? name;
        continue;
      }
      const next = child(name, part);
      const isLast = parts.every((rest) => rest === '' || rest === '.');
      if (next.link === undefined || (isLast && !follow) || followed >= MOST_LINKS) {
        name = view?.at(next) ?? next;
        continue;
      }
      followed += 1;
      if (next.isLinkMade) through.push(next);
      if (next.link.startsWith('/')) name = top;
      parts.push(...next.link.split('/').reverse());
    }
    return { name, through };
  }

  function resolve(path: string, from: Name, top: Name, follow: boolean, view?: View): Resolved {
    const key = `${view?.key() ?? ''}${follow ? '+' : '-'}${path.startsWith('/') ? '' : from.path}\0${top.path}\0${path}`;
    const known = cache.get(key);
    if (known !== undefined) return known;
    const resolved = walk(path, from, top, follow, view);
    if (cache.size >= MOST_CACHED) cache = new Map();
    cache.set(key, resolved);
    return resolved;
  }

  function setLink(name: Name, link: string | undefined): void {
    if (name.link === link) return;
    name.isLinkMade = isStarted;
    name.link = link;
    cache = new Map();
  }

  const find = (path: string): Name => resolve(path, root, root, true).name;
  // The shortest first: what a longer one leads through is a link itself.
  for (const { from, to } of links.toReversed()) setLink(resolve(from, root, root, false).name, to);
  isStarted = true;
  const instead = ({ parent, base, path }: Name, label: string): Name => {
    return { parent, base, path: `${path}{${label}}`, label, children: undefined, link: undefined, isLinkMade: false };
  };
  return { root, find, resolve, instead, setLink };
}
