/** Which libraries the programs of the toolbox need, directly or through each other. Pure. */

export interface Needs {
  /** For messages: who asks. */
  readonly name: string;
  readonly needed: readonly string[];
}

export interface Library extends Needs {
  readonly soname: string;
  /** Package that brings it. */
  readonly from: string;
}

export interface Closure {
  /** Sorted by soname. */
  readonly libraries: readonly Library[];
  /** `libfoo.so.1 (needed by ip)`: nobody brings it. */
  readonly missing: readonly string[];
}

export function planClosure(programs: readonly Needs[], offered: ReadonlyMap<string, Library>): Closure {
  const libraries = new Map<string, Library>();
  const missing: string[] = [];
  const open = [...programs];
  for (let asker = open.pop(); asker !== undefined; asker = open.pop()) {
    for (const soname of asker.needed) {
      if (libraries.has(soname)) continue;
      const library = offered.get(soname);
      if (library === undefined) missing.push(`${soname} (needed by ${asker.name})`);
      else {
        libraries.set(soname, library);
        open.push(library);
      }
    }
  }
  return {
    libraries: [...libraries.values()].sort((a, b) => (a.soname < b.soname ? -1 : 1)),
    missing: [...new Set(missing)].sort(),
  };
}
