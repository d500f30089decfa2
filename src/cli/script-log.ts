/** `lifeboot log`: what an initscript said, and the daemons that still write where it wrote. Read from files, so it answers without an agent. */
import { parseArgs } from 'node:util';
import { readBootState } from '../sys/boot-state.ts';
import { printable } from '../sys/console.ts';
import { createLinuxSys } from '../sys/linux.ts';
import { didYouMean } from '../sys/nearest.ts';
import { paths } from '../sys/paths.ts';
import type { Sys } from '../sys/sys.ts';
import { UsageError } from './usage-error.ts';

/** What it said when the boot started it, whenever somebody acted upon it, and on the way down. */
const ACTIONS = ['start', 'hand', 'stop'] as const;
/** inotify tells at once; where it cannot, new lines wait for this long. */
const LOOK_MS = 1000;

export interface LogWish {
  readonly name: string;
  /** Until the signal is aborted, also for a script that has yet to say its first word. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/** `lifeboot log SCRIPT [--follow]`. */
export async function log(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { follow: { type: 'boolean', short: 'f' } },
    allowPositionals: true,
  });
  const [name] = positionals;
  if (name === undefined || positionals.length > 1) throw new UsageError('the name of one script is wanted');
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => end.abort());
  process.stdout.once('error', () => end.abort());
  await showLog(createLinuxSys(), { name, follow: values.follow ?? false, signal: end.signal }, (text) => process.stdout.write(text));
  return 0;
}

/** Hands out all that is kept of the outputs of its start and its stop, then what is added. Throws for a script nobody started. */
export async function showLog(sys: Sys, { name, follow, signal }: LogWish, show: (text: string) => void): Promise<void> {
  const directory = `${paths.scripts}/output`;
  const known = new Set([...scriptsOf((await sys.listDir(directory)) ?? []), ...(follow ? await plannedScripts(sys) : [])]);
  if (!known.has(name)) throw new Error(printable(unknownScript(name, [...known].sort())));
  const shown = new Map<string, number>();
  for (;;) {
    // The watch stands before the look, so that nothing said in between is late.
    const look = new AbortController();
    const change = follow ? sys.waitForChange(directory, LOOK_MS, AbortSignal.any([signal, look.signal])) : undefined;
    let said = false;
    for (const action of ACTIONS) {
      const file = `${directory}/${name}.${action}`;
      const text = await readWhole(sys, file, shown.get(file) ?? 0);
      if (text.added !== '') {
        if (action === 'stop' && !shown.has(file)) show('-- stop\n');
        show(clean(text.added));
        said = true;
      }
      if (text.added !== '' || shown.has(file)) shown.set(file, text.length);
    }
    if (!follow) await showSnapshots(sys, name, show);
    if (!follow || signal.aborted) return look.abort();
    if (said) look.abort();
    await change;
    if (signal.aborted) return;
  }
}

/** What is behind the first `from` characters. An output that was cut (see trimOutputs) has its earlier end in `.last`. */
async function readWhole(sys: Sys, file: string, from: number): Promise<{ readonly added: string; readonly length: number }> {
  const text = (await sys.readText(file)) ?? '';
  if (from > 0) return { added: text.length < from ? text : text.slice(from), length: text.length };
  const cut = await sys.readText(`${file}.last`);
  return { added: cut === undefined ? text : `-- earlier lines were dropped\n${cut}${text}`, length: text.length };
}

/** What it was doing when the time of a run was up. */
async function showSnapshots(sys: Sys, name: string, show: (text: string) => void): Promise<void> {
  for (const file of (await sys.listDir(paths.scripts)) ?? []) {
    const [, script, action] = /^(.+)\.((?:start|stop|restart|reload)(?:\.\d+)?)\.snapshot$/.exec(file) ?? [];
    if (script !== name) continue;
    const text = (await sys.readText(`${paths.scripts}/${file}`)) ?? '';
    show(`-- ${action}: not done in time, and then it was doing this:\n${clean(text)}`);
  }
}

const scriptsOf = (files: readonly string[]): readonly string[] =>
  files.flatMap((file) => /^(.+)\.(?:start|hand|stop)$/.exec(file)?.[1] ?? []);

async function plannedScripts(sys: Sys): Promise<readonly string[]> {
  return ((await readBootState(sys))?.tiers ?? []).flatMap(({ scripts }) => scripts.map(({ name }) => name));
}

function unknownScript(name: string, known: readonly string[]): string {
  const others = known.length === 0 ? 'no script was started' : `${didYouMean(name, known)}${known.join(', ')}`;
  return `${JSON.stringify(name)}: no script of this name was started in this boot; accepted: ${others}`;
}

/** Lines and tabs stay; what steers a terminal does not. */
const clean = (text: string): string => text.replaceAll('\r\n', '\n').replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '?');
