/** What scripts run, each with what it runs in turn: two scripts that run one helper do the same, as far as they find the same. */
import type { Process } from './process-table.ts';

export interface Run {
  readonly path: string;
  readonly process: Process;
  /** Programs that it ran, itself and by its children, one after another. */
  readonly steps: readonly string[];
  /** When it first looked for others in /proc. */
  readonly search: { readonly tick: number; readonly segment: number } | undefined;
}

export interface HelperRuns {
  readonly all: readonly Run[];
  /** Returns those that it was begun in, the inner ones first. */
  began(process: Process, path: string): readonly Run[];
  searched(process: Process, tick: number): void;
}

interface OpenRun extends Run {
  readonly steps: string[];
  readonly above: OpenRun | undefined;
  search: Run['search'];
}

export function openHelperRuns(): HelperRuns {
  const all: OpenRun[] = [];
  const current = new Map<Process, OpenRun>();

  /** Of the process, or of the nearest above it. */
  function runOf(process: Process): OpenRun | undefined {
    for (let at: Process | undefined = process; at !== undefined && at.script === process.script; at = at.parent) {
      const run = current.get(at);
      if (run !== undefined) return run;
    }
    return undefined;
  }
  const upFrom = (run: OpenRun | undefined): readonly OpenRun[] => {
    const list: OpenRun[] = [];
    for (let at = run; at !== undefined; at = at.above) list.push(at);
    return list;
  };
  return {
    all,
    began(process, path) {
      const above = runOf(process);
      const outer = upFrom(above);
      for (const each of outer) each.steps.push(path);
      const run = { path, process, steps: [], above, search: undefined };
      current.set(process, run);
      all.push(run);
      return outer;
    },
    searched(process, tick) {
      for (const each of upFrom(runOf(process))) each.search ??= { tick, segment: process.segment };
    },
  };
}
