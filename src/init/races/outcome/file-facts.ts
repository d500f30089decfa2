/** The files of the machine: names, types, modes, owners, and what is in those that changed. */
import { createHash } from 'node:crypto';
import { isWithin, type Mount, readMounts } from '../../../sys/mountinfo.ts';
import { TOOLBOX } from '../../../sys/paths.ts';
import type { Sys } from '../../../sys/sys.ts';
import { listSections } from './listing.ts';
import { maskText } from './mask.ts';

/** By path: what is compared, and what says that it was touched. */
export type FileList = ReadonlyMap<string, { readonly shown: string; readonly stamp: string }>;

/** Filesystems that keep files, on a disk or in memory. */
const keeping = /^(?:ext[234]|xfs|btrfs|f2fs|vfat|tmpfs|devtmpfs|ramfs|overlay|squashfs|rootfs)$/;
/** Trees of packages, of which boots change nothing but names: only their directories are looked at. */
const packaged = ['/usr', '/lib', '/lib32', '/lib64', '/bin', '/sbin', '/boot', '/var/lib/dpkg', '/var/cache'];
/** Lifeboot's own. */
const own = [TOOLBOX, '/var/log/lifeboot'];
/** Type and mode, owner, group, size, change time, inode, device numbers. */
const FORMAT = '%f %u %g %s %Z %i %t:%T %n';
const MOST_BYTES = 256 * 1024;

/** Never throws: what cannot be looked at is not there. */
export async function listFiles(sys: Sys, busybox: string): Promise<FileList> {
  const roots = walkedMounts(await readMounts(sys).catch(() => []));
  const stat = `-exec ${busybox} stat -c '${FORMAT}' {} +`;
  const walks = roots.map((root) => {
    const pruned = [...packaged, ...own].filter((path) => isWithin(path, root) && path !== root);
    const skip = pruned.length === 0 ? '' : `\\( ${pruned.map((path) => `-path ${path}`).join(' -o ')} \\) -prune -o`;
    return `${busybox} find '${root.replaceAll("'", `'\\''`)}' -xdev ${skip} ${stat}`;
  });
  walks.push(`${busybox} find ${packaged.join(' ')} -xdev -type d ${stat}`);
  const sections = await listSections(sys, busybox, { files: walks.join('; ') });
  return parseStats(sections.get('files') ?? []);
}

/** Each filesystem once; what hides below another mount is nobody's to see. */
export function walkedMounts(mounts: readonly Mount[]): readonly string[] {
  const walked = mounts.filter(({ fsType, mountPoint }) => keeping.test(fsType) && !own.some((path) => isWithin(mountPoint, path)));
  return [...new Set(walked.map(({ mountPoint }) => mountPoint))].toSorted();
}

export function parseStats(lines: readonly string[]): FileList {
  const files = new Map<string, { shown: string; stamp: string }>();
  for (const line of lines) {
    const [, mode = '', uid = '', gid = '', size = '', changed = '', inode = '', device = '', path = ''] =
      /^([0-9a-f]+) (\d+) (\d+) (\d+) (\d+) (\d+) (\S+) (\/.*)$/.exec(line) ?? [];
    const bits = Number.parseInt(mode, 16);
    const type = types[bits >> 12];
    if (type === undefined) continue;
    const shown = `${type} ${(bits & 0o7777).toString(8).padStart(4, '0')} ${uid}:${gid}${'cb'.includes(type) ? ` ${device}` : ''}`;
    files.set(path, { shown, stamp: `${size} ${changed} ${inode}` });
  }
  return files;
}

/** inode(7): the type of a file, as find(1) calls it. */
const types: Readonly<Record<number, string>> = { 1: 'p', 2: 'c', 4: 'd', 6: 'b', 8: 'f', 10: 'l', 12: 's' };

/**
 * `file PATH` for each name that came, went, or is another kind of file; `content PATH` for what is in a file that was touched, and `text
 * PATH` for the same without numbers, which a process number or a time does not change.
 */
export async function fileFacts(sys: Sys, before: FileList, now: FileList): Promise<Record<string, string>> {
  const facts: Record<string, string> = {};
  for (const path of before.keys()) if (!now.has(path)) facts[`file ${path}`] = 'gone';
  for (const [path, { shown, stamp }] of now) {
    const was = before.get(path);
    if (was?.shown !== shown) facts[`file ${path}`] = shown;
    if (was?.shown === shown && was.stamp === stamp) continue;
    if (shown.startsWith('l')) facts[`content ${path}`] = (await sys.facts(path).catch(() => undefined))?.target ?? '';
    if (shown.startsWith('f')) Object.assign(facts, await contentFacts(sys, path));
  }
  return facts;
}

async function contentFacts(sys: Sys, path: string): Promise<Record<string, string>> {
  const size = (await sys.facts(path).catch(() => undefined))?.size ?? 0;
  if (size > MOST_BYTES) return { [`content ${path}`]: `${size} bytes` };
  const bytes = await sys.readBytes(path).catch(() => undefined);
  if (bytes === undefined) return {};
  if (bytes.includes(0)) return { [`content ${path}`]: digest(bytes) };
  const text = path.startsWith(LOGS) ? sortLines(bytes.toString('utf8')) : bytes.toString('utf8');
  return { [`content ${path}`]: digest(text), [`text ${path}`]: digest(maskText(text)) };
}

/** Who was first to add its line to a log is no difference. */
const LOGS = '/var/log/';
const sortLines = (text: string): string => text.split('\n').toSorted().join('\n');

const digest = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex').slice(0, 16);
