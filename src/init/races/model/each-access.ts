/** All that was done in all recordings, one access after another. */
import { FAILED } from './access-list.ts';
import type { SharedObject } from './object-table.ts';
import type { Digest } from './object-use.ts';
import { type Operation, operations } from './operations.ts';

export interface VisitedAccess {
  readonly digest: Digest;
  /** In the list of its recording. */
  readonly index: number;
  readonly object: SharedObject;
  /** Index among all scripts of all recordings. */
  readonly script: number;
  readonly operation: Operation;
  readonly flags: number;
  readonly failed: boolean;
  readonly tick: number;
}

export function eachAccess(digests: readonly Digest[], visit: (access: VisitedAccess) => void): void {
  for (const digest of digests) {
    const { accesses, scene } = digest.walked;
    for (let index = 0; index < accesses.object.length; index += 1) {
      const flags = accesses.flags[index] as number;
      visit({
        digest,
        index,
        object: scene.objects.list[accesses.object[index] as number] as SharedObject,
        script: digest.scriptOf(accesses.script[index] as number),
        operation: operations[accesses.operation[index] as number] as Operation,
        flags,
        failed: (flags & FAILED) !== 0,
        tick: accesses.tick[index] as number,
      });
    }
  }
}
