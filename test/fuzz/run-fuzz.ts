/** Feeds the targets, and notices what hostile input must not do: crash, hang, grow. */
import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { randomOf } from './random.ts';
import type { Target } from './target.ts';

export interface FuzzPlan {
  readonly seed: number;
  readonly inputs: number;
  /** Ends earlier when this is over. */
  readonly seconds?: number;
  /** The first index of each target. */
  readonly from?: number;
}

export interface FuzzReport {
  readonly fed: Readonly<Record<string, number>>;
  /** Of the heap, from a fifth of the way to the end. */
  readonly grownBytes: number;
}

/** One input may take so long, on a machine that is busy with other things. */
const HANG_MS = 20_000;
const ROUND = 500;
/** What caches of the engine and of ssh2 may add. */
const MOST_GROWTH_BYTES = 24 * 1024 * 1024;

/** Runs the plan. Throws with target, seed and index of the input for the first failure; a hang ends the process with the same words. */
export async function runFuzz(targets: readonly Target[], plan: FuzzPlan): Promise<FuzzReport> {
  const watch = startWatch(targets, plan.seed);
  const shares = targets.reduce((sum, { share }) => sum + share, 0);
  const endMs = plan.seconds === undefined ? Number.POSITIVE_INFINITY : performance.now() + plan.seconds * 1000;
  const fed = targets.map(() => plan.from ?? 0);
  const rounds = Math.ceil(plan.inputs / ROUND);
  let heapBefore = 0;
  try {
    for (let round = 0; round < rounds && performance.now() < endMs; round += 1) {
      if (round === Math.floor(rounds / 5)) heapBefore = heapNow();
      for (const [number, target] of targets.entries()) {
        const count = Math.max(1, Math.round((ROUND * target.share) / shares));
        for (let i = 0; i < count; i += 1) {
          const index = fed[number] ?? 0;
          fed[number] = index + 1;
          watch.at(number, index);
          await feed(target, plan.seed, index);
        }
        await target.settle?.();
      }
    }
  } finally {
    await watch.stop();
  }
  const grownBytes = heapNow() - heapBefore;
  if (grownBytes > MOST_GROWTH_BYTES) throw new Error(`the heap grew by ${grownBytes} bytes`);
  return { fed: Object.fromEntries(targets.map(({ name }, number) => [name, fed[number] ?? 0])), grownBytes };
}

async function feed(target: Target, seed: number, index: number): Promise<void> {
  try {
    await target.run(randomOf(seed, index));
  } catch (error) {
    throw new Error(describe(target, seed, index), { cause: error });
  }
}

/** How to see it again. */
const describe = (target: Target, seed: number, index: number) =>
  `npm run test:fuzz -- --only "${target.name}" --seed ${seed} --index ${index}`;

function heapNow(): number {
  for (let i = 0; i < 3; i += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** A thread of its own sees when the other makes no progress, and which input it is at. */
function startWatch(targets: readonly Target[], seed: number) {
  const place = new Int32Array(new SharedArrayBuffer(8));
  let current = '';
  // What nobody caught came from the input of now, or from one shortly before.
  const die = (error: unknown) => {
    const last = `${targets[place[0] ?? 0]?.name} ${place[1]}`;
    writeSync(2, `unhandled near ${last}, seed ${seed} (${current}): ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  };
  process.on('uncaughtException', die).on('unhandledRejection', die);
  const code = `const { workerData: { place, names, seed, ms }, parentPort } = require('node:worker_threads');
    let last = ''; let sinceMs = performance.now();
    const timer = setInterval(() => {
      const now = place.join();
      if (now !== last) { last = now; sinceMs = performance.now(); return; }
      if (performance.now() - sinceMs < ms) return;
      require('node:fs').writeSync(2, 'hangs: npm run test:fuzz -- --only "' + names[place[0]] + '" --seed ' + seed + ' --index ' + place[1] + '\\n');
      process.kill(process.pid, 'SIGKILL');
    }, 500);`;
  const worker = new Worker(code, { eval: true, workerData: { place, names: targets.map(({ name }) => name), seed, ms: HANG_MS } });
  return {
    at(number: number, index: number) {
      place[0] = number;
      place[1] = index;
      current = describe(targets[number] as Target, seed, index);
    },
    async stop() {
      process.off('uncaughtException', die).off('unhandledRejection', die);
      await worker.terminate();
    },
  };
}
