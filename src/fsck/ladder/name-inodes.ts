/** Where the inodes of findings are in the tree, for people who think in paths: debugfs(8) ncheck. */
import type { Sys } from '../../sys/sys.ts';
import type { Findings } from './findings.ts';

/** ncheck reads every directory; a large tree without an answer by then keeps its inode numbers. */
const LOOK_MS = 60_000;
const MOST_INODES = 50;

/** The findings with a path wherever something may be lost and debugfs finds one. Never throws. */
export async function nameInodes(sys: Sys, device: string, findings: Findings): Promise<Findings> {
  const wanted = findings.shown.filter(({ loss, path, inode }) => loss !== 'nothing' && path === undefined && inode !== undefined);
  const inodes = [...new Set(wanted.map(({ inode }) => inode))].slice(0, MOST_INODES);
  if (inodes.length === 0) return findings;
  const ran = await sys.run(['debugfs', '-R', `ncheck ${inodes.join(' ')}`, device], { timeoutMs: LOOK_MS }).catch(() => undefined);
  const paths = parseNcheck(ran?.stdout ?? '');
  const shown = findings.shown.map((finding) => {
    const path = finding.path ?? (finding.inode === undefined ? undefined : paths.get(finding.inode));
    return path === undefined ? finding : { ...finding, path };
  });
  return { ...findings, shown };
}

/** Lines of `INODE <tab> PATH` below a heading; the first path of each. Pure. */
export function parseNcheck(text: string): ReadonlyMap<number, string> {
  const paths = new Map<number, string>();
  for (const [, inode = '', path = ''] of text.matchAll(/^(\d+)\t(\/.*)$/gm)) {
    if (!paths.has(Number(inode))) paths.set(Number(inode), path.replace(/^\/\//, '/'));
  }
  return paths;
}
