/** Which mount a path lies on, by its text alone: nothing is asked of a disk or a server. */
import { isWithin, type Mount } from './mountinfo.ts';

/** The deepest mount point above an absolute path, and of several there the last, which hides the others. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  let deepest: Mount | undefined;
  for (const mount of mounts) {
    if (isWithin(path, mount.mountPoint) && mount.mountPoint.length >= (deepest?.mountPoint.length ?? 0)) deepest = mount;
  }
  return path.startsWith('/') ? deepest : undefined;
}
