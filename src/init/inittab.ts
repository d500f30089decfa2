/** sysvinit's inittab(5): the image's default run level and the gettys it wants kept running. */
import type { Problem } from '../sys/problem.ts';
import type { Sys } from '../sys/sys.ts';

export interface InittabEntry {
  readonly id: string;
  /** Run levels in which it counts, e.g. `2345`. */
  readonly runlevels: string;
  readonly action: string;
  readonly process: string;
}

export interface Inittab {
  readonly entries: readonly InittabEntry[];
  /** Of the `initdefault` entry; undefined when there is none that can be booted into. */
  readonly defaultRunlevel?: string;
  readonly problems: readonly Problem[];
}

const ACTIONS = [
  ...['respawn', 'wait', 'once', 'boot', 'bootwait', 'powerfail', 'powerfailnow', 'powerokwait', 'powerwait'],
  ...['ctrlaltdel', 'off', 'ondemand', 'initdefault', 'sysinit', 'kbrequest'],
];
const SHELL_CHARACTERS = /[~`!$^&*()=|\\{}[\];"'<>?]/;

/** Reads `/etc/inittab` and `/etc/inittab.d/*.tab`; undefined when the image has neither. */
export async function readInittab(sys: Sys, etc = '/etc'): Promise<Inittab | undefined> {
  const files = [`${etc}/inittab`];
  for (const name of (await sys.listDir(`${etc}/inittab.d`)) ?? []) if (name.endsWith('.tab')) files.push(`${etc}/inittab.d/${name}`);
  const texts: { file: string; text: string }[] = [];
  for (const file of files) {
    const text = await sys.readText(file);
    if (text !== undefined) texts.push({ file, text });
  }
  return texts.length === 0 ? undefined : parseInittab(texts);
}

/** Parses inittab files in order. A broken line is a Problem and is left out, as sysvinit leaves it out; the rest counts. */
export function parseInittab(files: readonly { readonly file: string; readonly text: string }[]): Inittab {
  const entries: InittabEntry[] = [];
  const problems: Problem[] = [];
  for (const { file, text } of files) {
    for (const [index, raw] of text.split('\n').entries()) {
      const line = raw.trim();
      if (line === '' || line.startsWith('#')) continue;
      const entry = parseLine(line, entries);
      if ('message' in entry) problems.push({ file, line: index + 1, value: line, ...entry });
      else entries.push(entry);
    }
  }
  const runlevel = entries.find(({ action }) => action === 'initdefault')?.runlevels.charAt(0);
  return runlevel === undefined ? { entries, problems } : { entries, problems, defaultRunlevel: runlevel };
}

/** The entries that are kept running in a run level: in practice the gettys. */
export function respawnEntries(inittab: Inittab, runlevel: string): readonly InittabEntry[] {
  return inittab.entries.filter(({ action, runlevels }) => action === 'respawn' && runlevels.includes(runlevel));
}

/**
 * The argv of a process field. As in init(8) a leading `+` (no utmp record) is dropped, a `#` ends the command, and shell
 * characters hand it to `/bin/sh -c`, unless it begins with `@`: the one place where lifeboot runs a shell string, not its own.
 */
export function planInittabProcess(process: string): readonly string[] {
  const command = process.replace(/^\+/, '');
  if (SHELL_CHARACTERS.test(command) && !command.startsWith('@')) return ['/bin/sh', '-c', command];
  const [words = ''] = command.replace(/^@/, '').split('#');
  return words.split(/[ \t]+/).filter((word) => word !== '');
}

type Fault = Pick<Problem, 'message' | 'accepted'>;

function parseLine(line: string, before: readonly InittabEntry[]): InittabEntry | Fault {
  const accepted = 'id:runlevels:action:process; the line is left out';
  const [id = '', runlevels, action = '', ...rest] = line.split(':');
  if (runlevels === undefined || action === '' || rest.length === 0) return { message: 'has fewer than four fields', accepted };
  if (id === '' || id.length > 4) return { message: 'has an id that is not 1 to 4 characters long', accepted };
  if (before.some((entry) => entry.id === id && id !== '~~')) return { message: `uses the id ${id} again`, accepted };
  const known = ACTIONS.find((name) => name === action.toLowerCase());
  if (known === undefined) return { message: `has the unknown action ${action}`, accepted: ACTIONS.join(' ') };
  const levels = runlevels.toUpperCase();
  if (!/^[0-9ABCS]{0,11}$/.test(levels)) return { message: `has run levels ${runlevels}`, accepted: '0-9 A B C S; the line is left out' };
  const process = rest.join(':').trim();
  if (known === 'initdefault') return parseDefault(id, levels);
  if (process === '' || process.length > 4000) return { message: 'has no process to run, or one too long', accepted };
  return { id, runlevels: levels === '' ? '0123456789' : levels, action: known, process };
}

function parseDefault(id: string, runlevels: string): InittabEntry | Fault {
  if (/^[2-5]/.test(runlevels)) return { id, runlevels, action: 'initdefault', process: '' };
  return { message: `would boot into run level ${runlevels || '(none)'}`, accepted: '2 3 4 5; run level 2 is used' };
}
