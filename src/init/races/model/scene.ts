/** The machine as the events leave it, one after another, and what is noted of them for the comparison. */
import type { Trace, TraceEvent } from '../trace/trace.ts';
import { type AccessWriter, CLEANS, FAILED, openAccessList } from './access-list.ts';
import { type Contents, openContents } from './contents.ts';
import { type Fifos, openFifos } from './fifos.ts';
import { type HappensBefore, openHappensBefore } from './happens-before.ts';
import { type Hold, textOf } from './held-locks.ts';
import type { Name, NameTree } from './name-tree.ts';
import { type Facet, type ObjectTable, openObjectTable, type SharedObject } from './object-table.ts';
import { isStore, type Operation } from './operations.ts';
import { openPolling, type Polling } from './polling.ts';
import { openPresence, type Presence, type Standing } from './presence.ts';
import type { OpenFile, Process, Task } from './process-table.ts';
import { openPrograms, type Programs } from './programs.ts';
import { isRemover } from './removers.ts';
import type { Space, SpaceTable } from './spaces.ts';
import type { Stages } from './stages.ts';

/** A pid or port that depends on what else was running. */
export interface Chance {
  readonly script: number;
  readonly segment: number;
  readonly tick: number;
  readonly process: Process;
}

export interface ChancePid extends Chance {
  readonly pid: number;
}

export interface ChanceBind extends Chance {
  readonly address: string;
  readonly net: Space;
  readonly file: OpenFile | undefined;
  readonly worked: boolean;
}

/** A netlink socket. Whether it is there to listen shows when the recording ends. */
export interface Watch {
  readonly file: OpenFile;
  /** Of the object that it hears of. */
  readonly events: string;
  readonly net: Space | undefined;
  readonly script: number;
  readonly segment: number;
  readonly tick: number;
}

export interface Scene {
  readonly trace: Trace;
  readonly stages: Stages;
  readonly tree: NameTree;
  readonly spaces: SpaceTable;
  readonly objects: ObjectTable;
  readonly accesses: AccessWriter;
  readonly presence: Presence;
  readonly contents: Contents;
  readonly fifos: Fifos;
  readonly programs: Programs;
  readonly polling: Polling;
  readonly order: HappensBefore;
  /** All that have not ended. */
  readonly processes: () => Iterable<Process>;
  /** Locked files, by everyone who has them open. */
  readonly locked: Map<OpenFile, Hold>;
  /** Stores that somebody may be waiting for, by object: the script, and a segment that ends with it. */
  readonly lastStores: Map<number, { readonly process: Process; readonly segment: number }>;
  readonly binds: ChanceBind[];
  readonly stalePids: ChancePid[];
  readonly watches: Watch[];
  /** Who sought processes by name, to send them a signal, and found none. */
  readonly soughtInVain: Chance[];
  /** Who handles a signal that brings news. */
  readonly handlers: Chance[];
  /** Every time that a script waited for nothing but the time. */
  readonly sleeps: { readonly script: number; readonly tick: number }[];
  /** Closed segments of those who had the kernel tell of a device or interface. */
  readonly kernelEvents: number[];
  /** Objects that two scripts had at one time, as `object script script`, all of them numbers. */
  readonly shared: Set<string>;
  /** Where something is mounted. */
  readonly mounted: Set<string>;
  /** Whether the recording has the writes of files, the waits of parents. */
  readonly sees: { readonly write: boolean; readonly wait: boolean };
}

/** The event at hand. */
export interface Moment {
  readonly scene: Scene;
  readonly task: Task;
  readonly tick: number;
  readonly event: TraceEvent;
}

export interface UseOptions {
  readonly value?: string;
  readonly failed?: boolean;
  readonly flags?: number;
}

/** Who is where, from the beginning. */
export interface Setting {
  readonly tree: NameTree;
  readonly spaces: SpaceTable;
  readonly processes: () => Iterable<Process>;
}

export function openScene(trace: Trace, stages: Stages, { tree, spaces, processes }: Setting): Scene {
  const accesses = openAccessList();
  const seen = new Set(
    trace.events.flatMap((event) => (event.kind === 'call' && (event.call === 'write' || event.call === 'wait') ? [event.call] : [])),
  );
  const scene: Scene = {
    trace,
    stages,
    tree,
    spaces,
    processes,
    objects: openObjectTable(),
    accesses,
    presence: openPresence(),
    contents: openContents(trace.digests),
    fifos: openFifos(trace.events),
    programs: openPrograms(),
    polling: openPolling(accesses.list.flags),
    order: openHappensBefore(),
    locked: new Map(),
    lastStores: new Map(),
    binds: [],
    stalePids: [],
    watches: [],
    soughtInVain: [],
    handlers: [],
    sleeps: [],
    kernelEvents: [],
    shared: new Set(),
    mounted: new Set(trace.head.mounts),
    sees: { write: seen.has('write'), wait: seen.has('wait') },
  };
  const { mounts, readOnly } = trace.head;
  if (readOnly !== undefined)
    for (const path of mounts) scene.presence.found(writableAt(scene, tree.find(path)), -1, !readOnly.includes(path));
  return scene;
}

/** The kernel tells of it, in the network that it is about: udevd comes behind. */
export function tellKernelEvent(moment: Moment, events: string, net?: Space): void {
  const { scene, task } = moment;
  if (task.process.script < 0 || isUdev(task.process)) return;
  use(moment, scene.objects.of('events', events, net), 'emit');
  scene.kernelEvents.push(task.segment);
  task.segment = scene.order.cut(task.segment);
}

/** It does what the kernel's events ask for. */
export const isUdev = ({ comm }: Process): boolean => /udevd|udev-worker/.test(comm);

/** Notes one operation of the event's task, and lets whoever waited for it be behind it. Returns the number of the access; -1: it is kept for nobody. */
export function use(moment: Moment, object: number, operation: Operation, options: UseOptions = {}): number {
  const { scene, task, tick, event } = moment;
  const { process } = task;
  const { value = '', failed = false, flags = 0 } = options;
  if (!failed && isStore(operation)) noteWritten(scene, object, tick);
  if (process.script < 0) return -1;
  const access = scene.accesses.add({
    object,
    operation,
    script: process.script,
    segment: task.segment,
    tick,
    value,
    locks: scene.locked.size === 0 ? '' : locksOf(scene, process),
    flags: flags | (failed ? FAILED : 0),
  });
  const waitsFor = !isStore(operation) || operation === 'create' || operation === 'try-lock' || operation === 'bind';
  if (waitsFor) {
    const what = event.kind === 'call' ? `${event.call} ${operation}` : operation;
    const came = scene.polling.look({ process, object, what, failed, access, atUs: event.atUs });
    if (came && !isStore(operation)) followStore(scene, task, object);
  }
  if (isStore(operation) && !failed) noteStore(scene, task, object);
  return access;
}

const WRITTEN: ReadonlySet<Facet> = new Set(['data', 'list', 'mode', 'owner']);

/** What was mounted there can be written to, unless it was a device that was. */
function noteWritten(scene: Scene, number: number, tick: number): void {
  const { facet, name } = scene.objects.list[number] as SharedObject;
  if (name === undefined || !WRITTEN.has(facet) || name.path.startsWith('/dev/')) return;
  scene.presence.found(writableAt(scene, mountOf(scene, name)), tick, true);
}

/** What stands for its being writable. */
export const writableAt = ({ objects }: Scene, mount: Name): Standing => objects.list[objects.ofName('writable', mount)] as SharedObject;

/** The nearest mount known. */
export function mountOf({ mounted }: Scene, name: Name): Name {
  let at = name;
  while (at.parent !== undefined && !mounted.has(at.path)) at = at.parent;
  return at;
}

function noteStore({ polling, order, lastStores }: Scene, task: Task, object: number): void {
  const segment = task.segment;
  if (polling.isWanted(object)) task.segment = order.cut(segment);
  lastStores.set(object, { process: task.process, segment });
}

function followStore({ order, lastStores }: Scene, task: Task, object: number): void {
  const store = lastStores.get(object);
  if (store === undefined || store.process === task.process) return;
  task.segment = order.join(task.segment, [store.segment]);
}

/** Those that the process holds by a descriptor of its own or inherited. */
function locksOf({ locked }: Scene, process: Process): string {
  const held: Hold[] = [];
  for (const file of process.files.values()) {
    const hold = locked.get(file);
    if (hold !== undefined && (hold.owner ?? process) === process) held.push(hold);
  }
  return textOf(held);
}

/** `path` as the process means it. Names of a process's own directory in /proc are nobody else's. */
export function nameOf(moment: Moment, path: string, directory: number | undefined, follow: boolean): Name {
  const { process } = moment.task;
  const from = directory === undefined || directory === AT_FDCWD ? process.cwd : (process.files.get(directory)?.name ?? process.cwd);
  const said = /^\/proc\/(?:self|thread-self)(?=\/|$)/.test(path) ? path.replace(/^\/proc\/[a-z-]+/, `/proc/${process.pid}`) : path;
  const { name, through } = moment.scene.tree.resolve(said, from, process.root, follow, process.spaces.view);
  // It is the link that they take away, not what it leads to.
  const flags = through.length > 0 && isRemover(process) ? CLEANS : 0;
  for (const link of through) use(moment, moment.scene.objects.ofName('name', link), 'look', { flags });
  return name;
}

const AT_FDCWD = -100;
