/** Which of the devices that are there have LUKS on them, which are open, and which the root waits for. Pure. */
import type { BlockDevice } from '../root/block-devices.ts';
import { matchRoot } from '../root/match-root.ts';
import { parseRootOption } from '../root/root-option.ts';
import type { LuksName, StorageWords } from './storage-words.ts';

export interface LuksWish {
  readonly device: string;
  /** It appears as `/dev/mapper/NAME`. */
  readonly name: string;
  /** The name was guessed from `root=`: this one it gets when a volume group turns out to be in it, and no root. */
  readonly nameOfGroup?: string;
  readonly options: readonly string[];
}

export interface LuksKnowledge {
  readonly words: StorageWords;
  /** The image's own crypttab(5): names for what is there. */
  readonly crypttab: readonly LuksName[];
  /** `root=` of the kernel command line. */
  readonly root: string | undefined;
}

type Refusal = { readonly refused: string; readonly candidates: readonly BlockDevice[] };

export const isLuks = ({ tags }: BlockDevice): boolean => tags.TYPE === 'crypto_LUKS';
const isOpen = ({ holders = [] }: BlockDevice): boolean => holders.length > 0;

/** The locked devices that the root is known to need: named by a word, or by the line of crypttab whose name `root=` has. */
export function neededLuks(devices: readonly BlockDevice[], { words, crypttab, root }: LuksKnowledge): readonly BlockDevice[] {
  if (words.off.includes('luks')) return [];
  const names = [...words.luks, ...crypttab.filter(({ name }) => root === `/dev/mapper/${name}`)];
  return devices.filter((device) => isLuks(device) && !isOpen(device) && names.some((name) => isMeant(name, device, devices)));
}

/** The words that name a device which is not there. */
export const absentLuks = (devices: readonly BlockDevice[], { words }: LuksKnowledge): readonly string[] =>
  words.luks.filter((name) => !devices.some((device) => isMeant(name, device, devices))).map(({ source }) => source);

/** Which to open, and as what. Without a device: those the root needs, else the only one that is locked. */
export function planUnlock(
  devices: readonly BlockDevice[],
  known: LuksKnowledge,
  wanted: { readonly device?: string | undefined; readonly name?: string | undefined },
): readonly LuksWish[] | Refusal {
  const all = devices.filter(isLuks);
  const locked = all.filter((device) => !isOpen(device));
  const refuse = (refused: string, candidates: readonly BlockDevice[]): Refusal => ({ refused, candidates });
  let chosen: readonly BlockDevice[];
  if (wanted.device !== undefined) {
    const [device] = all.filter(({ path, links }) => path === wanted.device || links.includes(wanted.device ?? ''));
    if (device === undefined) return refuse(`${wanted.device} is no device with LUKS on it`, devices);
    if (isOpen(device)) return refuse(`${device.path} is open already`, []);
    chosen = [device];
  } else {
    const needed = neededLuks(devices, known);
    chosen = needed.length > 0 ? needed : locked;
    if (chosen.length === 0)
      return all.length > 0
        ? refuse('every device with LUKS on it is open already', [])
        : refuse('no device with LUKS on it is there', devices);
    if (needed.length === 0 && locked.length > 1) return refuse('several devices have LUKS on them: name one', locked);
  }
  if (wanted.name !== undefined && chosen.length > 1) return refuse('several devices are wanted, and one name was given: name one', chosen);
  const wishes = chosen.map((device) => wishFor(device, devices, known, { isOnly: locked.length === 1, name: wanted.name }));
  const bad = wishes.find(({ name }) => !/^[\w.+-]+$/.test(name));
  return bad === undefined ? wishes : refuse(`${JSON.stringify(bad.name)} is no name for a device`, []);
}

function wishFor(
  device: BlockDevice,
  devices: readonly BlockDevice[],
  { words, crypttab, root }: LuksKnowledge,
  { isOnly, name }: { readonly isOnly: boolean; readonly name: string | undefined },
): LuksWish {
  const said = [...words.luks, ...crypttab].filter((one) => isMeant(one, device, devices));
  const mapped = isOnly ? /^\/dev\/mapper\/([^/]+)$/.exec(root ?? '')?.[1] : undefined;
  const known = name ?? said.find((one) => one.name !== undefined)?.name;
  const own = `luks-${device.tags.UUID ?? device.name}`;
  return {
    device: device.path,
    name: known ?? mapped ?? own,
    ...(known === undefined && mapped !== undefined ? { nameOfGroup: own } : {}),
    options: [...new Set(said.flatMap(({ options }) => options))],
  };
}

function isMeant({ source }: LuksName, device: BlockDevice, devices: readonly BlockDevice[]): boolean {
  const beginning = /^UUID=(.+)$/.exec(source)?.[1];
  if (beginning !== undefined) return device.tags.UUID?.toLowerCase().startsWith(beginning.toLowerCase()) ?? false;
  const wish = parseRootOption(source);
  return !('refused' in wish) && matchRoot(wish, devices).includes(device);
}
