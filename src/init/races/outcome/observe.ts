/** How the machine is after a trial, as far as it is otherwise than before: what verdicts compare. */
import type { ScriptState } from '../../../sys/boot-state.ts';
import type { Sys } from '../../../sys/sys.ts';
import type { InitScript, Tier } from '../../init-script.ts';
import type { ScriptPaths } from '../../script-paths.ts';
import type { Observer } from '../force/trial-control.ts';
import { type FileList, fileFacts, listFiles } from './file-facts.ts';
import { changedFacts } from './listing.ts';
import { type LogMarks, logFacts, markLogs } from './log-facts.ts';
import { readTables } from './machine-tables.ts';
import { serviceFacts } from './service-facts.ts';

interface Before {
  readonly tables: Readonly<Record<string, string>>;
  readonly files: FileList;
  readonly logs: LogMarks;
  readonly clockMs: number;
  readonly sinceMs: number;
}

/** `tiers` are those of the whole boot. */
export function createObserver(
  sys: Sys,
  paths: ScriptPaths,
  { tiers, rows }: { readonly tiers: () => Promise<readonly Tier[]>; readonly rows: () => readonly ScriptState[] },
): Observer {
  let before: Before | undefined;
  return {
    async begin() {
      before = {
        tables: await readTables(sys, paths.busybox),
        files: await listFiles(sys, paths.busybox),
        logs: await markLogs(sys),
        clockMs: clockMs(sys),
        sinceMs: sys.uptimeMs(),
      };
    },
    started() {
      if (before !== undefined) before = { ...before, clockMs: clockMs(sys), sinceMs: sys.uptimeMs() };
    },
    async facts() {
      if (before === undefined) return {};
      const all: readonly InitScript[] = (await tiers()).flatMap((tier) => tier.scripts);
      const names = all.map(({ name }) => name);
      // Files first, the status actions of the scripts last: to look changes little, to ask may change much.
      const files = await fileFacts(sys, before.files, await listFiles(sys, paths.busybox));
      const tables = changedFacts(before.tables, await readTables(sys, paths.busybox));
      const logs = await logFacts(sys, paths, names, before.logs);
      const services = await serviceFacts({ sys, paths, scripts: all, rows: rows(), sinceMs: before.sinceMs });
      return { ...files, ...tables, ...logs, ...services, clock: `set by about ${minutes(clockMs(sys) - before.clockMs)} min` };
    },
  };
}

/** How far the clock is ahead of the time since the kernel's start. */
const clockMs = (sys: Sys): number => sys.wallClock().getTime() - sys.uptimeMs();
const minutes = (ms: number): number => Math.round(ms / 60_000);
