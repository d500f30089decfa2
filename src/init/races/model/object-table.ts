/** The objects that scripts share, each with a number: a facet of a name, or something that has no name in a directory. */
import type { Name } from './name-tree.ts';
import type { Space } from './spaces.ts';

/** What of it: that it exists, what is in it, its bits; who listens; who holds it. */
export const facets = [
  'name',
  'data',
  'list',
  'mode',
  'owner',
  'mount',
  'writable',
  /** What it was mounted with. */
  'options',
  'ready',
  'readers',
  /** All objects of one facet, as the kernel lists them. */
  'table',
  'address',
  'lock',
  'process',
  /** Of a program's file: nobody can write to it while it runs. */
  'running',
  'watch',
  'clock',
  'interfaces',
  'routes',
  'net',
  'net-list',
  'gateway',
  'rule',
  'rule-place',
  'ipc',
  'module',
  'events',
] as const;
export type Facet = (typeof facets)[number];

export interface SharedObject {
  readonly facet: Facet;
  /** Canonical path, `tcp:80`, `dnsmasq`. */
  readonly text: string;
  readonly name?: Name;
  /** Of whose namespace; '': of the machine. It is at the end of the text, or in a name, in braces. */
  readonly label: string;
}

export interface ObjectTable {
  readonly list: readonly SharedObject[];
  ofName(facet: Facet, name: Name): number;
  /** `space`: the one that it belongs to; absent: to all of the machine. */
  of(facet: Facet, text: string, space?: Space): number;
}

export function openObjectTable(): ObjectTable {
  const list: SharedObject[] = [];
  const byName = new Map<Facet, Map<Name, number>>(facets.map((facet) => [facet, new Map()]));
  const byText = new Map<string, number>();
  return {
    list,
    ofName(facet, name) {
      const known = byName.get(facet)?.get(name);
      if (known !== undefined) return known;
      const number = list.push({ facet, text: name.path, name, label: name.label }) - 1;
      byName.get(facet)?.set(name, number);
      return number;
    },
    of(facet, text, space) {
      const key = `${facet} ${text}${space === undefined || space.label === '' ? '' : `{${space.number}}`}`;
      const known = byText.get(key);
      if (known !== undefined) return known;
      const number = list.push(space === undefined ? { facet, text, label: '' } : objectIn(space, facet, text)) - 1;
      byText.set(key, number);
      return number;
    },
  };
}

/** A namespace may get its label later: when somebody gives it a name. */
const objectIn = (space: Space, facet: Facet, text: string): SharedObject => ({
  facet,
  get text() {
    return space.label === '' ? text : `${text}{${space.label}}`;
  },
  get label() {
    return space.label;
  },
});

/** How reports call it: `routes [network guests]`. */
export function describeObject({ facet, text, label }: SharedObject): string {
  return label === '' ? describe(facet, text) : `${describe(facet, text.replace(`{${label}}`, ''))} [${label}]`;
}

/** A sysctl is a file that everyone knows by another name. */
function describe(facet: Facet, text: string): string {
  if (facet === 'clock' || facet === 'interfaces' || facet === 'routes') return facet;
  if (text.startsWith('/proc/sys/') && (facet === 'name' || facet === 'data')) {
    return `sysctl ${text.slice('/proc/sys/'.length).replaceAll('/', '.')}`;
  }
  if (facet === 'net' || facet === 'net-list' || facet === 'ipc') return text;
  if (facet === 'gateway') return 'networks that can be reached';
  if (facet === 'rule' || facet === 'rule-place') return `routing rules of ${text}`;
  const words: Partial<Record<Facet, string>> = {
    data: 'contents of',
    list: 'names in',
    mode: 'mode of',
    owner: 'owner of',
    writable: 'read-only mount',
    options: 'options of mount',
    running: 'program',
    watch: 'changes below',
    readers: 'readers of',
  };
  if (facet === 'ready') return `address ${text.startsWith('/') ? `unix:${text}` : text}`;
  if (facet === 'events') return text === 'devices' ? 'netlink uevent' : 'netlink link';
  return `${words[facet] ?? facet} ${text}`;
}
