/** cgroups of a test's own: the hierarchy is one for the whole kernel, and others test on it at the same time. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { parseMountinfo } from '../../src/sys/mountinfo.ts';

/** The group of this name, made when it is not there; undefined where nobody has mounted version 2, or we may not write to it. */
export function ownCgroup(name: string): string | undefined {
  const mounts = parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'));
  const hierarchy = mounts.find(({ fsType, root }) => fsType === 'cgroup2' && root === '/');
  if (hierarchy === undefined) return undefined;
  const group = `${hierarchy.mountPoint}/${name}`;
  try {
    if (!existsSync(group)) mkdirSync(group);
    return group;
  } catch {
    return undefined;
  }
}

/** Ends whatever is in the group and below it, and gives all of it back to the kernel. */
export function removeCgroup(group: string): void {
  if (!existsSync(group)) return;
  writeFileSync(`${group}/cgroup.kill`, '1');
  while (readFileSync(`${group}/cgroup.events`, 'utf8').includes('populated 1')) execFileSync('sleep', ['0.02']);
  removeTree(group);
}

export function groupsIn(group: string): readonly string[] {
  if (!existsSync(group)) return [];
  return readdirSync(group, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

function removeTree(group: string): void {
  for (const name of groupsIn(group)) removeTree(`${group}/${name}`);
  rmdirSync(group);
}
