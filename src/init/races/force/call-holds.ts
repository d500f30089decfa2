/** Stops calls of a script's processes, through call-hold: its rules, its log, and the files that let a call go on. */
import type { Sys } from '../../../sys/sys.ts';
import type { AtCall } from '../trial/trial.ts';

export interface HoldPaths {
  /** call-hold. */
  readonly program: string;
  /** Each script that is held has a directory in it. */
  readonly directory: string;
}

/** What became of a hold. `late`: it was given up; `open`: the call is still stopped. */
export type HoldEnd = 'missed' | 'open' | 'go' | 'late' | 'gone';

const LOOK_MS = 100;
/** Who is only to be seen at a call stands at it for so long. */
const PASS_MS = 100;

const directoryOf = ({ directory }: HoldPaths, script: string): string => `${directory}/${script}`;

/** Writes the rules of a script that is about to begin. Resolves with what run-script is told in the environment. Throws SysError. */
export async function prepareHolds(
  sys: Sys,
  paths: HoldPaths,
  script: string,
  holds: readonly AtCall[],
): Promise<Readonly<Record<string, string>>> {
  const directory = directoryOf(paths, script);
  await sys.makeDir(directory);
  await sys.writeAtomic(`${directory}/rules`, formatRules(holds));
  return { LIFEBOOT_HOLD: `${paths.program} ${directory}` };
}

/** The id of a hold is its number among those of the script. */
export function formatRules(holds: readonly AtCall[]): string {
  return holds.map((hold, id) => `${id} ${hold.nth} ${Math.round(stopMs(hold))} ${hold.call} ${hold.argument}\n`).join('');
}

/** For how long the call is stopped at most. */
export const stopMs = ({ kind, timeoutMs }: AtCall): number => (kind === 'pass' ? PASS_MS : timeoutMs);

/** Lets it go on, or not stop at all when it has not come so far. */
export async function letGo(sys: Sys, paths: HoldPaths, script: string, id: number): Promise<void> {
  await sys.writeAtomic(`${directoryOf(paths, script)}/go.${id}`, '');
}

/** Resolves with true when the call is stopped; with false when the script was done before, or the time is over. */
export async function awaitHeld(
  sys: Sys,
  paths: HoldPaths,
  script: string,
  id: number,
  { done, deadlineMs }: { readonly done?: Promise<void>; readonly deadlineMs: number },
): Promise<boolean> {
  const end = new AbortController();
  let isDone = false;
  void done?.then(() => {
    isDone = true;
    end.abort();
  });
  while (!isDone && sys.uptimeMs() < deadlineMs) {
    const change = sys.waitForChange(directoryOf(paths, script), LOOK_MS, end.signal);
    if ((await holdEnd(sys, paths, script, id)) !== 'missed') return true;
    await change;
  }
  return (await holdEnd(sys, paths, script, id)) !== 'missed';
}

export async function holdEnd(sys: Sys, paths: HoldPaths, script: string, id: number): Promise<HoldEnd> {
  return parseHoldEnd((await sys.readText(`${directoryOf(paths, script)}/log`).catch(() => undefined)) ?? '', id);
}

/** Lines `MS ID WHAT PID`. */
export function parseHoldEnd(log: string, id: number): HoldEnd {
  const said = [...log.matchAll(/^\d+ (\d+) (held|go|late|gone) \d+$/gm)].filter((line) => Number(line[1]) === id).map((line) => line[2]);
  const last = said.at(-1);
  return last === undefined ? 'missed' : last === 'held' ? 'open' : (last as HoldEnd);
}
