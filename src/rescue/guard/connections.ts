/** How many clients may be connected at all. */
import { findVictim } from './startups.ts';

export interface Member {
  /** Where it comes from: see source.ts. */
  readonly source: string;
  /** `arriving` until it has logged in; `unused` while it has no channel. */
  readonly state: () => 'arriving' | 'unused' | 'used';
  /** Closes the connection. */
  readonly drop: () => void;
}

export interface Connections {
  /**
   * Takes one in. When everything is taken, one that has not logged in goes, of the source with most of them, else the oldest that nobody
   * uses. False: all are logged in and used.
   */
  add(member: Member): boolean;
  remove(member: Member): void;
  readonly count: number;
}

export function createConnections(most: number): Connections {
  const members = new Set<Member>();
  return {
    add(member) {
      if (members.size >= most) {
        const arriving = [...members].filter(({ state }) => state() === 'arriving');
        const victim = arriving.length > 0 ? findVictim(arriving) : [...members].find(({ state }) => state() === 'unused');
        if (victim === undefined) return false;
        members.delete(victim);
        victim.drop();
      }
      members.add(member);
      return true;
    },
    remove: (member) => void members.delete(member),
    get count() {
      return members.size;
    },
  };
}
