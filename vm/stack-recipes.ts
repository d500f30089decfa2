/** How a root comes to lie in LUKS, on LVM or on RAID: what is run on a machine whose `/dev/vda` is the plain root, and `/dev/vdb` … are empty. */

export type StackName = 'luks' | 'lvm' | 'md' | 'luks-lvm';

export interface StackRecipe {
  /** Empty disks it takes. */
  readonly disks: number;
  /** sh: makes `$device` of them. */
  readonly make: string;
  /** sh: the root's own configuration, with `$device` mounted at `/mnt`. */
  readonly configure: string;
  /** sh: takes it apart again. */
  readonly close: string;
}

export const PASSPHRASE = 'correct horse battery staple';
/** Known beforehand, so that a kernel command line can name them. */
export const LUKS_UUID = '6b1f6d0e-3c52-4a0b-9d53-7f0c4be0a001';
export const MD_UUID = '6b1f6d0e:3c524a0b:9d537f0c:4be0a002';

// Argon2 as everywhere, but cheap: an emulated machine has to do it each time.
const format = (device: string): string =>
  `printf %s '${PASSPHRASE}' | cryptsetup luksFormat --batch-mode --type luks2 --uuid ${LUKS_UUID} --pbkdf argon2id --pbkdf-memory 32768 --pbkdf-parallel 1 --pbkdf-force-iterations 4 --key-file - ${device}
printf %s '${PASSPHRASE}' | cryptsetup open --type luks2 --key-file - ${device}`;
const crypttab = (name: string): string => `echo '${name} UUID=${LUKS_UUID} none luks,discard' >>/mnt/etc/crypttab`;
const makeVolumes = (device: string): string => `lvm pvcreate -ff -y ${device}
lvm vgcreate vg ${device}
lvm lvcreate -y -an -L 32M -n swap vg
lvm lvcreate -y -l 100%FREE -n root vg
lvm lvchange -ay vg/swap
busybox mkswap /dev/vg/swap
device=/dev/vg/root`;
// That one of the other volumes is for the machine's own scripts to activate.
const swap = "echo '/dev/vg/swap none swap sw 0 0' >>/mnt/etc/fstab";

export const stackRecipes: Readonly<Record<StackName, StackRecipe>> = {
  luks: {
    disks: 1,
    make: `${format('/dev/vdb')} cryptroot\ndevice=/dev/mapper/cryptroot`,
    configure: crypttab('cryptroot'),
    close: 'cryptsetup close cryptroot',
  },
  lvm: { disks: 1, make: makeVolumes('/dev/vdb'), configure: swap, close: 'lvm vgchange -an vg' },
  md: {
    disks: 2,
    // Both members are empty, and so alike.
    make: `mdadm --create /dev/md0 --run --level=1 --raid-devices=2 --metadata=1.2 --assume-clean --homehost=stacked --name=root --uuid=${MD_UUID} /dev/vdb /dev/vdc
device=/dev/md0`,
    configure: `printf 'HOMEHOST <system>\\nARRAY /dev/md0 metadata=1.2 UUID=${MD_UUID}\\n' >/mnt/etc/mdadm/mdadm.conf`,
    close: 'mdadm --stop /dev/md0',
  },
  'luks-lvm': {
    disks: 1,
    make: `${format('/dev/vdb')} cryptpv\n${makeVolumes('/dev/mapper/cryptpv')}`,
    configure: `${crypttab('cryptpv')}\n${swap}`,
    close: 'lvm vgchange -an vg\ncryptsetup close cryptpv',
  },
};
