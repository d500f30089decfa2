/** What is in the toolbox, as data: each program with the Debian package it comes from and why it is there. */

export interface PackagePick {
  readonly name: string;
  readonly why: string;
  /** Paths inside the package. Programs land in `bin/` under their own name, everything else where `to` says. */
  readonly programs?: readonly string[];
  readonly files?: readonly { readonly from: string; readonly to: string; readonly mode?: number }[];
  /** Paths that are compiled in, and what stands in their place: as long, byte for byte. */
  readonly paths?: Readonly<Record<string, string>>;
}

/**
 * Programs. Their libraries are not listed: the closure finds them in `libraryPackages`, and those of absent-libraries.ts stand in for those whose
 * part of the work nobody wants here. busybox brings vi, top, ps, ping, traceroute, nc, wget, nslookup, netstat, tar and telnet.
 * Left out on purpose, with what it would add unpacked: kmod (5 MiB, for libcrypto; busybox loads drivers, and the root's own
 * modprobe what busybox cannot read), rsync (6 MiB, for libcrypto; sftp, scp and tar over ssh move files), vim (1.7 MiB), curl (10 MiB), dig (12 MiB), procps (1.6 MiB,
 * for libsystemd), zstd (1.5 MiB; node:zlib writes it). Once the root is entered its own come after ours in PATH.
 */
export const programPackages: readonly PackagePick[] = [
  {
    name: 'busybox-static',
    why: 'PID 1, stage 1, the shell and every small command; static, so it runs with no library at all',
    programs: ['bin/busybox'],
  },
  {
    name: 'e2fsprogs',
    why: 'checking and repairing the root: e2undo takes a repair back, debugfs and dumpe2fs look before one',
    programs: [
      'sbin/e2fsck',
      'sbin/debugfs',
      'sbin/dumpe2fs',
      'sbin/tune2fs',
      'sbin/resize2fs',
      'sbin/badblocks',
      'sbin/e2undo',
      'sbin/e2image',
    ],
  },
  {
    name: 'mount',
    why: 'mount options of fstab that busybox does not know (UUID=, x-*, nofail), swap, loop devices',
    programs: ['bin/mount', 'bin/umount', 'sbin/losetup', 'sbin/swapon', 'sbin/swapoff'],
  },
  {
    name: 'util-linux',
    why: 'naming disks and mounts the way the documentation of every distribution does',
    programs: [
      'bin/findmnt',
      'bin/lsblk',
      'bin/dmesg',
      'sbin/blkid',
      'sbin/blockdev',
      'sbin/fsfreeze',
      'sbin/wipefs',
      'usr/bin/flock',
      'usr/bin/nsenter',
      'usr/bin/unshare',
    ],
  },
  { name: 'util-linux-extra', why: 'the clock guard reads the RTC', programs: ['sbin/hwclock'] },
  {
    name: 'iproute2',
    why: 'rescue network: busybox has no ip -j; ss (0.2 MiB) names the process behind a socket, and its timers and queues',
    programs: ['bin/ip', 'bin/ss'],
  },
  {
    name: 'dhcpcd-base',
    why: 'DHCPv6, which busybox-static does not speak: 0.4 MiB, needs libc alone. Not in bin/, and with directories of its own: the machine may have another',
    files: [{ from: 'usr/sbin/dhcpcd', to: 'lib/lifeboot/dhcpcd', mode: 0o755 }],
    // The name of its unprivileged user is the end of the first path, so it has none, here and on every root: it would chroot to a directory of the root.
    paths: { '/var/lib/dhcpcd': '/run/lifeboot/d', '/run/dhcpcd': '/run/lbdhcp' },
  },
  {
    name: 'tcpdump',
    why: 'is the packet on the wire at all? 1.5 MiB with libpcap; bin/tcpdump calls it without the user that Debian’s wants to become',
    files: [{ from: 'usr/bin/tcpdump', to: 'lib/lifeboot/tcpdump', mode: 0o755 }],
  },
  { name: 'strace', why: 'what a script that hangs is waiting for: 2.4 MiB with its libraries', programs: ['usr/bin/strace'] },
  {
    name: 'bash',
    why: 'the operator’s shell: the busybox of Debian runs its own applets before PATH, so its shell would never reach our reboot, ip or mount',
    programs: ['bin/bash'],
  },
  {
    name: 'openssh-sftp-server',
    why: 'the other end of sftp, and of scp since OpenSSH 9',
    programs: ['usr/lib/openssh/sftp-server'],
  },
  { name: 'openssh-client', why: 'scp alone: the other end of scp before OpenSSH 9, and of scp -O', programs: ['usr/bin/scp'] },
  { name: 'less', why: 'reading logs over rescue ssh', programs: ['usr/bin/less'] },
  { name: 'xxhash', why: 'stage 1 checks the copy of the toolbox with it: XXH64 costs less than reading', programs: ['usr/bin/xxhsum'] },
  {
    name: 'ncurses-base',
    why: 'terminals that less and dmesg meet',
    files: [
      'l/linux',
      's/screen',
      's/screen-256color',
      't/tmux',
      't/tmux-256color',
      'v/vt100',
      'v/vt102',
      'v/vt220',
      'x/xterm',
      'x/xterm-256color',
      'd/dumb',
      'r/rxvt',
      'r/rxvt-unicode-256color',
    ].map((entry) => ({ from: `lib/terminfo/${entry}`, to: `share/terminfo/${entry}` })),
  },
  {
    name: 'ncurses-term',
    why: 'terminals of today’s desktops, 4 kB each; profile.sh finds the nearest for any other',
    files: ['a/alacritty', 'k/kitty', 'k/konsole-256color', 'p/putty-256color', 's/st-256color', 'v/vte-256color'].map((entry) => ({
      from: `usr/share/terminfo/${entry}`,
      to: `share/terminfo/${entry}`,
    })),
  },
];

/** Where libraries come from. One that nothing needs is an error of the build, so this list cannot rot. */
export const libraryPackages: readonly { readonly name: string; readonly why: string }[] = [
  { name: 'libc6', why: 'everything dynamic' },
  { name: 'libgcc-s1', why: 'node' },
  { name: 'libstdc++6', why: 'node' },
  { name: 'libatomic1', why: 'node' },
  { name: 'libext2fs2', why: 'e2fsprogs' },
  { name: 'libcom-err2', why: 'e2fsprogs' },
  { name: 'libss2', why: 'debugfs' },
  { name: 'libblkid1', why: 'mount, e2fsck' },
  { name: 'libuuid1', why: 'e2fsck' },
  { name: 'libmount1', why: 'mount' },
  { name: 'libsmartcols1', why: 'lsblk, findmnt' },
  { name: 'libudev1', why: 'lsblk' },
  { name: 'libselinux1', why: 'mount, ss' },
  { name: 'libpcre2-8-0', why: 'libselinux' },
  { name: 'libtinfo6', why: 'less, dmesg' },
  { name: 'libaudit1', why: 'hwclock' },
  { name: 'libcap-ng0', why: 'libaudit' },
  { name: 'libbpf1', why: 'ip' },
  { name: 'libelf1', why: 'ip' },
  { name: 'zlib1g', why: 'libelf' },
  { name: 'libmnl0', why: 'ip' },
  { name: 'libbsd0', why: 'ip' },
  { name: 'libmd0', why: 'libbsd' },
  { name: 'libcap2', why: 'ip' },
  { name: 'libpcap0.8', why: 'tcpdump' },
  { name: 'libunwind8', why: 'strace -k' },
  { name: 'liblzma5', why: 'libunwind' },
];

/** Nothing of these goes into the toolbox: they hold the copyright files other packages link to, and the texts those name. */
export const documentPackages: readonly { readonly name: string; readonly why: string }[] = [
  { name: 'base-files', why: 'GPL, LGPL, Apache and the other texts in full' },
  { name: 'gcc-12-base', why: 'libgcc-s1, libstdc++6, libatomic1' },
];

/** Names that are one program under several: e2fsck picks what it checks by argv[0]. */
export const programLinks: Readonly<Record<string, string>> = {
  'bin/sh': 'bash',
  'bin/fsck.ext2': 'e2fsck',
  'bin/fsck.ext3': 'e2fsck',
  'bin/fsck.ext4': 'e2fsck',
  'bin/e2label': 'tune2fs',
  sbin: 'bin',
  lib64: 'lib',
  // So that /usr/bin/env and the like are found while the toolbox is the root.
  'usr/bin': '../bin',
  'usr/sbin': '../bin',
  'usr/share': '../share',
  // Drivers, their firmware and options lie on the root: the kernel and modprobe find them while it is apart.
  'lib/modules': '../sysroot/lib/modules',
  'lib/firmware': '../sysroot/lib/firmware',
  'etc/modprobe.d': '../sysroot/etc/modprobe.d',
};

/** Applets that must not shadow: they would act on the machine behind the agent's back, or ask for accounts it has none of. */
export const refusedApplets: readonly string[] = [
  'reboot',
  'poweroff',
  'halt',
  'linuxrc',
  'login',
  'getty',
  'su',
  'passwd',
  'adduser',
  'addgroup',
];

/** Files of this repository. */
export const ownFiles: readonly { readonly from: string; readonly to: string; readonly mode: number }[] = [
  { from: 'src/stage1/inittab', to: 'etc/inittab', mode: 0o644 },
  { from: 'src/stage1/lifeboot-init', to: 'lib/lifeboot/lifeboot-init', mode: 0o755 },
  { from: 'src/stage1/first-process', to: 'lib/lifeboot/first-process', mode: 0o755 },
  { from: 'src/stage1/initramfs-init', to: 'lib/lifeboot/initramfs-init', mode: 0o755 },
  { from: 'src/stage1/bounded.sh', to: 'lib/lifeboot/bounded.sh', mode: 0o644 },
  { from: 'src/stage1/before-end', to: 'lib/lifeboot/before-end', mode: 0o755 },
  { from: 'src/stage1/keep', to: 'lib/lifeboot/keep', mode: 0o755 },
  { from: 'src/stage1/console-shell', to: 'lib/lifeboot/console-shell', mode: 0o755 },
  { from: 'src/stage1/revive', to: 'lib/lifeboot/revive', mode: 0o755 },
  { from: 'src/stage1/run-script', to: 'lib/lifeboot/run-script', mode: 0o755 },
  { from: 'src/stage1/notice-script', to: 'lib/lifeboot/notice-script', mode: 0o644 },
  { from: 'src/stage1/shutdown', to: 'shutdown', mode: 0o755 },
  { from: 'src/rescue/network/udhcpc-script', to: 'lib/lifeboot/udhcpc-script', mode: 0o755 },
  { from: 'src/rescue/network/dhcpcd-script', to: 'lib/lifeboot/dhcpcd-script', mode: 0o755 },
  { from: 'src/rescue/session/profile.sh', to: 'lib/lifeboot/profile.sh', mode: 0o644 },
  { from: 'src/rescue/session/inputrc', to: 'lib/lifeboot/inputrc', mode: 0o644 },
];

/** Mount points and places that are written at boot. Git and tar forget empty directories, so they are named. */
export const directories: readonly string[] = [
  'proc',
  'sys',
  'dev',
  'run',
  'sysroot',
  'tmp',
  'root',
  'etc/lifeboot',
  'etc/root',
  'scripts',
  'usr',
  'var',
];
