/** Reads the data types of RFC 4251 section 5 from bytes that nobody vouches for. */
import { isUtf8 } from 'node:buffer';

export interface WireReader {
  /** False for ever once anything was read past the end or was not what it was read as. What was read since is empty or zero. */
  readonly ok: boolean;
  /** Bytes read so far. */
  readonly at: number;
  /** Bytes left. */
  readonly left: number;
  byte(): number;
  uint32(): number;
  uint64(): bigint;
  string(): Buffer;
  /** A string that is UTF-8 without NUL. */
  text(): string;
  /** An mpint that is not negative, without leading zeros. */
  natural(): Buffer;
}

/** Never throws, and never takes more memory than `bytes` has. */
export function readWire(bytes: Buffer): WireReader {
  let at = 0;
  let ok = true;

  function take(count: number): Buffer {
    if (!ok || count > bytes.length - at) {
      ok = false;
      return Buffer.alloc(Math.min(count, 8));
    }
    at += count;
    return bytes.subarray(at - count, at);
  }

  function string(): Buffer {
    const length = take(4).readUInt32BE();
    const content = take(length);
    return ok ? content : Buffer.alloc(0);
  }

  return {
    get ok() {
      return ok;
    },
    get at() {
      return at;
    },
    get left() {
      return bytes.length - at;
    },
    byte: () => take(1).readUInt8(),
    uint32: () => take(4).readUInt32BE(),
    uint64: () => take(8).readBigUInt64BE(),
    string,
    text() {
      const content = string();
      if (!isUtf8(content) || content.includes(0)) ok = false;
      return ok ? content.toString('utf8') : '';
    },
    natural() {
      const content = string();
      if ((content[0] ?? 0) >= 0x80) ok = false;
      const first = content.findIndex((byte) => byte !== 0);
      return !ok || first === -1 ? Buffer.alloc(0) : content.subarray(first);
    },
  };
}
