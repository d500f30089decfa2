/** The block devices that are there, with what sysfs and blkid(8) tell of them. */
import type { Sys } from '../../sys/sys.ts';
import type { RootTag } from './root-option.ts';
import { linksOf } from './udev-links.ts';

export interface BlockDevice {
  readonly name: string;
  /** `/dev/sda1`. */
  readonly path: string;
  /** Other names: `/dev/mapper/x`, `/dev/VG/LV`, `/dev/disk/by-id/…`. */
  readonly links: readonly string[];
  /** `MAJOR:MINOR`. */
  readonly number: string;
  readonly sizeBytes: number;
  /** Of a partition: the name of its disk and which one it is. */
  readonly partition?: { readonly disk: string; readonly number: number };
  /** Names of the devices that lie on it: an open LUKS, an array, volumes. */
  readonly holders?: readonly string[];
  readonly tags: Readonly<Partial<Record<RootTag | 'TYPE' | 'UUID_SUB', string>>>;
}

const CLASS = '/sys/class/block';
const SECTOR = 512;
const BLKID_MS = 10_000;
/** Memory that looks like a disk. */
const notDisks = /^(ram|zram|fd)\d+$/;

/** What blkid said of a device: asked once in a phase, for a dying disk takes long to answer. */
export type KnownTags = Map<string, Promise<BlockDevice['tags']>>;

/** Every device that has a size, by name. Devices that go away meanwhile are left out. */
export async function readBlockDevices(sys: Sys, known: KnownTags): Promise<readonly BlockDevice[]> {
  const names = ((await sys.listDir(CLASS)) ?? []).filter((name) => !notDisks.test(name));
  const found = await Promise.all(names.map((name) => readDevice(sys, name, known).catch(() => undefined)));
  return found.filter((device) => device !== undefined);
}

async function readDevice(sys: Sys, name: string, known: KnownTags): Promise<BlockDevice | undefined> {
  const read = async (file: string): Promise<string> => ((await sys.readText(`${CLASS}/${name}/${file}`).catch(() => '')) ?? '').trim();
  const [number, size, partition, place] = [
    await read('dev'),
    Number(await read('size')),
    await read('partition'),
    await placeOf(sys, name),
  ];
  if (number === '' || !(size > 0)) return undefined;
  // Of /dev/cciss/c0d0 and its like sysfs has `cciss!c0d0`.
  const path = `/dev/${name.replaceAll('!', '/')}`;
  const key = `${number} ${size}`;
  const tags = known.get(key) ?? readTags(sys, path);
  known.set(key, tags);
  const disk = place.split('/').at(-2) ?? '';
  const holders = (await sys.listDir(`${CLASS}/${name}/holders`)) ?? [];
  return {
    ...{ name, path, number, sizeBytes: size * SECTOR, tags: await tags },
    links: [
      ...linksOf({ place, partition, mapperName: await read('dm/name'), ids: await readIds(read) }),
      ...(name.startsWith('md') ? await arrayLinks(sys, name) : []),
    ],
    ...(holders.length === 0 ? {} : { holders }),
    ...(partition === '' ? {} : { partition: { disk, number: Number(partition) } }),
  };
}

/** mdadm(8) makes them itself, by the array's name: `/dev/md/root` → `../md127`. */
async function arrayLinks(sys: Sys, name: string): Promise<readonly string[]> {
  const links = ((await sys.listDir('/dev/md')) ?? []).map((link) => `/dev/md/${link}`);
  const targets = await Promise.all(links.map(async (link) => (await sys.facts(link))?.target ?? ''));
  return links.filter((_, index) => targets[index]?.split('/').at(-1) === name);
}

/** Where it hangs: `…/0000:00:04.0/virtio1/block/vda/vda1`. */
const placeOf = async (sys: Sys, name: string): Promise<string> => (await sys.facts(`${CLASS}/${name}`))?.target ?? '';

/** What the maker wrote into the disk; a partition asks the directory above. */
async function readIds(read: (file: string) => Promise<string>): Promise<{ readonly serial: string; readonly wwid: string }> {
  const first = async (files: readonly string[]): Promise<string> => {
    for (const file of files) {
      const text = await read(file);
      if (text !== '') return text;
    }
    return '';
  };
  return {
    serial: await first(['serial', '../serial']),
    wwid: await first(['wwid', '../wwid', 'device/wwid', '../device/wwid']),
  };
}

/** `blkid -p`: looks itself and keeps no cache. Exit 2: nothing known is on it; 8: too many things are. */
async function readTags(sys: Sys, path: string): Promise<BlockDevice['tags']> {
  const ran = await sys.run(['blkid', '-p', '-o', 'export', path], { timeoutMs: BLKID_MS });
  return parseBlkid(ran.stdout);
}

/** `blkid -o export`: one `NAME=value` a line, blanks and quotes behind a backslash. */
export function parseBlkid(text: string): BlockDevice['tags'] {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0) values.set(line.slice(0, at), line.slice(at + 1).replace(/\\(.)/g, '$1'));
  }
  const names = {
    TYPE: 'TYPE',
    UUID: 'UUID',
    UUID_SUB: 'UUID_SUB',
    LABEL: 'LABEL',
    PARTUUID: 'PART_ENTRY_UUID',
    PARTLABEL: 'PART_ENTRY_NAME',
  };
  return Object.fromEntries(Object.entries(names).flatMap(([tag, name]) => (values.has(name) ? [[tag, values.get(name) ?? '']] : [])));
}

/** One line for the evidence of a hold: `/dev/vda1 20.0 GiB ext4 LABEL=root UUID=…`. */
export function describeDevice({ path, sizeBytes, tags, holders = [], links }: BlockDevice): string {
  const { TYPE = 'nothing known on it', ...rest } = tags;
  const state = TYPE === 'crypto_LUKS' ? [holders.length === 0 ? '(locked)' : '(open)'] : [];
  const name = links.find((link) => link.startsWith('/dev/mapper/'));
  return [name ?? path, formatSize(sizeBytes), TYPE, ...state, ...Object.entries(rest).map(([tag, value]) => `${tag}=${value}`)].join(' ');
}

function formatSize(bytes: number): string {
  return bytes < 2 ** 30 ? `${Math.round(bytes / 2 ** 20)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
