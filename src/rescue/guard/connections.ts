/** How many clients may be connected at all. */

export interface Member {
  /** True while it has a channel or is still logging in. */
  readonly isUsed: () => boolean;
  /** Closes the connection. */
  readonly drop: () => void;
}

export interface Connections {
  /** Takes one in, in the place of the oldest that nobody uses if need be. False: everything is taken. */
  add(member: Member): boolean;
  remove(member: Member): void;
  readonly count: number;
}

export function createConnections(most: number): Connections {
  const members = new Set<Member>();
  return {
    add(member) {
      if (members.size >= most) {
        const unused = [...members].find(({ isUsed }) => !isUsed());
        if (unused === undefined) return false;
        members.delete(unused);
        unused.drop();
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
