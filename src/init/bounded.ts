/** Work on many things, begun in their order, so many at once as there is room for. */

export interface Room {
  /** Whether one more may begin beside `running` others, which are at least one. */
  readonly isFree: (running: number) => boolean | Promise<boolean>;
  /** Resolves when it is worth asking again although none has ended; absent: it never is. */
  readonly pause?: () => Promise<void>;
}

/** Room for so many at one time. */
export const roomFor = (limit: number): Room => ({ isFree: (running) => running < limit });

/**
 * Begins `work` on each item in order, when there is room, and always on one. Resolves when all have ended. Rejects with the first error;
 * after it nothing more begins.
 */
export async function eachBounded<T>(items: readonly T[], room: Room, work: (item: T) => Promise<void>): Promise<void> {
  const running = new Set<Promise<void>>();
  const errors: unknown[] = [];
  for (const item of items) {
    while (running.size > 0 && !(await room.isFree(running.size))) {
      await Promise.race([...running, ...(room.pause === undefined ? [] : [room.pause()])]);
    }
    if (errors.length > 0) break;
    const one = work(item)
      .catch((error: unknown) => void errors.push(error))
      .finally(() => running.delete(one));
    running.add(one);
  }
  await Promise.all(running);
  if (errors.length > 0) throw errors[0];
}
