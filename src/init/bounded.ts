/** Work on many things, begun in their order, so many at once. */

/**
 * Begins `work` on each item in order, and at most `limit` of them run at one time; the next begins as soon as one has ended. Resolves
 * when all have ended. Rejects with the first error, after which nothing more begins.
 */
export async function eachBounded<T>(items: readonly T[], limit: number, work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  let failed = false;
  const lane = async (): Promise<void> => {
    // All lanes draw from one iterator: each item is worked on once.
    for (const item of left) {
      if (failed) return;
      await work(item).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
}
