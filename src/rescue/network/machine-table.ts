/** The table of machines as it is asked while links appear: each MAC is looked up once. */
import type { LinkFacts } from './network-facts.ts';
import { isPlain, permanentMac } from './network-facts.ts';
import { findRows, type TableMatch, type TableRow } from './network-table.ts';
import type { NetworkWish, NetworkWishes } from './network-wish.ts';
import { orderVirtual } from './order-virtual.ts';

export class MachineTable {
  readonly #text: string;
  readonly #file: string;
  readonly #asked = new Set<string>();
  #rows: readonly TableRow[] = [];

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  /** Rows of links that it was not asked about before; a bond's row comes once, whichever of its MACs is first. */
  lookUp(links: readonly LinkFacts[]): TableMatch {
    const macs = links.filter(isPlain).map(permanentMac);
    const fresh = macs.filter((mac) => /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) && !this.#asked.has(mac));
    for (const mac of fresh) this.#asked.add(mac);
    const { rows, problems } = findRows(this.#text, this.#file, fresh);
    const isKnown = (row: TableRow) => this.#rows.some((known) => known.macs.some((mac) => row.macs.includes(mac)));
    const added = rows.filter((row) => !isKnown(row));
    this.#rows = [...this.#rows, ...added];
    return { rows: added, problems };
  }
}

/** What was wished, and what these rows add; links that the rows want, but others have, become problems. */
export function withRows(wished: NetworkWishes, { rows, problems }: TableMatch, file: string): NetworkWishes {
  const isFree = (name: string) => !wished.virtual.some((link) => link.name === name);
  const added = rows.flatMap((row) => row.virtual.filter(({ name }) => isFree(name)));
  const { ordered, left } = orderVirtual([...wished.virtual, ...added]);
  const wishes = rows.map(({ wish }, index): NetworkWish => ({ ...wish, metric: (wished.wishes.length + index) * 100 }));
  const refused = left.map(({ link, why }) => ({
    file,
    value: link.name,
    message: why,
    accepted: 'members that no other link has (the link is left out)',
  }));
  return {
    ...wished,
    wishes: [...wished.wishes, ...wishes],
    virtual: ordered,
    nameservers: [...new Set([...wished.nameservers, ...rows.flatMap((row) => row.nameservers)])],
    problems: [...wished.problems, ...problems, ...refused],
  };
}
