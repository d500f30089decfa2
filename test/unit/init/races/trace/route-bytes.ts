/** Messages of rtnetlink(7) as a program writes them. */

export const bytes = (...numbers: readonly number[]): Buffer => Buffer.from(numbers);

/** struct rtattr with its value. */
export function attribute(number: number, value: Buffer): Buffer {
  const all = Buffer.alloc((4 + value.length + 3) & ~3);
  all.writeUInt16LE(4 + value.length, 0);
  all.writeUInt16LE(number, 2);
  value.copy(all, 4);
  return all;
}

function link(index: number, flags = 0, change = 0): Buffer {
  const all = Buffer.alloc(16);
  all.writeInt32LE(index, 4);
  all.writeUInt32LE(flags, 8);
  all.writeUInt32LE(change, 12);
  return all;
}

function address(family: number, prefix: number, index: number): Buffer {
  const all = bytes(family, prefix, 0, 0, 0, 0, 0, 0);
  all.writeUInt32LE(index, 4);
  return all;
}

export const header = {
  link,
  address,
  route: (family: number, prefix: number, table: number): Buffer => bytes(family, prefix, 0, 0, table, 3, 0, 1, 0, 0, 0, 0),
  rule: (family: number, { from = 0, to = 0, table = 254 }): Buffer => bytes(family, to, from, 0, table, 0, 0, 1, 0, 0, 0, 0),
};

/** `ip route replace 10.1.0.0/16 dev lo` */
export const route: Buffer = Buffer.concat([header.route(2, 16, 254), attribute(1, bytes(10, 1, 0, 0)), attribute(4, bytes(1, 0, 0, 0))]);
