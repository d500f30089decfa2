/** The ways from the kernel to a root that is mounted read-write, as data. */

/** Made in the running image by its own tools. */
export const peerInitrds = ['initramfs-tools-most', 'initramfs-tools-dep', 'dracut-generic', 'dracut-host-only'] as const;
export type PeerInitrd = (typeof peerInitrds)[number];
export type InitrdName = 'loader' | 'generic' | 'host-only' | PeerInitrd;
export type RootState = 'clean' | 'unclean';

export interface Way {
  readonly title: string;
  readonly initrd: InitrdName;
  readonly isOurs: boolean;
  /** Titles of the peers it is compared with: what is as generic, or as much of one machine. */
  readonly peers: readonly string[];
}

const generic = ['initramfs-tools, most', 'dracut, generic'];
const hostOnly = ['initramfs-tools, dep', 'dracut, host-only'];

export const ways: readonly Way[] = [
  // The loader stands for a kernel with built-in drivers: see loader-initrd.ts.
  { title: 'lifeboot, root mode', initrd: 'loader', isOurs: true, peers: generic },
  { title: 'lifeboot, initramfs', initrd: 'generic', isOurs: true, peers: generic },
  { title: 'lifeboot, host-only', initrd: 'host-only', isOurs: true, peers: hostOnly },
  { title: 'initramfs-tools, most', initrd: 'initramfs-tools-most', isOurs: false, peers: [] },
  { title: 'initramfs-tools, dep', initrd: 'initramfs-tools-dep', isOurs: false, peers: [] },
  { title: 'dracut, generic', initrd: 'dracut-generic', isOurs: false, peers: [] },
  { title: 'dracut, host-only', initrd: 'dracut-host-only', isOurs: false, peers: [] },
];
