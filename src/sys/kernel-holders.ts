/** What keeps a mount busy without being a process: mounts on it, loop devices and swap files in it. */

import { mountOf } from './mount-of.ts';
import type { Mount } from './mountinfo.ts';
import { namesIn, textOf } from './quiet-read.ts';
import type { Holder } from './sys.ts';

/** All of them, with pid 0 and `comm` saying which kind: `mount`, `swap`, `loop0`. */
export function kernelHolders(mount: Mount, mounts: readonly Mount[]): readonly Holder[] {
  const isInside = ({ via }: Holder) => mountOf(via, mounts) === mount;
  return [...nestedMounts(mount, mounts), ...swapFiles(textOf('/proc/swaps')).filter(isInside), ...loopDevices().filter(isInside)];
}

function nestedMounts(mount: Mount, mounts: readonly Mount[]): readonly Holder[] {
  return mounts.filter(({ parent }) => parent === mount.id).map(({ mountPoint }) => ({ pid: 0, comm: 'mount', via: mountPoint }));
}

/** proc_swaps(5): a heading, then name, type, size … of each area. A partition has no place on a mount. */
export function swapFiles(text: string): readonly Holder[] {
  const rows = text.split('\n').slice(1);
  return rows
    .map((row) => row.split(/\s+/))
    .filter(([, type]) => type === 'file')
    .map(([path = '']) => ({ pid: 0, comm: 'swap', via: unescaped(path) }));
}

/** seq_file of the kernel writes blank, tab, newline and backslash as three octal digits. */
function unescaped(text: string): string {
  return text.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function loopDevices(): readonly Holder[] {
  const names = namesIn('/sys/block').filter((name) => name.startsWith('loop'));
  return names
    .map((comm) => ({ pid: 0, comm, via: textOf(`/sys/block/${comm}/loop/backing_file`).trimEnd() }))
    .filter(({ via }) => via !== '');
}
