import { describe, expect, test } from 'vitest';
import { swapFiles } from '../../../src/sys/kernel-holders.ts';

describe('swapFiles()', () => {
  test('gives files, not partitions, with blanks unescaped', () => {
    const text = `Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority
/sysroot/my\\040swap                      file\t\t1048572\t\t0\t\t-2
/dev/sda3                               partition\t8388604\t\t0\t\t-3
`;
    expect(swapFiles(text)).toEqual([{ pid: 0, comm: 'swap', via: '/sysroot/my swap' }]);
  });
  test('is empty without swap', () => {
    expect(swapFiles('Filename Type Size Used Priority\n')).toEqual([]);
    expect(swapFiles('')).toEqual([]);
  });
});
