/** Whether an undo file will fit: asked before e2fsck writes anything, since one that cannot grow is no way back. */
import type { Sys } from '../../sys/sys.ts';
import type { Findings } from './findings.ts';
import { readHeader } from './superblocks.ts';

const LOOK_MS = 30_000;
const KIB = 1024;
/** A superblock, all group descriptors and bitmaps of a large disk, and the index of the undo file. */
const BASE_KIB = 32 * KIB;
/** A finding changes an inode block, its directory, its extents: e2undo keeps whole blocks, 32 KiB of them as a generous mean. */
const KIB_PER_FINDING = 32;

/** KiB that a repair may need. Pure. */
export function estimateUndoKiB(findings: Findings, header: string): number {
  const journal = /needs_recovery/.test(header) ? (readHeader(header, '(?:Total )?[Jj]ournal size') ?? 0) : 0;
  return BASE_KIB + findings.total * KIB_PER_FINDING + journal;
}

/** Undefined when there is room; else a sentence with both figures. */
export async function findSpaceFault(sys: Sys, directory: string, device: string, findings: Findings): Promise<string | undefined> {
  const header = await sys.run(['dumpe2fs', '-h', device], { timeoutMs: LOOK_MS });
  const wantedKiB = estimateUndoKiB(findings, header.stdout);
  const free = parseDf((await sys.run(['df', '-kP', directory], { timeoutMs: LOOK_MS })).stdout);
  if (free === undefined || free >= wantedKiB) return undefined;
  const mib = (kib: number) => `${Math.ceil(kib / KIB)} MiB`;
  return `no room for an undo file in ${directory}: ${mib(free)} are free, ${mib(wantedKiB)} may be needed`;
}

/** Free KiB in the second line of POSIX df -kP. */
export function parseDf(text: string): number | undefined {
  const free = /\n\S.*?\s+\d+\s+\d+\s+(\d+)\s+\d+%/.exec(text)?.[1];
  return free === undefined ? undefined : Number(free);
}
