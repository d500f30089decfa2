/** Who runs, from /proc. */
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { within } from './patience.ts';
import type { ProcessFacts } from './sys.ts';

/** proc_pid_stat(5), field 9, from linux/sched.h. */
const PF_KTHREAD = 0x00200000;
/** /proc/PID/cmdline takes a lock of the process: one that hangs in a page fault does not give it. */
const PATIENCE_MS = 1000;

export interface ProcessStat {
  readonly pid: number;
  readonly comm: string;
  /** One letter: `R`, `S`, `D`, `Z` … */
  readonly state: string;
  readonly ppid: number;
  readonly startTicks: number;
  readonly kernelThread: boolean;
}

/** Every process that lives, or those of `pids` that do; a zombie, which only waits to be reaped, does not. */
export async function readProcesses(pids: readonly number[] = readPids()): Promise<readonly ProcessFacts[]> {
  const stats = pids.map(readStat).filter((stat) => stat !== undefined);
  return Promise.all(stats.filter(isAlive).map(withArgv));
}

/** The pids of all processes, in order. */
export function readPids(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

/** Undefined when the process has gone. */
export function readStat(pid: number): ProcessStat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}

export const isAlive = (stat: ProcessStat): boolean => stat.state !== 'Z' && stat.state !== 'X';

/** proc_pid_stat(5). The name stands in parentheses and may itself hold blanks, parentheses and newlines. */
export function parseStat(text: string): ProcessStat | undefined {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const pid = Number.parseInt(text, 10);
  // Numbered as in the manual page, where the state is field 3.
  const fields = text.slice(close + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3]);
  const startTicks = field(22);
  if (open < 0 || close < open || !Number.isInteger(pid) || !Number.isInteger(startTicks)) return undefined;
  const comm = text.slice(open + 1, close);
  return { pid, comm, state: fields[0] ?? '', ppid: field(4), startTicks, kernelThread: (field(9) & PF_KTHREAD) !== 0 };
}

async function withArgv({ state: _, ...stat }: ProcessStat): Promise<ProcessFacts> {
  const cmdline = stat.kernelThread ? '' : await within(PATIENCE_MS, readFile(`/proc/${stat.pid}/cmdline`, 'utf8'), '');
  return { ...stat, argv: parseCmdline(cmdline) };
}

/** Arguments end with a zero byte each. A process that writes its title over them may leave a tail of empty ones. */
export function parseCmdline(text: string): readonly string[] {
  const trimmed = text.replace(/\0+$/, '');
  return trimmed === '' ? [] : trimmed.split('\0');
}
