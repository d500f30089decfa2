/** A tiny initrd that stands for a kernel with built-in drivers: loads virtio, mounts the root read-only, hands over. No fsck, no net. */
import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';

/** In the order in which insmod wants them; paths below `kernel/` of the modules' directory. */
export const loaderModules = [
  'drivers/virtio/virtio_ring',
  'drivers/virtio/virtio',
  'drivers/virtio/virtio_pci_legacy_dev',
  'drivers/virtio/virtio_pci_modern_dev',
  'drivers/virtio/virtio_pci',
  'drivers/block/virtio_blk',
  'net/core/failover',
  'drivers/net/net_failover',
  'drivers/net/virtio_net',
] as const;

/** Of file systems that the kernel of the image has as modules; ext4 is built in. */
export const loaderTypes = { xfs: ['lib/libcrc32c', 'fs/xfs/xfs'] } as const;
export type LoaderType = keyof typeof loaderTypes;

export interface LoaderParts {
  /** Module files, in the order to load them. */
  readonly modules: readonly string[];
}

/** Twenty seconds are for a slow host under emulation; virtio disks are there at once. */
const ROOT_DEADLINE_TICKS = 400;

/** Writes the cpio, uncompressed: QEMU hands it over at memory speed, while the guest would have to unpack. */
export async function makeLoaderInitrd(target: string, parts: LoaderParts): Promise<void> {
  const tree = await mkdtemp(join(tmpdir(), 'lifeboot-loader-'));
  try {
    await copyFile(await staticBusybox(), join(tree, 'busybox'));
    for (const module of parts.modules) await cp(module, join(tree, basename(module)));
    await writeFile(join(tree, 'init'), loaderScript(parts.modules.map((module) => basename(module))), { mode: 0o755 });
    const names = ['busybox', 'init', ...parts.modules.map((module) => basename(module))];
    await execa('cpio', ['--quiet', '-o', '-H', 'newc', '-R', '0:0', '-O', target], { cwd: tree, input: `${names.join('\n')}\n` });
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}

/** This machine's busybox: Debian's busybox-static. Throws a sentence for a person when it is missing or wants libraries. */
async function staticBusybox(): Promise<string> {
  const path = '/bin/busybox';
  const image = await readFile(path).catch(() => Buffer.alloc(0));
  if (!isStaticElf(image)) throw new Error(`${path} must be a static one: install busybox-static`);
  return path;
}

/** elf(5), 64 bit: an executable without a PT_INTERP program header asks for no dynamic linker. */
export function isStaticElf(image: Buffer): boolean {
  if (image.length < 64 || image.toString('latin1', 0, 5) !== '\x7fELF\x02') return false;
  const [start, size, count] = [Number(image.readBigUInt64LE(32)), image.readUInt16LE(54), image.readUInt16LE(56)];
  const PT_INTERP = 3;
  return Array.from({ length: count }, (_, index) => image.readUInt32LE(start + index * size)).every((type) => type !== PT_INTERP);
}

/** `/init` of the loader. Like a kernel that mounts the root itself it leaves only `/dev` mounted there (devtmpfs, CONFIG_DEVTMPFS_MOUNT). */
export function loaderScript(modules: readonly string[]): string {
  return `#!/busybox sh
b=/busybox
$b mkdir -p /proc /dev /root
$b mount -t proc proc /proc
$b mount -t devtmpfs dev /dev 2>/dev/null
$b mkdir -p /sys
$b mount -t sysfs sys /sys
${modules.map((module) => `$b insmod /${module} || echo "loader: cannot load ${module}"`).join('\n')}
root= init=/sbin/init type=ext4 flags=
for word in $($b cat /proc/cmdline); do
  case $word in
    root=*) root=\${word#root=} ;;
    init=*) init=\${word#init=} ;;
    rootfstype=*) type=\${word#rootfstype=} ;;
    rootflags=*) flags=,\${word#rootflags=} ;;
  esac
done
# guid_of DISK NUMBER: of a GPT's entry, whose first three groups are little-endian (UEFI specification 5.3.3).
guid_of() {
  $b dd if=/dev/$1 bs=1 skip=$((1040 + 128 * ($2 - 1))) count=16 2>/dev/null | $b hexdump -v -e '16/1 "%02x"' |
    $b sed 's/\\(..\\)\\(..\\)\\(..\\)\\(..\\)\\(..\\)\\(..\\)\\(..\\)\\(..\\)\\(.*\\)/\\4\\3\\2\\1-\\6\\5-\\8\\7-\\9/; s/.\\{12\\}$/-&/'
}
# The names of a partition that the kernel itself knows; it compares a UUID without case.
find_partition() {
  for place in /sys/class/block/*/partition; do
    [ -f "$place" ] || continue
    place=\${place%/partition}
    case $1 in
      PARTLABEL=*) $b grep -qxF "PARTNAME=\${1#PARTLABEL=}" $place/uevent || continue ;;
      *)
        disk=$($b readlink -f $place/..)
        [ "$(guid_of \${disk##*/} $($b cat $place/partition))" = "$(echo "\${1#PARTUUID=}" | $b tr A-F a-f)" ] || continue ;;
    esac
    echo /dev/\${place##*/}
    return
  done
}
left=${ROOT_DEADLINE_TICKS}
device=
while :; do
  case $root in
    /dev/*) device=$root ;;
    PART*) device=$(find_partition "$root") ;;
    *) device=$($b findfs "$root" 2>/dev/null) ;;
  esac
  [ -b "$device" ] && break
  left=$((left - 1))
  [ $left -gt 0 ] || { echo "loader: FAILED: no root device $root"; $b poweroff -f; }
  $b usleep 50000
done
$b mount -t $type -o ro$flags "$device" /root || { echo "loader: FAILED: cannot mount $device"; $b poweroff -f; }
$b mount --move /dev /root/dev
$b umount /proc /sys
exec $b switch_root /root $init "$@"
echo "loader: FAILED: cannot run $init"
$b poweroff -f
`;
}
