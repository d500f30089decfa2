/** Time and memory of the analysis of a made trace. */
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { ShowProgress } from '../../progress.ts';

export interface Speed {
  readonly events: number;
  readonly findings: number;
  readonly seconds: number;
  /** Of the whole process, the trace included. */
  readonly peakMiB: number;
}

const LONGEST_MS = 10 * 60_000;

export async function measureAnalysis(events: number, show: ShowProgress, signal: AbortSignal): Promise<Speed> {
  const progress = show(`analysis of ${events.toLocaleString('en')} events`);
  const inside = fileURLToPath(new URL('inside.ts', import.meta.url));
  const { stdout } = await execa(process.execPath, [inside, String(events)], {
    cancelSignal: signal,
    timeout: LONGEST_MS,
    stderr: 'inherit',
  });
  const speed = JSON.parse(stdout) as Speed;
  progress.done(`${speed.seconds.toFixed(1)} s`);
  return speed;
}
