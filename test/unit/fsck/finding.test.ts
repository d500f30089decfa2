import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readFinding, remedies } from '../../../src/fsck/ladder/finding.ts';
import { describeFindings, FindingsReader } from '../../../src/fsck/ladder/findings.ts';
import { parseNcheck } from '../../../src/fsck/ladder/name-inodes.ts';

/** Sentences of e2fsck's problem.c as they are printed, with the question behind them. */
const sentences = [
  ['Inode 12 ref count is 7, should be 1.', 'Fix', 'link count', 'nothing', 12, undefined],
  ['Block bitmap differences: -123 +(5--8)', 'Fix', 'bitmap', 'nothing', undefined, undefined],
  ['Free blocks count wrong for group #0 (7, counted=8).', 'Fix', 'bitmap', 'nothing', undefined, undefined],
  ['Inode 16 (/srv/file1) has invalid mode (00).', 'Clear', 'inode', 'file', 16, '/srv/file1'],
  ["Entry 'file2' in /srv (12) has deleted/unused inode 17.", 'Clear', 'directory', 'nothing', 17, '/srv/file2'],
  ["Entry 'x' in / (2) has invalid inode #: 999999.", 'Clear', 'directory', 'part', 999_999, '/x'],
  ['Unattached inode 16', 'Connect to /lost+found', 'directory', 'moved', 16, undefined],
  ['Inode 20 has an invalid extent (logical block 0, invalid physical block 99, len 1)', 'Clear', 'extent', 'part', 20, undefined],
  ['Inode 20 extent block passes checks, but checksum does not match extent', 'Fix', 'extent', 'nothing', 20, undefined],
  ['Directory inode 13, block #0, offset 0: directory corrupted', 'Salvage', 'directory', 'part', 13, undefined],
  ['Journal superblock is corrupt.', 'Fix', 'journal', 'nothing', undefined, undefined],
  ['Group descriptor 1 checksum is 0x1, should be 0x2.', 'Fix', 'group descriptor', 'nothing', undefined, undefined],
  ['Extended attribute block 99 is corrupt (invalid name).', 'Clear', 'extended attribute', 'part', undefined, undefined],
  ['Resize inode not valid.', 'Recreate', 'superblock', 'nothing', undefined, undefined],
  ['Inode 30 seems to contain garbage.', 'Clear inode', 'inode', 'file', 30, undefined],
  [
    'Inode table for group 1 is not in group. (block 3) WARNING: SEVERE DATA LOSS POSSIBLE.',
    'Relocate',
    'group descriptor',
    'file',
    undefined,
    undefined,
  ],
] as const;

test.each(sentences)('readFinding() reads %j', (text, remedy, kind, loss, inode, path) => {
  const finding = readFinding(text, remedy);
  expect([finding.kind, finding.loss, finding.inode, finding.path]).toEqual([kind, loss, inode, path]);
});

const read = (text: string) => {
  const reader = new FindingsReader();
  for (const line of text.split('\n')) reader.add(line);
  return reader.result();
};

describe('FindingsReader', () => {
  test('joins a complaint of several lines, and leaves out what e2fsck says of itself', () => {
    const findings = read(
      [
        'e2fsck 1.47.0 (5-Feb-2023)',
        'Pass 1: Checking inodes, blocks, and sizes',
        'Inode 20 has an invalid extent',
        '\t(logical block 0, invalid physical block 99, len 1)',
        'Clear? no',
        '',
        'Pass 2: Checking directory structure',
        'root: ********** WARNING: Filesystem still has errors **********',
        'root: 11/128 files (0.0% non-contiguous), 50/512 blocks',
      ].join('\n'),
    );
    expect(findings).toMatchObject({ total: 1, byKind: { extent: 1 }, byLoss: { part: 1 } });
    expect(findings.shown[0]?.text).toBe('Inode 20 has an invalid extent (logical block 0, invalid physical block 99, len 1)');
  });

  test('counts all, shows the worst first, and keeps a bound on what it shows', () => {
    const counts = Array.from({ length: 5000 }, (_, n) => `Inode ${n} ref count is 7, should be 1.  Fix? no`).join('\n');
    const findings = read(`${counts}\nInode 16 (/srv/file1) has invalid mode (00).  Clear? no`);
    expect(findings.total).toBe(5001);
    expect(findings.shown[0]?.loss).toBe('file');
    expect(findings.shown.length).toBe(51);
    expect(describeFindings(findings)).toBe('5001 findings: 1 costs a whole file, 5000 lose nothing');
  });

  test('takes any text without throwing, and counts every question once', { timeout: 30_000 }, () => {
    const remedy = fc.constantFrom(...remedies);
    const complaint = fc.tuple(fc.stringMatching(/^[a-z0-9 ,.'()#-]{0,80}$/), remedy);
    fc.assert(
      fc.property(fc.array(complaint, { maxLength: 20 }), (complaints) => {
        const text = complaints.map(([said, asked]) => `x${said}  ${asked}? no`).join('\n');
        expect(read(text).total).toBe(complaints.length);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(read(text).total).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

test('parseNcheck() takes the first path of each inode', () => {
  expect(parseNcheck('Inode\tPathname\n16\t//srv/file1\n16\t/again\n17\t/a b\n')).toEqual(
    new Map([
      [16, '/srv/file1'],
      [17, '/a b'],
    ]),
  );
});
