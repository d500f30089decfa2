/** Whether a process is there, by its id or by the file that names it. */
import type { Sys } from '../../sys/sys.ts';

/** The process that a pid file names, when it lives; a string says why it does not count. Throws SysError for a file that cannot be read. */
export async function namedByPidfile(sys: Sys, path: string): Promise<number | string> {
  const text = await sys.readText(path);
  if (text === undefined) return `${path} does not exist`;
  const pid = /^\s*(\d+)\s*(\n|$)/.exec(text)?.[1];
  if (pid === undefined) return `${path} holds ${JSON.stringify(text.slice(0, 40))}, not a process id`;
  const state = await processState(sys, Number(pid));
  if (state === undefined) return `no process ${pid}, which ${path} names`;
  return state === 'Z' ? `process ${pid} of ${path} is a zombie` : Number(pid);
}

/** There, and no zombie. */
export async function isAlive(sys: Sys, pid: number): Promise<boolean> {
  const state = await processState(sys, pid);
  return state !== undefined && state !== 'Z';
}

/** proc_pid_stat(5): the state follows the name, which may hold blanks and parentheses. A process may end while it is looked at (ESRCH). */
async function processState(sys: Sys, pid: number): Promise<string | undefined> {
  const stat = await sys.readText(`/proc/${pid}/stat`).catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
}
