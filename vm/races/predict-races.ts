/** From an image to predicted races: its boots are recorded, or recordings of it are given, and analysed. */
import { join } from 'node:path';
import { analyse } from '../../src/init/races/model/analyse.ts';
import { toReport } from '../../src/init/races/model/to-report.ts';
import type { RaceReport } from '../../src/init/races/report/finding.ts';
import type { TraceHead } from '../../src/init/races/trace/trace.ts';
import type { ShowProgress } from '../progress.ts';
import type { Target } from '../target.ts';
import type { RacesOptions } from './races-options.ts';
import { plannedBoots, readTrace, recordBoots } from './record-boots.ts';

export interface Predicted {
  readonly report: RaceReport;
  /** Of the recordings that it comes from. */
  readonly boots: readonly TraceHead[];
}

/** Throws when nothing can be recorded, or a recording is void. */
export async function predictRaces(
  { traces: files, boots, shuffle, output, resume }: Pick<RacesOptions, 'traces' | 'boots' | 'shuffle' | 'output' | 'resume'>,
  machine: { readonly target: Target; readonly show: ShowProgress; readonly signal: AbortSignal },
): Promise<Predicted> {
  const given = await Promise.all(files.map((file) => readTrace(file)));
  const traces =
    given.length > 0
      ? given
      : await recordBoots({ ...machine, directory: join(output, 'recordings'), boots: plannedBoots(boots, shuffle), reuse: resume });
  const progress = machine.show('analysis');
  const report = toReport(traces, analyse(traces));
  progress.done(`${report.findings.length} findings in ${traces.length} recordings`);
  return { report, boots: traces.map(({ head }) => head) };
}
