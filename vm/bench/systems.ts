/** The systems that are measured, as data: what is in their images, how they boot, and where they are knocked at. */
import { KERNEL_IP } from '../qemu-arguments.ts';

export type SystemName = 'lifeboot' | 'dropbear' | 'sysv' | 'openrc' | 'systemd';

/** A door that is timed. `rescue` lets an operator in before the root is trusted; `server` is the server's own sshd. */
export interface TimedDoor {
  readonly name: 'rescue' | 'server';
  readonly guestPort: number;
  /** How long the first tries are held, while nobody answers: the resolution of the time. */
  readonly holdMs: number;
  /** On the console: the guest has an address, so patience pays from here. */
  readonly networkUp?: RegExp;
  /** On the console: no knock before this line. */
  readonly notBefore?: RegExp;
}

export interface BenchSystem {
  readonly name: SystemName;
  readonly title: string;
  /** Packages of the server's own list that make it a sysvinit one are replaced by these; absent: that list as it is. */
  readonly packages?: readonly string[];
  /** What starts the mark, beside it: overlays of this directory, and the command that enables it. */
  readonly mark: { readonly overlays: readonly string[]; readonly enable: readonly string[] };
  readonly withLifeboot: boolean;
  /** Bakes the key into the peer's initramfs. */
  readonly keyInInitramfs: boolean;
  readonly initrd: 'loader' | 'image';
  /** Root device; absent: the disk that is there. */
  readonly rootDevice?: string;
  readonly cmdline: readonly string[];
  /** Knocked at one after the other. */
  readonly doors: readonly TimedDoor[];
  /** Comes up with all services; a system that is held in its initramfs does not. */
  readonly comesUp: boolean;
  /** First guess of a boot's length under emulation, until one was seen. */
  readonly guessMs: number;
}

const RESCUE_HOLD_MS = 350;
const SERVER_HOLD_MS = 1000;
const server: TimedDoor = { name: 'server', guestPort: 22, holdMs: SERVER_HOLD_MS };
const systemd = ['systemd', 'systemd-sysv', 'libpam-systemd'];
const sysvMark = { overlays: ['mark-sysv'], enable: ['update-rc.d', 'bootmark', 'defaults'] };
const systemdMark = { overlays: ['mark-systemd'], enable: ['systemctl', 'enable', 'bootmark.service'] };

export const systems: readonly BenchSystem[] = [
  {
    name: 'lifeboot',
    title: 'lifeboot',
    mark: sysvMark,
    withLifeboot: true,
    keyInInitramfs: false,
    // Root mode proper: stands for a kernel with built-in drivers. See loader-initrd.ts.
    initrd: 'loader',
    cmdline: ['init=/sbin/lifeboot-init', KERNEL_IP],
    doors: [
      { name: 'rescue', guestPort: 2222, holdMs: RESCUE_HOLD_MS, networkUp: /lifeboot [\d.]+ network \S+: up/ },
      // Rescue has the network up long before: sshd would be refused all that time, and a try in the moment of the hand-over would hang.
      { ...server, notBefore: /lifeboot [\d.]+ script networking: done/ },
    ],
    comesUp: true,
    guessMs: 60_000,
  },
  {
    name: 'dropbear',
    title: 'dropbear-initramfs',
    packages: [...systemd, 'dropbear-initramfs'],
    mark: systemdMark,
    withLifeboot: false,
    keyInInitramfs: true,
    initrd: 'image',
    // There is no such disk: the initramfs waits for it, which is when its rescue door matters.
    rootDevice: '/dev/vdz',
    cmdline: [KERNEL_IP],
    doors: [{ name: 'rescue', guestPort: 22, holdMs: RESCUE_HOLD_MS, networkUp: /IP-Config: eth0 (complete|guessed)/ }],
    comesUp: false,
    guessMs: 10_000,
  },
  {
    name: 'sysv',
    title: 'sysvinit + startpar',
    mark: sysvMark,
    withLifeboot: false,
    keyInInitramfs: false,
    initrd: 'image',
    cmdline: [],
    doors: [server],
    comesUp: true,
    guessMs: 48_000,
  },
  {
    name: 'openrc',
    title: 'OpenRC',
    packages: ['sysvinit-core', 'openrc', 'initscripts', 'insserv', 'orphan-sysvinit-scripts'],
    mark: { ...sysvMark, overlays: [...sysvMark.overlays, 'mark-openrc'] },
    withLifeboot: false,
    keyInInitramfs: false,
    initrd: 'image',
    cmdline: [],
    doors: [server],
    comesUp: true,
    guessMs: 60_000,
  },
  {
    name: 'systemd',
    title: 'systemd',
    packages: systemd,
    mark: systemdMark,
    withLifeboot: false,
    keyInInitramfs: false,
    initrd: 'image',
    cmdline: [],
    doors: [server],
    comesUp: true,
    guessMs: 38_000,
  },
];

/** The packages of the server's list that a peer with another init does without. */
export const sysvPackages: ReadonlySet<string> = new Set([
  'sysvinit-core',
  'sysv-rc',
  'initscripts',
  'insserv',
  'startpar',
  'orphan-sysvinit-scripts',
]);

/** `panic=` is left out: it would change what an initramfs does that finds no root. */
export const benchCmdline = (system: BenchSystem, rootDevice: string): readonly string[] => [
  'console=ttyS0',
  `root=${system.rootDevice ?? rootDevice}`,
  'ro',
  'net.ifnames=0',
  ...system.cmdline,
];
