/** Who is who: processes by the tree of their forks, their files and directories, and the script that each belongs to. */
import type { Fork, TracedScript, TraceEvent } from '../trace/trace.ts';
import type { Name, NameTree } from './name-tree.ts';
import type { Space, Spaces } from './spaces.ts';

/** What a descriptor leads to; shared by all that inherited it. */
export interface OpenFile {
  readonly name?: Name;
  readonly flags: number;
  /** Of a socket. */
  readonly family?: string;
  readonly type?: number;
  address?: string;
  listens: boolean;
  wrote: boolean;
  /** Nothing is kept in it. */
  isFifo?: boolean;
  /** Number of the access that stands for what is read through it. */
  readAs?: number;
  /** Who opened it: nobody else had read from it by then. */
  readonly opener?: Process;
  /** What all of was copied into it last. */
  copyOf?: OpenFile;
  lock?: string;
  /** Of a socket: the network that it was made in. */
  readonly net?: Space;
  /** Of a file in /proc/PID/ns, or of one that keeps a namespace. */
  space?: Space;
  /** Of a pidfd. */
  readonly process?: Process;
  /** What the script itself was given for what it says. */
  readonly isOwnOutput?: true;
}

export interface Process {
  readonly pid: number;
  readonly parent: Process | undefined;
  /** Index of the script it belongs to; -1: none. */
  readonly script: number;
  /** The first process of its script. */
  readonly isRoot: boolean;
  /** Place of the fork that made it; -1: it was there before. */
  readonly forkedAt: number;
  readonly segment: number;
  /** It begins scripts, or what does descends from it: it orders nothing but by the barriers. */
  isAgent: boolean;
  comm: string;
  program: string;
  cwd: Name;
  root: Name;
  /** Of its threads, too: who goes elsewhere with one thread is taken to go with all. */
  spaces: Spaces;
  files: Map<number, OpenFile>;
  /** The table is another process's, too, until one of them changes it. */
  sharesFiles: boolean;
  threads: number;
  hasEnded: boolean;
  /** When, in the order of effect. */
  endedAt?: number;
  /** Times it slept, itself or by a child that only sleeps. */
  sleeps: number;
  lastPlace: number;
  /** It wrote into a pipe. */
  tells: boolean;
}

export interface Task {
  readonly tid: number;
  readonly process: Process;
  segment: number;
}

export interface ProcessTable {
  task(tid: number, comm: string): Task;
  find(tid: number): Task | undefined;
  /** All that have not ended. */
  readonly living: ReadonlySet<Process>;
  fork(event: Fork, place: number, begin: (script: number, isRoot: boolean, parent: Task) => number): Task;
  end(task: Task): void;
}

/** Of several processes with the pid of the script, the one that was made last before it began. */
export function findRoots(scripts: readonly TracedScript[], events: readonly TraceEvent[], order: Int32Array): ReadonlyMap<number, number> {
  const byPid = new Map<number, number[]>();
  scripts.forEach(({ pid }, index) => {
    if (pid !== undefined) byPid.set(pid, [...(byPid.get(pid) ?? []), index]);
  });
  const best = new Map<number, { readonly place: number; readonly distance: number }>();
  for (const place of order) {
    const event = events[place] as TraceEvent;
    if (event.kind !== 'fork' || event.thread) continue;
    for (const script of byPid.get(event.child) ?? []) {
      const startedUs = scripts[script]?.startedUs ?? event.atUs;
      const distance = Math.abs(event.atUs - startedUs);
      const known = best.get(script);
      if (known === undefined || distance < known.distance) best.set(script, { place, distance });
    }
  }
  return new Map([...best].map(([script, { place }]) => [place, script]));
}

/** `own`: namespaces of those that were there before; `roots`: scripts by the place of the fork that made their first process. */
export function openProcessTable(tree: NameTree, own: Spaces, roots: ReadonlyMap<number, number>): ProcessTable {
  const tasks = new Map<number, Task>();
  const living = new Set<Process>();

  function stranger(tid: number, comm: string): Task {
    const process: Process = {
      pid: tid,
      parent: undefined,
      script: -1,
      isRoot: false,
      forkedAt: -1,
      segment: -1,
      isAgent: false,
      comm,
      program: '',
      cwd: tree.root,
      root: tree.root,
      spaces: own,
      files: new Map(),
      sharesFiles: false,
      threads: 1,
      hasEnded: false,
      sleeps: 0,
      lastPlace: -1,
      tells: false,
    };
    living.add(process);
    const task = { tid, process, segment: -1 };
    tasks.set(tid, task);
    return task;
  }

  function fork(event: Fork, place: number, begin: (script: number, isRoot: boolean, parent: Task) => number): Task {
    const parent = tasks.get(event.tid) ?? stranger(event.tid, event.comm);
    if (event.thread) {
      parent.process.threads += 1;
      const task = { tid: event.child, process: parent.process, segment: begin(parent.process.script, false, parent) };
      tasks.set(event.child, task);
      return task;
    }
    const root = roots.get(place);
    const script = root ?? parent.process.script;
    if (root !== undefined) markAgents(parent.process);
    const segment = begin(script, root !== undefined, parent);
    parent.process.sharesFiles = true;
    const process: Process = {
      ...parent.process,
      pid: event.child,
      parent: parent.process,
      script,
      isRoot: root !== undefined,
      forkedAt: place,
      segment,
      isAgent: false,
      threads: 1,
      hasEnded: false,
      sleeps: 0,
      lastPlace: place,
      tells: false,
    };
    living.add(process);
    const task = { tid: event.child, process, segment };
    tasks.set(event.child, task);
    return task;
  }

  return {
    living,
    fork,
    find: (tid) => tasks.get(tid),
    task: (tid, comm) => tasks.get(tid) ?? stranger(tid, comm),
    end(task) {
      const { process } = task;
      process.threads -= 1;
      tasks.delete(task.tid);
      if (process.threads > 0) return;
      process.hasEnded = true;
      living.delete(process);
    },
  };
}

function markAgents(process: Process): void {
  for (let each: Process | undefined = process; each !== undefined && each.script < 0; each = each.parent) each.isAgent = true;
}

/** The table of a process, its own from now on. */
export function ownFiles(process: Process): Map<number, OpenFile> {
  if (process.sharesFiles) {
    process.files = new Map(process.files);
    process.sharesFiles = false;
  }
  return process.files;
}
