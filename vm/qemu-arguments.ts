/** The QEMU command line of a machine, as data. */
import { type NetworkPlan, networkArguments } from './nic.ts';

export interface QemuPlan {
  readonly accelerator: string;
  readonly kernel: string;
  readonly initrd: string;
  readonly disk: { readonly path: string; readonly format: string };
  readonly memoryMiB: number;
  readonly network: NetworkPlan;
  /** Unix socket on which somebody waits for QEMU's monitor, and starts the guest by it; absent: it runs at once. */
  readonly monitor?: string;
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
    ...(plan.monitor === undefined ? [] : monitorArguments(plan.monitor)),
    ...['-drive', `file=${plan.disk.path},format=${plan.disk.format},if=virtio`],
    ...networkArguments(plan.network),
    ...['-kernel', plan.kernel, '-initrd', plan.initrd, '-append', plan.cmdline.join(' ')],
  ];
}

const monitorArguments = (socket: string): readonly string[] => [
  '-S',
  ...['-chardev', `socket,id=monitor,path=${socket}`, '-mon', 'chardev=monitor,mode=control'],
];
