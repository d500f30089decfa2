/** What one complaint of e2fsck is about, and what its repair would cost: e2fsck's problem.c, read by the words people see. */

/** What becomes of people's data when e2fsck is allowed to act. */
export type Loss =
  /** Only what can be computed again: counts, bitmaps, checksums. */
  | 'nothing'
  /** Found again, but in lost+found or under another name. */
  | 'moved'
  /** Blocks, names, attributes or the rest of a file. */
  | 'part'
  /** A whole file or directory. */
  | 'file';

export const losses: readonly Loss[] = ['nothing', 'moved', 'part', 'file'];

export type FindingKind =
  | 'superblock'
  | 'group descriptor'
  | 'bitmap'
  | 'journal'
  | 'inode'
  | 'extent'
  | 'extended attribute'
  | 'directory'
  | 'link count'
  | 'shared block'
  | 'orphan'
  | 'quota'
  | 'checksum'
  | 'other';

export interface Finding {
  readonly kind: FindingKind;
  readonly loss: Loss;
  /** One line, as e2fsck said it. */
  readonly text: string;
  /** What e2fsck offers: `Fix`, `Clear`, `Connect to /lost+found` …; absent when it only told. */
  readonly remedy?: string;
  readonly inode?: number;
  /** Where e2fsck names it, or it was looked up. */
  readonly path?: string;
}

/** The first row that fits names the kind: from the particular to the general. */
const kinds: readonly (readonly [FindingKind, RegExp])[] = [
  ['quota', /\bquota\b/i],
  ['journal', /\bjournal\b/i],
  ['orphan', /\borphan/i],
  ['extended attribute', /extended attribute|\bEA inode|EA_INODE|attribute/i],
  ['group descriptor', /group descriptor|inode table|block group|group #\d+'s (?:block|inode) bitmap/i],
  ['bitmap', /bitmap|Free (?:blocks|inodes) count|Directories count|unused inodes area|INODE_UNINIT/i],
  ['shared block', /multiply-claimed|[Dd]uplicate or bad block|shared with/],
  ['link count', /ref count|max links|DIR_NLINK/i],
  ['directory', /\bdirector(?:y|ies)\b|^Entry |HTREE|htree|'\.\.?'|lost\+found|filetype|[Uu]nattached|root inode|^Duplicate/i],
  ['extent', /\bextent/i],
  ['superblock', /superblock|resize.?inode|feature flag|revision 0|reserved_gdt|MMP|filesystem size/i],
  ['inode', /\binode\b|symlink|i_\w+ |illegal|deleted/i],
  ['checksum', /checksum/i],
];

export const remedies = [
  ...['Fix', 'Clear', 'Relocate', 'Allocate', 'Expand', 'Connect to /lost+found', 'Create', 'Salvage', 'Truncate', 'Clear inode'],
  ...['Abort', 'Split', 'Continue', 'Clone multiply-claimed blocks', 'Delete file', 'Suppress messages', 'Unlink', 'Clear HTree index'],
  ...['Recreate', 'Optimize', 'Clear flag', 'Recreate journal', 'Run journal anyway', 'Clear journal', 'Ignore error', 'Force rewrite'],
  ...['Ignore error', 'Place lost files in root directory instead', 'Update quota info for quota type'],
] as const;

/** Classifies one complaint with the question that followed it. Never throws. */
export function readFinding(text: string, remedy: string | undefined): Finding {
  const line = text.replace(/\s+/g, ' ').trim().slice(0, 400);
  const kind = kinds.find(([, pattern]) => pattern.test(line))?.[0] ?? 'other';
  const inode = inodeOf(line);
  const path = pathOf(line);
  return {
    kind,
    loss: lossOf(kind, line, remedy),
    text: line,
    ...(remedy === undefined ? {} : { remedy }),
    ...(inode === undefined ? {} : { inode }),
    ...(path === undefined ? {} : { path }),
  };
}

function lossOf(kind: FindingKind, line: string, remedy: string | undefined): Loss {
  if (/SEVERE DATA LOSS/.test(line)) return 'file';
  switch (remedy) {
    case 'Clear inode':
    case 'Delete file':
      return 'file';
    case 'Connect to /lost+found':
    case 'Relocate':
    case 'Place lost files in root directory instead':
      return 'moved';
    case 'Truncate':
    case 'Salvage':
    case 'Unlink':
    case 'Clone multiply-claimed blocks':
    case 'Clear journal':
    case 'Ignore error':
    case 'Force rewrite':
      return 'part';
    case 'Clear':
      return lossOfClearing(kind, line);
    default:
      return 'nothing';
  }
}

/** `Clear` is asked of anything from a stray flag to a whole inode: problem.c has it for 90 different complaints. */
function lossOfClearing(kind: FindingKind, line: string): Loss {
  if (/invalid mode|is an illegal (?:character|block)|illegal (?:FIFO|socket)|^Symlink .* is invalid|is not a directory/i.test(line))
    return 'file';
  if (/should be zero|filetype set|flag is (?:set|clear)|Resize_inode|is not in use, but contains data|_ACL|dtime/i.test(line))
    return 'nothing';
  if (kind === 'superblock' || kind === 'quota' || kind === 'checksum' || kind === 'journal' || kind === 'orphan') return 'nothing';
  if (/deleted\/unused inode|Link to '\.'|duplicate '\.\.?'/i.test(line)) return 'nothing';
  return 'part';
}

function inodeOf(line: string): number | undefined {
  const match = /\binode (?:#:? ?)?(\d+)/i.exec(line) ?? /\(inode #(\d+)/.exec(line) ?? /\((\d+)\) (?:has|is|in)\b/.exec(line);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

/** `Entry 'a' in /srv (12) …` and `Inode 12 (/srv/a) …`. e2fsck writes `???` for a directory it cannot name, `<12>` for an inode. */
function pathOf(line: string): string | undefined {
  const entry = /^(?:Duplicate |Encrypted )?[Ee]ntry '(.*?)' in (\/.*?) \(\d+\)/.exec(line);
  if (entry !== null) return `${entry[2] === '/' ? '' : entry[2]}/${entry[1]}`;
  return /(?:^|\s|\()(\/[^\s()]*(?: [^\s()]+)*?)(?=\)| \(\d+\)| \(inode)/.exec(line)?.[1];
}
