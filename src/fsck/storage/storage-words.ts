/** What the kernel command line says of the storage that the root lies on, in the words of dracut, initramfs-tools, mkinitcpio and systemd. Pure. */
import { optionValue, optionValues } from '../../sys/cmdline.ts';
import type { CmdlineWords } from '../../sys/cmdline-words.ts';

/** A LUKS device as it is named by a word or by crypttab(5). */
export interface LuksName {
  /** `/dev/…`, `UUID=…` and the other tags; of a UUID its beginning is enough. */
  readonly source: string;
  /** It is to appear as `/dev/mapper/NAME`; undefined: nobody said. */
  readonly name: string | undefined;
  readonly options: readonly string[];
}

export interface StorageWords {
  /** LUKS devices that the root needs. */
  readonly luks: readonly LuksName[];
  /** `VG/LV` and `VG` to activate; without any: all that are to be activated by themselves. */
  readonly volumes: readonly string[];
  readonly groups: readonly string[];
  /** UUIDs of the arrays to assemble; without any: all. */
  readonly arrays: readonly string[];
  /** Kinds that are switched off: `rd.md=0`, `rd.lvm=0`, `rd.luks=0`. */
  readonly off: readonly StorageKind[];
}

export type StorageKind = 'md' | 'lvm' | 'luks';

export const noStorageWords: StorageWords = { luks: [], volumes: [], groups: [], arrays: [], off: [] };

/** dracut.cmdline(7), systemd-cryptsetup-generator(8), cryptroot's `cryptopts=` and mkinitcpio's `cryptdevice=`. */
export function readStorageWords(cmdline: CmdlineWords): StorageWords {
  const both = (name: string): readonly string[] =>
    ['rd.', ''].flatMap((prefix) => optionValues(cmdline, `${prefix}${name}`)).filter(Boolean);
  const named = both('luks.name').flatMap(parseUuidPair);
  const options = both('luks.options').map(parseLuksOptions);
  const uuids = [...new Set([...named.map(({ uuid }) => uuid), ...both('luks.uuid').map(plainUuid)])];
  return {
    luks: [
      ...uuids.map((uuid) => ({
        source: `UUID=${uuid}`,
        name: named.findLast((one) => one.uuid === uuid)?.value,
        options: options.filter((one) => one.uuid === undefined || one.uuid === uuid).flatMap((one) => one.options),
      })),
      ...optionValues(cmdline, 'cryptdevice').flatMap(parseCryptdevice),
      ...optionValues(cmdline, 'cryptopts').flatMap(parseCryptopts),
    ],
    volumes: optionValues(cmdline, 'rd.lvm.lv').filter((name) => /^[\w.+-]+\/[\w.+-]+$/.test(name)),
    groups: optionValues(cmdline, 'rd.lvm.vg').filter((name) => /^[\w.+-]+$/.test(name)),
    arrays: optionValues(cmdline, 'rd.md.uuid').filter((uuid) => /^[0-9a-f:-]{32,36}$/i.test(uuid)),
    off: (['md', 'lvm', 'luks'] as const).filter((kind) => ['0', 'no', 'off'].includes(optionValue(cmdline, `rd.${kind}`) ?? '')),
  };
}

/** crypttab(5): `NAME SOURCE KEYFILE OPTIONS`. Lines that are not wholly there are left out. */
export function parseCrypttab(text: string): readonly LuksName[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', source = '', , options = ''] = line.trim().split(/\s+/);
    if (name === '' || name.startsWith('#') || source === '') return [];
    return [{ name, source: source.replace(/^(\w+=)"(.*)"$/, '$1$2'), options: splitOptions(options) }];
  });
}

/** dracut's own name for it is `luks-UUID`, and it is written so. */
const plainUuid = (text: string): string => text.toLowerCase().replace(/^luks-/, '');

function parseUuidPair(text: string): readonly { readonly uuid: string; readonly value: string }[] {
  const at = text.indexOf('=');
  return at > 0 ? [{ uuid: plainUuid(text.slice(0, at)), value: text.slice(at + 1) }] : [];
}

/** `discard`, or `UUID=discard` for one device. */
function parseLuksOptions(text: string): { readonly uuid: string | undefined; readonly options: readonly string[] } {
  const [, uuid, rest = text] = /^((?:luks-)?[0-9a-f-]{36})=(.*)$/i.exec(text) ?? [];
  return { uuid: uuid === undefined ? undefined : plainUuid(uuid), options: splitOptions(rest) };
}

/** `DEVICE:NAME[:OPTIONS]`. A device may itself have colons (by-path), and every option that mkinitcpio knows has a hyphen. */
function parseCryptdevice(text: string): readonly LuksName[] {
  const [, source, name, options = ''] = /^(.+?):([\w.+-]+)(?::((?:[a-z]+-[a-z-]+,?)*))?$/.exec(text) ?? [];
  return source === undefined ? [] : [{ source, name, options: splitOptions(options) }];
}

/** `target=NAME,source=DEVICE,…`. */
function parseCryptopts(text: string): readonly LuksName[] {
  const words = splitOptions(text);
  const textOf = (key: string): string | undefined => words.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1);
  const source = textOf('source');
  const options = words.filter((word) => !/^(source|target)=/.test(word));
  return source === undefined ? [] : [{ source, name: textOf('target'), options }];
}

const splitOptions = (text: string): readonly string[] => text.split(',').filter((word) => word !== '' && word !== '-');
