/** fstab(5): reading it, and what its options mean to mount(2). */
import type { Problem } from '../sys/problem.ts';

export interface FstabEntry {
  readonly source: string;
  readonly mountPoint: string;
  readonly fsType: string;
  readonly options: readonly string[];
  readonly pass: number;
  /** 1-based. */
  readonly line: number;
}

const ACCEPTED = 'DEVICE MOUNTPOINT TYPE OPTIONS [DUMP [PASS]], see fstab(5); the line is ignored';

/** Options for mount(8) and other programs: the kernel would refuse them. */
const userspaceOptions =
  /^(|defaults|auto|noauto|user|nouser|users|owner|group|nofail|fail|_netdev|comment=.*|x-.*|X-.*|uhelper=.*|helper=.*|loop(=.*)?|rw|ro)$/;

/** Reads every line; a broken one becomes a Problem and is left out. */
export function parseFstab(text: string, file: string): { readonly entries: readonly FstabEntry[]; readonly problems: readonly Problem[] } {
  const entries: FstabEntry[] = [];
  const problems: Problem[] = [];
  text.split('\n').forEach((raw, index) => {
    const fields = raw.trim().split(/[ \t]+/);
    if (fields[0] === '' || fields[0]?.startsWith('#')) return;
    const message = faultOf(fields);
    if (message !== undefined) problems.push({ file, line: index + 1, value: raw.trim(), message, accepted: ACCEPTED });
    else entries.push(toEntry(fields, index + 1));
  });
  return { entries, problems };
}

function faultOf(fields: readonly string[]): string | undefined {
  const [, mountPoint, fsType, , dump, pass] = fields;
  if (mountPoint === undefined || fsType === undefined) return `has ${fields.length} of at least 3 fields`;
  if (!mountPoint.startsWith('/') && mountPoint !== 'none' && mountPoint !== 'swap')
    return `mount point ${mountPoint} does not begin with /`;
  if (dump !== undefined && !/^\d+$/.test(dump) && !dump.startsWith('#')) return `fifth field ${dump} is not a number`;
  if (pass !== undefined && dump !== undefined && !dump.startsWith('#') && !/^\d+$/.test(pass) && !pass.startsWith('#'))
    return `sixth field ${pass} is not a number`;
  return undefined;
}

function toEntry(fields: readonly string[], line: number): FstabEntry {
  const [source = '', mountPoint = '', fsType = '', options = 'defaults', , pass = '0'] = fields.map(decodeOctal);
  const names = options.startsWith('#') ? ['defaults'] : options.split(',');
  return { source, mountPoint, fsType, options: names, pass: Number.parseInt(pass, 10) || 0, line };
}

/** getmntent(3): blank, tab, newline and backslash are written as octal digits. */
function decodeOctal(text: string): string {
  return text.replace(/\\(040|011|012|134)/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** What is left for mount(2), without `rw` and `ro`: whoever mounts decides those. */
export function kernelOptions(options: readonly string[]): readonly string[] {
  return options.filter((option) => !userspaceOptions.test(option));
}

/** Is the filesystem meant to be read-only? Of `ro` and `rw` the last one counts. */
export const wantsReadOnly = (options: readonly string[]): boolean =>
  options.findLast((option) => option === 'ro' || option === 'rw') === 'ro';
