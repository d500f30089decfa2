/** A whole run: images, boots in turn, figures. */
import { execa } from 'execa';
import { clientKey } from '../client-key.ts';
import { type Progress, progressOn } from '../progress.ts';
import { buildBenchImage } from './bench-image.ts';
import { isClean, makeRows, type Row } from './figures.ts';
import { type BootSample, type MarkName, type MeasureOptions, measureBoot } from './measure-boot.ts';
import { Estimate, type PlannedBoot, planBoots, type Subject } from './plan-boots.ts';
import type { SystemName } from './systems.ts';
import { type ToolboxSize, toolboxSize } from './toolbox-size.ts';

export interface BenchOptions {
  readonly runs: number;
  readonly wanted: ReadonlySet<Subject>;
  readonly output: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

export interface BenchResult {
  readonly rows: readonly Row[];
  readonly samples: readonly BootSample[];
  /** Boots that could not be measured, each a sentence. */
  readonly failures: readonly string[];
  /** Systems of which no boot could be measured. */
  readonly unmeasured: readonly SystemName[];
  readonly size?: ToolboxSize;
}

/** One more try for a boot that failed: a host port may have been taken, a probe may have been unlucky. */
const ATTEMPTS = 2;
const REDRAW_MS = 1000;

/** Measures what is wanted. A boot that fails twice is left out and named; throws only when interrupted or when an image cannot be made. */
export async function runBench({ runs, wanted, output, signal }: BenchOptions): Promise<BenchResult> {
  const show = progressOn(output);
  const boots = planBoots(wanted, runs);
  const images = new Map<SystemName, string>();
  for (const { system } of boots.filter(({ round }) => round === 1)) {
    images.set(system.name, await buildBenchImage(system, { show, signal }));
  }
  await warm([...images.values()], signal);
  const { privateFile: keyFile } = await clientKey();
  const size = wanted.has('size') ? await toolboxSize() : undefined;
  const samples: BootSample[] = [];
  const failures: string[] = [];
  const estimate = new Estimate();
  for (const [index, boot] of boots.entries()) {
    const title = `boot ${index + 1}/${boots.length} ${boot.system.title}, run ${boot.round}/${runs}`;
    const startedMs = performance.now();
    const leftMs = () => estimate.of(boots.slice(index)) - (performance.now() - startedMs);
    const outcome = await measureVisibly(boot, {
      image: images.get(boot.system.name) ?? '',
      keyFile,
      progress: show(title),
      leftMs,
      signal,
    });
    if (typeof outcome === 'string') failures.push(`${title}: ${outcome}`);
    else samples.push(outcome);
    estimate.learn(boot, performance.now() - startedMs);
  }
  const unmeasured = [...images.keys()].filter((name) => !samples.some(({ system }) => system === name));
  return { rows: makeRows(samples, size), samples, failures, unmeasured, ...(size === undefined ? {} : { size }) };
}

interface VisibleBoot extends Pick<MeasureOptions, 'image' | 'keyFile' | 'signal'> {
  readonly progress: Progress;
  readonly leftMs: () => number;
}

/** The sample, or why there is none. */
async function measureVisibly(boot: PlannedBoot, { progress, leftMs, ...options }: VisibleBoot): Promise<BootSample | string> {
  let stage = '';
  const draw = () => progress.update(`${stage}, about ${formatDuration(Math.max(0, leftMs()))} left`);
  const timer = setInterval(draw, REDRAW_MS);
  const tell = (now: string) => {
    stage = now;
    draw();
  };
  try {
    const sample = await attempt(boot, { ...options, until: boot.until, tell });
    progress.done(summarize(sample));
    return sample;
  } catch (error) {
    options.signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    progress.done(`FAILED: ${why.split('\n')[0]}`);
    return why;
  } finally {
    clearInterval(timer);
  }
}

async function attempt(boot: PlannedBoot, options: MeasureOptions): Promise<BootSample> {
  for (let count = 1; ; count++) {
    try {
      return await measureBoot(boot.system, options);
    } catch (error) {
      if (count === ATTEMPTS || options.signal.aborted) throw error;
      options.tell('failed, trying once more');
    }
  }
}

/** Reads the images once: otherwise the first boot of each would wait for the disk and the later ones would not. */
async function warm(images: readonly string[], signal: AbortSignal): Promise<void> {
  for (const image of images) await execa('cat', [image], { stdout: 'ignore', cancelSignal: signal });
}

const markTitles: Readonly<Record<MarkName, string>> = { rescue: 'rescue door', server: 'sshd', finished: 'init finished', up: 'all up' };

/** `rescue door 6.5 s, all up 32.5 s, other load 0.02 cores`. */
function summarize({ marks, memory }: BootSample): string {
  const passed = Object.entries(marks).sort(([, a], [, b]) => a.seconds - b.seconds);
  const times = passed.map(([name, { seconds }]) => `${markTitles[name as MarkName]} ${seconds.toFixed(1)} s`);
  const foreign = Math.max(...passed.map(([, { foreignCores }]) => foreignCores));
  const held = memory === undefined ? [] : [`holds ${memory.totalMiB.toFixed(0)} MiB`];
  return [
    ...times,
    ...held,
    `other load ${foreign.toFixed(2)} cores${passed.every(([, mark]) => isClean(mark)) ? '' : ': disturbed'}`,
  ].join(', ');
}

/** `4 min 10 s`. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
