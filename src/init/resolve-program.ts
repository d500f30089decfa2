/** Follows a program's name to the file that would be executed. */
import { posix } from 'node:path';
import type { Sys } from '../sys/sys.ts';

/** path_resolution(7): the kernel follows no more. */
const MAX_LINKS = 40;

/** The file behind `path`; undefined when execve(2) would refuse it: not there, no file, empty, or without any x bit. */
export async function resolveProgram(sys: Sys, path: string): Promise<string | undefined> {
  let at = path;
  for (let left = MAX_LINKS; at !== '' && left > 0; left--) {
    const facts = await sys.facts(at).catch(() => undefined);
    if (facts === undefined) return undefined;
    if (facts.kind === 'file') return facts.size > 0 && (facts.mode & 0o111) !== 0 ? at : undefined;
    if (facts.kind !== 'symlink' || facts.target === undefined) return undefined;
    at = posix.resolve(posix.dirname(at), facts.target);
  }
  return undefined;
}
