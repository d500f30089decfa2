/** The QEMU command line of a machine, as data. */
import { type NetworkPlan, networkArguments } from './nic.ts';

/** How the guest finds its disk, where it is not a whole and healthy one. */
export interface DriveTraits {
  /** The write protection of the medium: the guest is told, and every write is refused. */
  readonly readOnly?: boolean;
  /** A configuration of QEMU's blkdebug driver, which makes reads fail: see `brokenSectors`. */
  readonly faults?: string;
}

export interface QemuPlan {
  readonly accelerator: string;
  readonly kernel: string;
  readonly initrd: string;
  /** Absent: the machine has none. */
  readonly disk?: { readonly path: string; readonly format: string };
  /** Those that come after it: `/dev/vdb` … */
  readonly moreDisks?: readonly { readonly path: string; readonly format: string }[];
  readonly drive?: DriveTraits;
  /** What the hardware clock says when the guest starts, `1980-01-01T00:00:00`; absent: the truth. */
  readonly clock?: string;
  readonly memoryMiB: number;
  readonly network: NetworkPlan;
  /** Unix socket on which somebody waits for QEMU's monitor, and starts the guest by it; absent: it runs at once. */
  readonly monitor?: string;
  /** Unix socket on which somebody waits for the guest's second serial line, ttyS1; absent: it has none. */
  readonly serial?: string;
  readonly cmdline: readonly string[];
}

/** The guest's side of QEMU's user network, given to the kernel so that the rescue door needs nothing from the disk. */
export const KERNEL_IP = 'ip=10.0.2.15::10.0.2.2:255.255.255.0::eth0:off';

/** Kernel words every machine gets; `panic=-1` with -no-reboot makes a panic end QEMU at once. */
export const baseCmdline = (rootDevice: string): readonly string[] => [
  'console=ttyS0',
  `root=${rootDevice}`,
  'ro',
  'net.ifnames=0',
  'panic=-1',
];

/** `-no-reboot`: a reboot of the guest ends QEMU, which is how a test sees it. */
export function qemuArguments(plan: QemuPlan): readonly string[] {
  return [
    ...['-accel', plan.accelerator, '-M', 'q35', '-smp', '2', '-m', `${plan.memoryMiB}`],
    ...['-nodefaults', '-display', 'none', '-serial', 'stdio', '-no-reboot'],
    ...(plan.serial === undefined ? [] : ['-chardev', `socket,id=line,path=${plan.serial}`, '-serial', 'chardev:line']),
    ...(plan.monitor === undefined ? [] : monitorArguments(plan.monitor)),
    ...(plan.disk === undefined ? [] : ['-drive', driveOption(plan.disk, plan.drive)]),
    ...(plan.moreDisks ?? []).flatMap((disk) => ['-drive', driveOption(disk)]),
    ...(plan.clock === undefined ? [] : ['-rtc', `base=${plan.clock}`]),
    ...networkArguments(plan.network),
    ...['-kernel', plan.kernel, '-initrd', plan.initrd, '-append', plan.cmdline.join(' ')],
  ];
}

/**
 * INVARIANT: the cache is `writeback`, so the guest sees a disk with a volatile cache and must flush what it wants to keep. With `none` a
 * killed QEMU would lose less: O_DIRECT writes are in the file at once.
 */
function driveOption(disk: NonNullable<QemuPlan['disk']>, drive: DriveTraits = {}): string {
  const file = drive.faults === undefined ? disk.path : `blkdebug:${drive.faults}:${disk.path}`;
  return `file=${file},format=${disk.format},if=virtio,cache=writeback${drive.readOnly ? ',readonly=on' : ''}`;
}

/** blkdebug's configuration for sectors of 512 bytes that can never be read. */
export const brokenSectors = (sectors: readonly number[]): string =>
  sectors.map((sector) => `[inject-error]\nevent = "none"\niotype = "read"\nerrno = "5"\nsector = "${sector}"\nonce = "off"\n`).join('\n');

const monitorArguments = (socket: string): readonly string[] => [
  '-S',
  ...['-chardev', `socket,id=monitor,path=${socket}`, '-mon', 'chardev=monitor,mode=control'],
];
