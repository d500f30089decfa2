/** Programs that not every machine needs: put into the toolbox by `npm run build -- --with xfs,luks`. */
import { absentLibraries } from './absent-libraries.ts';
import { libraryPackages, type PackagePick, programLinks, programPackages } from './contents.ts';

interface OptionalPick {
  readonly does: string;
  readonly programs: readonly PackagePick[];
  /** Beyond those of the toolbox. */
  readonly libraries?: readonly string[];
  readonly links?: Readonly<Record<string, string>>;
}

const deviceMapper = 'libdevmapper1.02.1';

/** By the word for `--with`. What each adds is the difference of two builds, unpacked. */
const optionalPicks: Readonly<Record<string, OptionalPick>> = {
  xfs: {
    does: 'xfs_repair',
    programs: [{ name: 'xfsprogs', why: 'checking and repairing xfs', programs: ['sbin/xfs_repair'] }],
    libraries: ['liburcu8'],
  },
  btrfs: {
    does: 'btrfs check, restore and rescue',
    programs: [{ name: 'btrfs-progs', why: 'looking at btrfs', programs: ['bin/btrfs'] }],
    libraries: ['liblzo2-2', 'libzstd1'],
  },
  vfat: { does: 'fsck.fat', programs: [{ name: 'dosfstools', why: 'checking FAT', programs: ['sbin/fsck.fat'] }] },
  f2fs: { does: 'fsck.f2fs', programs: [{ name: 'f2fs-tools', why: 'checking f2fs', programs: ['sbin/fsck.f2fs'] }] },
  mdadm: { does: 'a root on RAID is assembled', programs: [{ name: 'mdadm', why: 'assembling RAID', programs: ['sbin/mdadm'] }] },
  lvm: {
    does: 'a root on LVM is activated',
    programs: [{ name: 'lvm2', why: 'activating LVM', programs: ['sbin/lvm'] }],
    libraries: [
      ...[deviceMapper, 'libdevmapper-event1.02.1', 'libedit2', 'libaio1', 'libsystemd0', 'libgcrypt20', 'libgpg-error0'],
      ...['liblz4-1', 'libzstd1'],
    ],
    links: { 'bin/vgchange': 'lvm', 'bin/vgs': 'lvm', 'bin/lvs': 'lvm', 'bin/pvs': 'lvm' },
  },
  luks: {
    does: '`lifeboot unlock`: a root in LUKS is opened by a passphrase over rescue ssh',
    programs: [{ name: 'cryptsetup-bin', why: 'opening LUKS', programs: ['sbin/cryptsetup'] }],
    libraries: [deviceMapper, 'libcryptsetup12', 'libpopt0', 'libssl3', 'libargon2-1', 'libjson-c5'],
  },
};

export interface Contents {
  readonly programs: readonly PackagePick[];
  readonly libraries: readonly string[];
  readonly absent: typeof absentLibraries;
  readonly links: Readonly<Record<string, string>>;
  /** The words, sorted, once each. */
  readonly words: readonly string[];
}

/** The toolbox with these words, parted by commas. Throws for one that is unknown. */
export function selectContents(wanted: string): Contents {
  const words = [...new Set(wanted.split(',').map((word) => word.trim()))].filter((word) => word !== '').sort();
  const picks = words.map((word) => {
    const pick = Object.hasOwn(optionalPicks, word) ? optionalPicks[word] : undefined;
    if (pick === undefined) throw new Error(`--with ${JSON.stringify(word)}: accepted are ${Object.keys(optionalPicks).join(', ')}`);
    return pick;
  });
  const libraries = [...new Set([...libraryPackages.map(({ name }) => name), ...picks.flatMap((pick) => pick.libraries ?? [])])];
  return {
    programs: [...programPackages, ...picks.flatMap((pick) => pick.programs)],
    libraries,
    // cryptsetup does with libcrypto what nobody else here does.
    absent: absentLibraries.filter(({ soname }) => !(soname === 'libcrypto.so.3' && libraries.includes('libssl3'))),
    links: { ...programLinks, ...Object.assign({}, ...picks.map((pick) => pick.links ?? {})) },
    words,
  };
}
