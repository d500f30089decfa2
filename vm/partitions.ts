/** Partition tables of raw disk images with 512-byte sectors: where each partition starts. GPT (UEFI specification 5.3), else MBR. */

export interface Partition {
  /** 1-based, as the kernel counts: `/dev/vda1`. */
  readonly number: number;
  readonly offset: number;
  readonly bytes: number;
}

const SECTOR = 512;
/** Sectors that hold either table in full: MBR, GPT header, 128 entries of 128 bytes. */
export const TABLE_BYTES = 34 * SECTOR;

/** `head` is the first TABLE_BYTES of the disk. Empty when there is no table. Logical partitions of an MBR are left out. */
export function parsePartitions(head: Buffer): readonly Partition[] {
  if (head.length < TABLE_BYTES || head.readUInt16LE(510) !== 0xaa55) return [];
  return head.toString('latin1', SECTOR, SECTOR + 8) === 'EFI PART' ? parseGpt(head) : parseMbr(head);
}

function parseGpt(head: Buffer): readonly Partition[] {
  const entries = Number(head.readBigUInt64LE(SECTOR + 72)) * SECTOR;
  const count = Math.min(head.readUInt32LE(SECTOR + 80), 128);
  const size = head.readUInt32LE(SECTOR + 84);
  return numbers(count).flatMap((number) => {
    const at = entries + (number - 1) * size;
    if (at + 48 > head.length || head.subarray(at, at + 16).every((byte) => byte === 0)) return [];
    const [first, last] = [Number(head.readBigUInt64LE(at + 32)), Number(head.readBigUInt64LE(at + 40))];
    return [{ number, offset: first * SECTOR, bytes: (last - first + 1) * SECTOR }];
  });
}

function parseMbr(head: Buffer): readonly Partition[] {
  return numbers(4).flatMap((number) => {
    const at = 446 + (number - 1) * 16;
    const start = head.readUInt32LE(at + 8);
    return head[at + 4] === 0 || start === 0 ? [] : [{ number, offset: start * SECTOR, bytes: head.readUInt32LE(at + 12) * SECTOR }];
  });
}

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);
