/** Goes through a recording once, in the order of effect, and comes back with what every script did to what, and what is before what. */
import type { Call, Trace, TraceEvent } from '../trace/trace.ts';
import type { AccessList } from './access-list.ts';
import { orderOfEffect } from './event-order.ts';
import { closeOnExec, fileCall } from './file-calls.ts';
import type { Order } from './happens-before.ts';
import { openIpcCalls } from './ipc-calls.ts';
import { hearNetlink, hostnameFile, kernelCall } from './kernel-calls.ts';
import { isPrivate, nameCall } from './name-calls.ts';
import { holdNames } from './name-locks.ts';
import { openNameTree } from './name-tree.ts';
import { openProcessCalls } from './process-calls.ts';
import { findRoots, openProcessTable, ownFiles, type Process } from './process-table.ts';
import { openRouteCalls } from './route-calls.ts';
import { type Moment, nameOf, openScene, type Scene, use } from './scene.ts';
import { openSocketCalls } from './socket-calls.ts';
import { leaveSpaces, spaceCall, spaceOf } from './space-calls.ts';
import { openSpaceTable } from './spaces.ts';
import type { Stages } from './stages.ts';
import { openWaits } from './waits.ts';

/** One recording, digested. */
export interface Walked {
  readonly trace: Trace;
  readonly stages: Stages;
  readonly scene: Scene;
  readonly accesses: AccessList;
  readonly order: Order;
  /** Place of an event by its tick. */
  readonly places: Int32Array;
  /** Who did it, by tick; undefined: no script's process. */
  readonly actors: readonly (Process | undefined)[];
}

/** The links of the head but for those that the recording made: they may have been looked for before. */
function linksBefore({ head, events }: Trace): Trace['head']['links'] {
  const made = new Set<string | undefined>();
  for (const event of events) {
    if (event.kind !== 'call' || event.result < 0) continue;
    if (event.call === 'symlink') made.add(event.path);
    if (event.call === 'rename') made.add(event.toPath);
  }
  return head.links.filter(({ from }) => !made.has(from));
}

export function walk(trace: Trace, stages: Stages): Walked {
  const places = orderOfEffect(trace.events);
  const tree = openNameTree(linksBefore(trace));
  const roots = findRoots(
    stages.map(({ script }) => script),
    trace.events,
    places,
  );
  const spaces = openSpaceTable(tree, trace.head);
  const table = openProcessTable(tree, spaces.own, roots);
  const scene = openScene(trace, stages, { tree, spaces, processes: () => table.living });
  const waits = openWaits(scene, table);
  const sockets = openSocketCalls();
  const routes = openRouteCalls(trace.events);
  const processes = openProcessCalls();
  const ipc = openIpcCalls();
  const actors: (Process | undefined)[] = [];
  /** Programs that may ask for what no call shows, since they began; those that set it do not. */
  const asks = new Map<Process, { readonly tick: number; readonly segment: number }>();

  function step(place: number, tick: number): void {
    const event = trace.events[place] as TraceEvent;
    if (event.kind === 'fork') {
      const task = table.fork(event, place, waits.begin);
      const parent = table.find(event.tid)?.process;
      actors.push(parent === undefined || parent.script < 0 ? undefined : parent);
      if (event.flags !== undefined) leaveSpaces({ scene, task, tick, event }, task.process, event.flags);
      processes.began({ scene, task, tick, event });
      return;
    }
    const task = waits.arrive(table.task(event.tid, event.comm));
    const { process } = task;
    actors.push(process.script < 0 ? undefined : process);
    const moment = { scene, task, tick, event };
    process.comm = event.comm;
    if (event.kind === 'exit') {
      end(moment);
      return;
    }
    if (event.kind === 'exec') begin(moment, event.path);
    else if (event.kind === 'signal') waits.signal(moment, event);
    else doCall(moment, event);
    process.lastPlace = tick;
  }

  function begin(moment: Moment, path: string): void {
    const { process } = moment.task;
    closeOnExec(moment);
    // What begins a script may have put its output elsewhere before.
    if (process.isRoot || path === stages[process.script]?.script.path)
      ownFiles(process).set(1, { flags: 0, listens: false, wrote: false, isOwnOutput: true });
    process.program = path;
    processes.began(moment);
    if (/^(sleep|usleep)$/.test(process.comm) && process.parent !== undefined) process.parent.sleeps += 1;
    const name = nameOf(moment, path, undefined, true);
    scene.programs.began(process, name, { tick: moment.tick, segment: moment.task.segment });
    if (isPrivate(name)) return;
    use(moment, scene.objects.ofName('name', name), 'look');
    use(moment, scene.objects.ofName('data', name), 'read');
    scene.presence.found(name, moment.tick, true);
    asks.set(process, { tick: moment.tick, segment: moment.task.segment });
  }

  function end(moment: Moment): void {
    const { process } = moment.task;
    const asked = asks.get(process);
    if (asked !== undefined) useOfProgram({ ...moment, tick: asked.tick, task: { ...moment.task, segment: asked.segment } });
    asks.delete(process);
    processes.ended(moment);
    routes.ended(process);
    waits.end(moment);
    table.end(moment.task);
    if (!process.hasEnded) return;
    process.endedAt = moment.tick;
    releaseLocks(process);
  }

  function releaseLocks({ files }: Process): void {
    if (scene.locked.size === 0) return;
    for (const file of files.values()) {
      if (!scene.locked.has(file)) continue;
      if (![...table.living].some((other) => [...other.files.values()].includes(file))) scene.locked.delete(file);
    }
  }

  function doCall(moment: Moment, call: Call): void {
    if (call.call === 'sleep') sleep(moment);
    if (call.call === 'clock' || call.call === 'hostname') asks.delete(moment.task.process);
    if (call.call === 'look') scene.programs.looked(moment.task.process, call);
    if (call.call === 'kill') processes.kill(moment, call);
    if (call.call === 'handle') processes.handle(moment, call);
    if (call.call === 'write' && call.fd === 1) routes.wrote(moment.task.process);
    if (call.message !== undefined) {
      routes.message(moment, call, call.message);
      return;
    }
    if (call.call === 'bind') hearNetlink(moment, call, moment.task.process.files.get(call.fd ?? -1));
    if (waits.call(moment, call)) return;
    if (spaceCall(moment, call)) return;
    if (!fileCall(moment, call) && !sockets.call(moment, call) && !kernelCall(moment, call) && !ipc.call(moment, call))
      nameCall(moment, call);
    if (call.call === 'open' && call.result >= 0 && call.path !== undefined) {
      const file = moment.task.process.files.get(call.result);
      const name = file?.name;
      const space = name === undefined ? undefined : spaceOf(moment, name);
      if (file !== undefined && space !== undefined) file.space = space;
      if (name !== undefined) processes.sawFile(moment, name, scene.lastStores.has(scene.objects.ofName('data', name)));
    }
  }

  places.forEach(step);
  holdNames(scene, actors, places);
  return { trace, stages, scene, accesses: scene.accesses.list, order: scene.order.close(), places, actors };
}

function sleep({ task: { process }, scene, tick }: Moment): void {
  if (process.script >= 0) scene.sleeps.push({ script: process.script, tick });
  process.sleeps += 1;
  if (process.parent !== undefined && process.parent.script === process.script) process.parent.sleeps += 1;
}

/** What a program asks of the kernel without a call that could be seen. */
const CLOCK_READERS = /^(fsck.*|e2fsck|hwclock|make|openssl|certtool|gpg|gpgv|curl|wget|date|faketime)$/;
const HOSTNAME_READERS = /^(hostname|uname|hostnamectl|dnsdomainname)$/;
const DOMAIN_READERS = /^(domainname|nisdomainname|ypdomainname)$/;

function useOfProgram(moment: Moment): void {
  const { objects } = moment.scene;
  const { comm } = moment.task.process;
  if (CLOCK_READERS.test(comm)) use(moment, objects.of('clock', ''), 'read');
  if (HOSTNAME_READERS.test(comm)) use(moment, hostnameFile(moment, 'hostname'), 'read');
  if (DOMAIN_READERS.test(comm)) use(moment, hostnameFile(moment, 'domainname'), 'read');
}
