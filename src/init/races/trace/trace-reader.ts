/** Reads the kernel's lines one after another: who was forked, what it ran, what it asked for, and how it ended. */
import { createEventList } from './event-list.ts';
import { openPairing } from './pair-calls.ts';
import { createTaskTable, type Task } from './task-table.ts';
import type { TraceEvent } from './trace.ts';
import { parseTraceLine, type TraceLine } from './trace-line.ts';

export interface ReadEvents {
  readonly events: readonly TraceEvent[];
  /** What could not be read, counted, in words. */
  readonly missing: readonly string[];
  /** Events that the kernel says it lost. */
  readonly lost: number;
}

export interface EventReader {
  push(line: string): void;
  end(): ReadEvents;
}

/** clone(2) */
const CLONE_THREAD = 0x10000;
/** Of mounts, names, IPC, pids, network. */
const CLONE_NEW = 0x20000 | 0x4000000 | 0x8000000 | 0x20000000 | 0x40000000;

export function openEventReader(): EventReader {
  const list = createEventList();
  const tasks = createTaskTable();
  const unread = new Map<string, number>();
  let lost = 0;
  const miss = (what: string) => void unread.set(what, (unread.get(what) ?? 0) + 1);
  const pairing = openPairing(list, miss);

  const tell = (event: TraceEvent) => list.put(list.keep(), event);
  const patterns: Readonly<Record<string, RegExp>> = {
    task_newtask: /^pid=(\d+) comm=.* clone_flags=([0-9a-f]+) /,
    task_rename: /^pid=(\d+) oldcomm=.* newcomm=(.*) oom_score_adj=-?\d+$/,
    sched_process_exec: /^filename=(.*) pid=(\d+) old_pid=(\d+)$/,
    sched_process_exit: /^comm=.* pid=(\d+) prio=\d+/,
    signal_generate: /^sig=(\d+) errno=-?\d+ code=-?\d+ comm=.* pid=(\d+) grp=\d res=\d/,
    module_load: /^(\S+)/,
    module_free: /^(\S+)/,
  };
  const takers: Readonly<Record<string, (task: Task, line: TraceLine, found: readonly string[]) => void>> = {
    task_newtask(task, { atUs, tid }, [child = '', flags = '']) {
      const how = Number.parseInt(flags, 16);
      const thread = (how & CLONE_THREAD) !== 0;
      const spaces = how & CLONE_NEW;
      tasks.fork(Number(child), task, thread);
      tell({ kind: 'fork', atUs, tid, comm: task.comm, child: Number(child), thread, ...(spaces !== 0 && { flags: spaces }) });
    },
    task_rename(_, __, [pid = '', comm = '']) {
      tasks.of(Number(pid), comm).comm = comm;
    },
    sched_process_exec(task, { atUs, tid }, [path = '']) {
      task.leader = tid;
      tell({ kind: 'exec', atUs, tid, comm: task.comm, path });
    },
    sched_process_exit(task, { atUs, tid }) {
      tell({ kind: 'exit', atUs, tid, comm: task.comm });
      tasks.end(tid);
    },
    signal_generate(task, { atUs, tid }, [signal = '', target = '']) {
      tell({ kind: 'signal', atUs, tid, comm: task.comm, target: Number(target), signal: Number(signal) });
    },
    module_load: (task, line, [name = '']) => pairing.add(task, line, { probe: 'module', fields: { name } }),
    module_free: (task, line, [name = '']) => pairing.add(task, line, { probe: 'module', fields: { name } }),
  };

  function takeEvent(line: TraceLine): void {
    const task = tasks.of(line.tid, line.comm);
    if (line.kind === 'enter') pairing.enter(task, line);
    else if (line.kind === 'return') pairing.leave(task, line);
    else takeKernelEvent(task, line);
    task.isKnown = true;
  }

  function takeKernelEvent(task: Task, line: TraceLine): void {
    const [pattern, take] = Object.hasOwn(takers, line.name) ? [patterns[line.name], takers[line.name]] : [];
    if (pattern === undefined || take === undefined) {
      if (!pairing.hit(task, line)) miss(`events of ${line.name}, which says nothing to us`);
      return;
    }
    const found = pattern.exec(line.rest);
    if (found === null) miss(`events of ${line.name} that are torn`);
    else take(task, line, found.slice(1));
  }

  return {
    push(text) {
      if (text === '' || text.startsWith('#')) return;
      const line = parseTraceLine(text);
      if (line !== undefined) return takeEvent(line);
      const [, count] = /^CPU:\d+ \[LOST (\d+) EVENTS\]$/.exec(text) ?? [];
      if (count === undefined) miss('lines that are cut or are none of the kernel');
      else lost += Number(count);
    },
    end: () => ({ events: list.all(), missing: [...unread].map(([what, count]) => `${count} ${what}`), lost }),
  };
}
