/** Which of the block devices `root=` means. Pure. */
import type { BlockDevice } from './block-devices.ts';
import type { RootWish } from './root-option.ts';

/** Those that fit: one when all is well, none while it is not there yet, several when the word is ambiguous. */
export function matchRoot(wish: RootWish, devices: readonly BlockDevice[]): readonly BlockDevice[] {
  if (wish.kind === 'device') return devices.filter(({ path, links }) => path === wish.path || links.includes(wish.path));
  if (wish.kind === 'number') return devices.filter(({ number }) => number === `${wish.major}:${wish.minor}`);
  const tagged = onceEach(devices.filter(({ tags }) => isSame(wish.tag, tags[wish.tag], wish.value)));
  const offset = wish.partitionOffset;
  // As in the kernel's devt_from_partuuid(): a partition of the same disk, so many numbers further.
  return offset === undefined ? tagged : tagged.flatMap((device) => neighboursOf(device, offset, devices));
}

/** The devices of one btrfs have all the same name, and each another UUID_SUB: any of them stands for it. Two copies have one UUID_SUB. */
function onceEach(devices: readonly BlockDevice[]): readonly BlockDevice[] {
  return devices.filter(({ tags }, index) => {
    const before = devices.slice(0, index).filter((other) => tags.TYPE === 'btrfs' && other.tags.UUID === tags.UUID);
    return before.length === 0 || before.some((other) => other.tags.UUID_SUB === tags.UUID_SUB);
  });
}

function neighboursOf({ partition }: BlockDevice, offset: number, devices: readonly BlockDevice[]): readonly BlockDevice[] {
  if (partition === undefined) return [];
  return devices.filter((other) => other.partition?.disk === partition.disk && other.partition.number === partition.number + offset);
}

/** Names are as they are; of the numbers the kernel and blkid disagree on the case. */
function isSame(tag: string, value: string | undefined, wanted: string): boolean {
  if (value === undefined) return false;
  return tag.endsWith('UUID') ? value.toLowerCase() === wanted.toLowerCase() : value === wanted;
}

/** `rootfstype=` is a list; what blkid found counts when it is on it. */
export function chooseType(found: string | undefined, rootfstype: string): string | undefined {
  const wanted = rootfstype.split(',').filter((type) => type !== '' && type !== 'auto');
  return found !== undefined && (wanted.length === 0 || wanted.includes(found)) ? found : wanted[0];
}
