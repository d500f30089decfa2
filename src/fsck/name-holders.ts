/** Who keeps a mount busy, in words an operator can act on. */
import type { Held } from '../sys/phase-result.ts';
import type { Holder, Sys } from '../sys/sys.ts';

export interface NamedHolder extends Holder {
  readonly mountPoint: string;
}

/** Holders of these mounts; a process that holds several is named once, and mounts on mounts are not: they are in the list themselves. */
export async function findHolders(sys: Sys, mountPoints: readonly string[]): Promise<readonly NamedHolder[]> {
  const found = new Map<string, NamedHolder>();
  for (const mountPoint of mountPoints)
    for (const holder of await sys.holders(mountPoint)) {
      if (holder.pid === 0 && holder.comm === 'mount') continue;
      // Pid 0 is the kernel itself (a loop device, swap): each is one of its own.
      const key = holder.pid === 0 ? `${holder.comm} ${holder.via}` : String(holder.pid);
      if (!found.has(key)) found.set(key, { ...holder, mountPoint });
    }
  return [...found.values()];
}

/** `pid 412 (bash) holds /sysroot through cwd /sysroot/root`. */
export function formatHolder({ pid, comm, via, mountPoint }: NamedHolder): string {
  return `${pid === 0 ? `kernel (${comm})` : `pid ${pid} (${comm})`} holds ${mountPoint} through ${via}`;
}

/** One command for each holder that a command can end. */
export function adviseHolders(holders: readonly NamedHolder[]): Held['advice'] {
  return holders.map(({ pid, comm, via }) => {
    if (pid !== 0)
      return { command: `kill ${pid}`, does: `ends ${comm}${via.startsWith('cwd') ? ' (or leave the directory there: cd /)' : ''}` };
    if (comm.startsWith('loop')) return { command: `losetup -d /dev/${comm}`, does: `detaches ${comm} from ${via}` };
    return { command: `swapoff ${via}`, does: 'stops swapping to it' };
  });
}
