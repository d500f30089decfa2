/** utmp(5): the records of who and what the machine runs, as `who`, `w`, `last` and `runlevel` read them. */

/** `ut_type`. */
export const utmpTypes = { runLevel: 1, bootTime: 2, initProcess: 5, loginProcess: 6, userProcess: 7, deadProcess: 8 } as const;

export interface UtmpRecord {
  readonly type: number;
  readonly pid: number;
  /** Device without `/dev/`, `~` for none. */
  readonly line: string;
  /** inittab(5)'s id, `~~` for records that are no process's. */
  readonly id: string;
  readonly user: string;
  readonly host: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** Where the fields lie: glibc's `struct utmp` has 32-bit times where 32-bit programs of the same machine read the file, too. */
interface Layout {
  readonly bytes: number;
  readonly seconds: number;
  readonly wide: boolean;
}

const NARROW: Layout = { bytes: 384, seconds: 340, wide: false };
const WIDE: Layout = { bytes: 400, seconds: 344, wide: true };
const layout = process.arch === 'arm64' || process.arch === 'riscv64' || process.arch === 'loong64' ? WIDE : NARROW;

/** Size of one record on this machine. */
export const UTMP_BYTES = layout.bytes;

/** Field, offset and size of the texts; each may fill its field to the last byte, without a NUL. */
const texts = [
  ['line', 8, 32],
  ['id', 40, 4],
  ['user', 44, 32],
  ['host', 76, 256],
] as const;

/** Text that is too long for its field is cut. */
export function encodeUtmp(record: UtmpRecord, { bytes: size, seconds, wide }: Layout = layout): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeInt16LE(record.type, 0);
  bytes.writeInt32LE(record.pid, 4);
  for (const [field, offset, length] of texts) bytes.write(record[field], offset, length, 'latin1');
  const atSeconds = Math.floor(record.atMs / 1000);
  const microseconds = Math.round((record.atMs - atSeconds * 1000) * 1000);
  if (wide) {
    bytes.writeBigInt64LE(BigInt(atSeconds), seconds);
    bytes.writeBigInt64LE(BigInt(microseconds), seconds + 8);
  } else {
    // glibc reads it as signed up to 2038 and as unsigned from 2.39 on: the bits are the same.
    bytes.writeUInt32LE(atSeconds >>> 0, seconds);
    bytes.writeUInt32LE(microseconds, seconds + 4);
  }
  return bytes;
}

/** The records of a file in its order. A last one that is cut short is left out. */
export function decodeUtmp(bytes: Buffer, place: Layout = layout): readonly UtmpRecord[] {
  return Array.from({ length: Math.floor(bytes.length / place.bytes) }, (_, index) =>
    decodeOne(bytes.subarray(index * place.bytes, (index + 1) * place.bytes), place),
  );
}

function decodeOne(bytes: Buffer, { seconds, wide }: Layout): UtmpRecord {
  const [line, id, user, host] = texts.map(([, offset, length]) => {
    const field = bytes.subarray(offset, offset + length);
    const end = field.indexOf(0);
    return field.toString('latin1', 0, end < 0 ? length : end);
  });
  const atSeconds = wide ? Number(bytes.readBigInt64LE(seconds)) : bytes.readUInt32LE(seconds);
  const microseconds = wide ? Number(bytes.readBigInt64LE(seconds + 8)) : bytes.readUInt32LE(seconds + 4);
  const atMs = atSeconds * 1000 + microseconds / 1000;
  return {
    type: bytes.readInt16LE(0),
    pid: bytes.readInt32LE(4),
    line: line ?? '',
    id: id ?? '',
    user: user ?? '',
    host: host ?? '',
    atMs,
  };
}
