/** `npm run bench -- root`: from the kernel to a read-write root, lifeboot beside initramfs-tools and dracut on one image in one run. */
import { bootFiles } from '../../boot-files.ts';
import { withInitramfs } from '../../initramfs-file.ts';
import type { ShowProgress } from '../../progress.ts';
import { findTarget, type Target } from '../../target.ts';
import type { MemoryHeld } from '../memory-held.ts';
import { type InitrdSize, initrdSize } from './initrd-size.ts';
import { makePeerInitrds, type PeerFiles } from './make-initrds.ts';
import { measureRoot, measureRootMemory, type RootSample } from './measure-root.ts';
import { uncleanDisk } from './unclean-disk.ts';
import { type InitrdName, type RootState, type Way, ways } from './ways.ts';

export interface RootResult {
  readonly samples: readonly RootSample[];
  readonly sizes: ReadonlyMap<string, InitrdSize>;
  readonly memory: ReadonlyMap<string, MemoryHeld>;
  readonly failures: readonly string[];
}

export interface RootOptions {
  readonly runs: number;
  readonly states: readonly RootState[];
  readonly show: ShowProgress;
  readonly signal: AbortSignal;
}

/** The ways in turn, so that load on the host falls on all of them. A boot that fails is named; throws when an image cannot be made. */
export async function runRootBench({ runs, states, show, signal }: RootOptions): Promise<RootResult> {
  const target = await findTarget({ kind: 'peers', initrd: 'loader', show, signal });
  const peers = await makePeerInitrds(target, show, signal);
  await using unclean = await uncleanDisk(target.image, target.root);
  const images: Readonly<Record<RootState, string>> = { clean: target.image, unclean: unclean.path };
  const samples: RootSample[] = [];
  const failures: string[] = [];
  const sizes = new Map<string, InitrdSize>();
  const memory = new Map<string, MemoryHeld>();
  const { root, keyFile } = target;
  const optionsFor = async (way: Way, state: RootState) => {
    const boot = await bootOf(way.initrd, target, peers);
    return { image: images[state], root, boot, keyFile, signal };
  };
  for (const way of ways) sizes.set(way.title, await initrdSize((await optionsFor(way, 'clean')).boot.initrd));
  const attempt = async (title: string, work: () => Promise<string>) => {
    const progress = show(title);
    progress.update('booting');
    const said = await work().catch((error: unknown) => {
      signal.throwIfAborted();
      failures.push(`${title}: ${error instanceof Error ? error.message : error}`);
      return 'FAILED';
    });
    progress.done(said);
  };
  const measure = async () => {
    for (const { round, state, way } of planRounds(runs, states)) {
      await attempt(`run ${round}/${runs}, ${state} root, ${way.title}`, async () => {
        const sample = await measureRoot(way, state, await optionsFor(way, state));
        samples.push(sample);
        return `${sample.fromPid1.toFixed(2)} s from PID 1, ${sample.fromKernel.toFixed(2)} s from the kernel's start`;
      });
    }
    for (const way of ways.filter(({ isOurs }) => isOurs)) {
      await attempt(`memory of ${way.title}`, async () => {
        const held = await measureRootMemory(way, await optionsFor(way, 'clean'));
        memory.set(way.title, held);
        return `${held.totalMiB.toFixed(0)} MiB`;
      });
    }
  };
  await measure().catch((error: unknown) => {
    // Whoever interrupts it still wants what was measured up to then.
    if (!signal.aborted || samples.length === 0) throw error;
    failures.push('interrupted');
  });
  return { samples, sizes, memory, failures };
}

async function bootOf(initrd: InitrdName, { image, root, boot }: Target, { initrds, modaliases }: PeerFiles) {
  if (initrd === 'loader') return await bootFiles(image, root, 'loader');
  if (initrd === 'generic') return await withInitramfs(boot, image, root);
  if (initrd === 'host-only') return await withInitramfs(boot, image, root, { kind: 'host-only', modaliases });
  return { ...boot, initrd: initrds[initrd] };
}

const planRounds = (runs: number, states: readonly RootState[]) =>
  Array.from({ length: runs }, (_, index) => states.flatMap((state) => ways.map((way) => ({ round: index + 1, state, way })))).flat();
