/** Which kernel modules an initramfs wants, as data: by the directory of the kernel that they come from, each with the reason. */

export interface ModuleKind {
  readonly why: string;
  /** Directories or modules below `kernel/`; all of a directory. */
  readonly paths: readonly string[];
  /** True: `host-only` takes those that a device of the machine asks for. False: all of them, they are for no certain device. */
  readonly isHardware: boolean;
}

export const moduleKinds: readonly ModuleKind[] = [
  {
    why: 'disk controllers, and what is behind them',
    isHardware: true,
    paths: [
      'drivers/ata',
      'drivers/block/virtio_blk',
      'drivers/block/xen-blkfront',
      'drivers/block/mtip32xx',
      'drivers/message/fusion',
      'drivers/mmc',
      'drivers/nvdimm',
      'drivers/acpi/nfit',
      'drivers/nvme/host',
      'drivers/scsi',
      'drivers/ufs',
      'drivers/usb/storage',
    ],
  },
  {
    why: 'buses that disks, network cards and keyboards hang on',
    isHardware: true,
    paths: [
      'drivers/hv/hv_vmbus',
      'drivers/pci',
      'drivers/phy',
      'drivers/usb/common',
      'drivers/usb/core',
      'drivers/usb/host',
      'drivers/virtio',
      'drivers/xen',
    ],
  },
  {
    why: 'network cards of the rescue door',
    isHardware: true,
    paths: [
      'drivers/net/ethernet',
      'drivers/net/hyperv',
      'drivers/net/mdio',
      'drivers/net/net_failover',
      'drivers/net/phy',
      'drivers/net/usb',
      'drivers/net/virtio_net',
      'drivers/net/vmxnet3',
      'drivers/net/xen-netfront',
    ],
  },
  {
    why: 'keyboards of a person who stands before it',
    isHardware: true,
    paths: [
      'drivers/hid/hid',
      'drivers/hid/hid-generic',
      'drivers/hid/hid-hyperv',
      'drivers/hid/usbhid',
      'drivers/input/keyboard',
      'drivers/input/serio',
    ],
  },
  {
    why: 'bonds, bridges, VLANs, and the protocols that DHCP and IPv6 need',
    isHardware: false,
    paths: [
      'drivers/net/bonding',
      'net/802',
      'net/8021q',
      'net/bridge/bridge',
      'net/core/failover',
      'net/ipv6/ipv6',
      'net/llc',
      'net/packet',
    ],
  },
  {
    why: 'filesystems that a root or its parts are on',
    isHardware: false,
    paths: [
      'fs/btrfs',
      'fs/erofs',
      'fs/ext2',
      'fs/ext4',
      'fs/f2fs',
      'fs/fat',
      'fs/isofs',
      'fs/jfs',
      'fs/nls/nls_ascii',
      'fs/nls/nls_cp437',
      'fs/nls/nls_iso8859-1',
      'fs/nls/nls_utf8',
      'fs/overlayfs',
      'fs/squashfs',
      'fs/xfs',
    ],
  },
  { why: 'RAID, LVM, LUKS, images in files', isHardware: false, paths: ['drivers/block/loop', 'drivers/md', 'drivers/dax'] },
  {
    why: 'sums and ciphers that filesystems and dm-crypt ask the kernel for',
    isHardware: false,
    paths: ['arch/x86/crypto', 'crypto', 'lib'],
  },
];

/** Under the directories above, and yet of no use before a root is there. */
export const unwanted: readonly RegExp[] = [
  /(^|[_-])(debug|test|stub|selftest)s?$/,
  /^lib\/(test_|kunit|objagg|parman)/,
  /^crypto\/(tcrypt|ansi_cprng)$/,
];
