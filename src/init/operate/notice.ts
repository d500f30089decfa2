/** What notice-script tells of an initscript that is run beside us: read, and judged. Pure, but for looks at /proc. */
import type { Sys } from '../../sys/sys.ts';
import type { HandAction } from './operation.ts';

export interface Notice {
  readonly script: string;
  /** The process that runs the script. */
  readonly pid: number;
  readonly action: string;
  /** Leader of its session. */
  readonly session: number;
  readonly ppid: number;
  /** Who called it: `invoke-rc.d`, `bash`. */
  readonly caller: string;
}

export interface RunningProcess {
  readonly ppid: number;
  /** Clock ticks after kernel start: with the pid it names one process for ever. */
  readonly startTicks: number;
}

/** Of `NAME.PID` and its line `ACTION SESSION PPID CALLER`. Undefined for what is no notice, or not whole yet. */
export function parseNotice(file: string, text: string): Notice | undefined {
  const [, script, pid] = /^(.+)\.(\d+)$/.exec(file) ?? [];
  const [, action, session, ppid, caller] = /^([a-z-]+) (\d+) (\d+) ?(.*)\n/.exec(text) ?? [];
  if (script === undefined || action === undefined) return undefined;
  const name = (caller ?? '').replaceAll(/[^\w.+:@-]/g, '');
  return { script, pid: Number(pid), action, session: Number(session), ppid: Number(ppid), caller: name === '' ? 'somebody' : name };
}

/** What an action comes to. `try-restart` is none for a script that is not up. */
export function actionOf(action: string, isUp: boolean): HandAction | undefined {
  switch (action) {
    case 'start':
    case 'force-start':
      return 'start';
    case 'stop':
    case 'force-stop':
      return 'stop';
    case 'restart':
      return 'restart';
    case 'try-restart':
    case 'condrestart':
      return isUp ? 'restart' : undefined;
    case 'reload':
    case 'force-reload':
      return 'reload';
    default:
      return undefined;
  }
}

/** proc_pid_stat(5). Undefined when it is gone, or only waits to be reaped. */
export async function lookAt(sys: Sys, pid: number): Promise<RunningProcess | undefined> {
  const stat = await sys.readText(`/proc/${pid}/stat`).catch(() => undefined);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : { ppid: Number(fields[1]), startTicks: Number(fields[19]) };
}

/** Is it `ancestor`, or one of its descendants? As far as it can still be seen. */
export async function descendsFrom(sys: Sys, pid: number, ancestor: number): Promise<boolean> {
  for (let at = pid, depth = 0; at > 1 && depth < 64; depth += 1) {
    if (at === ancestor) return true;
    at = (await lookAt(sys, at))?.ppid ?? 0;
  }
  return false;
}
