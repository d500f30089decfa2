/** Shows what initscripts say on the console while they say it: `console.verbose`, for whoever watches a machine that does not come up. */
import type { Sys } from '../sys/sys.ts';
import { planLines } from './script-output.ts';
import type { ScriptPaths } from './script-paths.ts';

/** A serial line takes some ten thousand characters a second: who says more has its last lines shown, and all of it in its file. */
const LINES_AT_ONCE = 40;
/** Between two looks. */
const PAUSE_MS = 200;
/** Where inotify tells nothing. */
const LOOK_MS = 1000;

/**
 * Shows each line that is added to an output, with the script's name before it, until disposed. What was there before is not shown: an
 * earlier agent has done so.
 */
export async function showOutputs(sys: Sys, paths: ScriptPaths): Promise<AsyncDisposable> {
  const end = new AbortController();
  const shown = new Map<string, number>();
  for (const name of await outputsIn(sys, paths)) shown.set(name, ((await readOutput(sys, paths, name)) ?? '').length);
  const showing = (async () => {
    while (!end.signal.aborted) {
      // The watch stands before the look, so that nothing said in between is late.
      const change = sys.waitForChange(paths.output, LOOK_MS, end.signal);
      await showAdded(sys, paths, shown, false);
      await change;
      await sys.sleep(PAUSE_MS, end.signal);
    }
    await showAdded(sys, paths, shown, true);
  })().catch(() => undefined);
  return {
    async [Symbol.asyncDispose]() {
      end.abort();
      await showing;
    },
  };
}

/** `isLast`: also a line without an end. */
async function showAdded(sys: Sys, paths: ScriptPaths, shown: Map<string, number>, isLast: boolean): Promise<void> {
  for (const name of await outputsIn(sys, paths)) {
    const text = (await readOutput(sys, paths, name)) ?? '';
    const from = shown.get(name) ?? 0;
    // Shorter than before: it was cut, and goes on from nothing.
    const added = text.length < from ? text : text.slice(from);
    const whole = isLast ? added : added.slice(0, added.lastIndexOf('\n') + 1);
    if (whole === '' && text.length >= from) continue;
    shown.set(name, text.length - (added.length - whole.length));
    const lines = planLines(whole, Number.POSITIVE_INFINITY);
    const label = name.replace(/\.start$/, '');
    if (lines.length > LINES_AT_ONCE) sys.console(`${label}: … ${lines.length - LINES_AT_ONCE} lines are not shown here`);
    for (const line of lines.slice(-LINES_AT_ONCE)) sys.console(`${label}: ${line}`);
  }
}

const outputsIn = async (sys: Sys, { output }: ScriptPaths): Promise<readonly string[]> =>
  ((await sys.listDir(output).catch(() => undefined)) ?? []).filter((name) => !name.endsWith('.last'));

const readOutput = (sys: Sys, { output }: ScriptPaths, name: string): Promise<string | undefined> =>
  sys.readText(`${output}/${name}`).catch(() => undefined);
