/** `root=` of the kernel command line, in every form that kernels and initramfs tools know. Pure. */

export type RootTag = 'UUID' | 'LABEL' | 'PARTUUID' | 'PARTLABEL';

/** What the word asks for. */
export type RootWish =
  | { readonly kind: 'device'; readonly path: string }
  | { readonly kind: 'number'; readonly major: number; readonly minor: number }
  /** `partitionOffset`: the partition so many numbers further on the same disk (PARTNROFF). */
  | { readonly kind: 'tag'; readonly tag: RootTag; readonly value: string; readonly partitionOffset?: number };

export const ROOT_FORM =
  '/dev/NAME, UUID=, LABEL=, PARTUUID=[/PARTNROFF=], PARTLABEL=, MAJOR:MINOR, /dev/disk/by-uuid|by-label|by-partuuid|by-partlabel/NAME';

const tags: readonly RootTag[] = ['PARTUUID', 'PARTLABEL', 'UUID', 'LABEL'];
/** Links of udev that say nothing but a tag. */
const tagDirectories: Readonly<Record<string, RootTag>> = {
  'by-uuid': 'UUID',
  'by-label': 'LABEL',
  'by-partuuid': 'PARTUUID',
  'by-partlabel': 'PARTLABEL',
};
const network = /^(\/dev\/(nfs|cifs)$|(nfs4?|nbd|iscsi|cifs|fcoe|live|zfs|ubi\d*|mtd\d*):|ZFS=)/;

/** Reads the value of `root=`. A sentence when it names nothing that can be looked for. */
export function parseRootOption(value: string): RootWish | { readonly refused: string } {
  if (value === '') return { refused: 'names nothing' };
  if (network.test(value)) return { refused: 'is no block device of this machine' };
  if (value.startsWith('/dev/disk/')) return parseDiskLink(value);
  if (/^\/dev\/[^/].*[^/]$/.test(value)) return { kind: 'device', path: value };
  const tag = tags.find((name) => value.startsWith(`${name}=`));
  if (tag !== undefined) return parseTag(tag, value.slice(tag.length + 1));
  return parseNumber(value) ?? { refused: 'has a form that is not known' };
}

/** `UUID="…"` is written by people who know fstab(5). */
function parseTag(tag: RootTag, text: string): RootWish | { readonly refused: string } {
  const value = text.replace(/^(["'])(.*)\1$/, '$2');
  const offset = tag === 'PARTUUID' ? /^(.*)\/PARTNROFF=(.*)$/.exec(value) : null;
  if (offset === null) return value === '' ? { refused: `names no ${tag}` } : { kind: 'tag', tag, value };
  const [, base = '', number = ''] = offset;
  if (base === '' || !/^-?\d{1,4}$/.test(number)) return { refused: 'PARTNROFF= is a whole number behind a PARTUUID' };
  return { kind: 'tag', tag, value: base, partitionOffset: Number(number) };
}

function parseDiskLink(path: string): RootWish | { readonly refused: string } {
  const [, directory = '', name = ''] = /^\/dev\/disk\/([^/]+)\/(.+)$/.exec(path) ?? [];
  const tag = tagDirectories[directory];
  if (tag !== undefined) return parseTag(tag, unescapeUdev(name));
  // by-id and by-path: compared with what sysfs tells of each device.
  return name === '' ? { refused: 'names no link below /dev/disk/by-…' } : { kind: 'device', path };
}

/** `8:1` as of the kernel, or its old form in hexadecimal: `801`, `0xb302`. */
function parseNumber(value: string): RootWish | undefined {
  const [, major, minor] = /^(\d{1,4}):(\d{1,7})$/.exec(value) ?? [];
  if (major !== undefined && minor !== undefined) return { kind: 'number', major: Number(major), minor: Number(minor) };
  if (!/^(0x)?[0-9a-f]{3,8}$/i.test(value)) return undefined;
  const device = Number.parseInt(value.replace(/^0x/i, ''), 16);
  // new_decode_dev() of linux/kdev_t.h.
  return { kind: 'number', major: (device >>> 8) & 0xfff, minor: (device & 0xff) | ((device >>> 12) & 0xfff00) };
}

/** udev writes what may not stand in a path as `\x20`. */
function unescapeUdev(name: string): string {
  const bytes = name.replace(/\\x([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return bytes === name ? name : Buffer.from(bytes, 'latin1').toString('utf8');
}

/** How a person would write it. */
export function describeWish(wish: RootWish): string {
  if (wish.kind === 'device') return wish.path;
  if (wish.kind === 'number') return `the block device ${wish.major}:${wish.minor}`;
  const behind = wish.partitionOffset === undefined ? '' : `/PARTNROFF=${wish.partitionOffset}`;
  return `${wish.tag}=${wish.value}${behind}`;
}
