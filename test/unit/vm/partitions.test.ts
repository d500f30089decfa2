import { expect, test } from 'vitest';
import { parsePartitions, TABLE_BYTES } from '../../../vm/partitions.ts';

function disk(fill: (head: Buffer) => void): Buffer {
  const head = Buffer.alloc(TABLE_BYTES);
  head.writeUInt16LE(0xaa55, 510);
  fill(head);
  return head;
}

test('parsePartitions() reads an MBR and leaves empty slots out', () => {
  const head = disk((bytes) => {
    bytes[446 + 4] = 0x83;
    bytes.writeUInt32LE(2048, 446 + 8);
    bytes.writeUInt32LE(16, 446 + 12);
    bytes[446 + 32 + 4] = 0x83;
    bytes.writeUInt32LE(8192, 446 + 32 + 8);
  });
  expect(parsePartitions(head)).toEqual([
    { number: 1, offset: 1_048_576, bytes: 8192 },
    { number: 3, offset: 4_194_304, bytes: 0 },
  ]);
});

test('parsePartitions() reads a GPT behind its protective MBR', () => {
  const head = disk((bytes) => {
    bytes[446 + 4] = 0xee;
    bytes.writeUInt32LE(1, 446 + 8);
    bytes.write('EFI PART', 512, 'latin1');
    bytes.writeBigUInt64LE(2n, 512 + 72);
    bytes.writeUInt32LE(128, 512 + 80);
    bytes.writeUInt32LE(128, 512 + 84);
    bytes.fill(0xab, 1024 + 128, 1024 + 128 + 16);
    bytes.writeBigUInt64LE(8192n, 1024 + 128 + 32);
    bytes.writeBigUInt64LE(8193n, 1024 + 128 + 40);
  });
  expect(parsePartitions(head)).toEqual([{ number: 2, offset: 4_194_304, bytes: 1024 }]);
});

test('parsePartitions() finds none on a disk without a table, on a short one and in garbage', () => {
  expect(parsePartitions(Buffer.alloc(TABLE_BYTES))).toEqual([]);
  expect(parsePartitions(Buffer.alloc(100))).toEqual([]);
  const garbage = disk((bytes) => {
    bytes.write('EFI PART', 512, 'latin1');
    bytes.fill(0xff, 512 + 72, 512 + 92);
  });
  expect(parsePartitions(garbage)).toEqual([]);
});
