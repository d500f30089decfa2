/** Pairs the beginning of a call, what probes saw on its way, and its return. */
import { buildCall, factsOf, usedHits } from './build-call.ts';
import type { CallFacts, EventList } from './event-list.ts';
import { type ProbeHit, parseProbe } from './probe-fields.ts';
import { type SyscallRow, syscallNamed } from './syscalls.ts';
import type { BegunWrite, SeenHit, Task } from './task-table.ts';
import type { CallName } from './trace.ts';
import { parseArguments, parseResult, type TraceLine } from './trace-line.ts';

export interface CallPairing {
  enter(task: Task, line: TraceLine): void;
  leave(task: Task, line: TraceLine): void;
  /** False when the line is no hit of a probe of ours. */
  hit(task: Task, line: TraceLine): boolean;
  /** Something that another event said of the call that the task is in. */
  add(task: Task, line: TraceLine, hit: ProbeHit): void;
}

interface Returned {
  readonly endUs: number;
  readonly tid: number;
  readonly result: number;
}

/** -EINTR of netlink_dump_start(9): the answer is under way, no other one is wanted. */
const DUMPED = -4;
/** More than any call comes by. */
const MOST_HITS = 100;

/** `miss` is told, in words, of what could not be read. */
export function openPairing(list: EventList, miss: (what: string) => void): CallPairing {
  // By process and descriptor.
  const bound = new Map<string, string>();
  const peers = new Map<string, string>();

  function put(place: number, call: CallName, task: Task, times: Returned & { readonly atUs: number }, facts: CallFacts): void {
    const { atUs, endUs, tid, result } = times;
    list.put(place, { kind: 'call', call, atUs, endUs, tid, comm: task.comm, result, ...facts });
  }

  /** A program and what interprets it: each file that was opened on the way. */
  function leaveExec(task: Task, hits: readonly SeenHit[], returned: Returned): void {
    hits.forEach((hit, index) => {
      if (hit.probe !== 'open') return;
      const next = hits[index + 1];
      const inode = next?.probe === 'opened' ? factsOf(next) : {};
      const result = inode.inode === undefined ? returned.result : 0;
      put(hit.place, 'look', task, { ...returned, result, atUs: hit.atUs }, { ...factsOf(hit), ...inode });
    });
  }

  /** A socket that listens, or is connected, does not say its address again: it is the one that was given to its descriptor. */
  function withKnown(task: Task, call: CallName, facts: CallFacts, result: number): CallFacts {
    if (call === 'wait' && result > 0) return { ...facts, target: result };
    const socket = `${task.leader}:${facts.fd}`;
    const place =
      call === 'bind' || call === 'listen' || call === 'accept' ? bound : call === 'connect' || call === 'send' ? peers : undefined;
    if (facts.address !== undefined && result === 0 && (call === 'bind' || call === 'connect')) place?.set(socket, facts.address);
    const address = facts.address ?? place?.get(socket);
    return address === undefined || place === undefined ? facts : { ...facts, address };
  }

  function add(task: Task, { atUs }: TraceLine, hit: ProbeHit): void {
    // A thread of the kernel opens files, too, and returns from no call.
    if (task.hits.length === MOST_HITS) task.hits.shift();
    task.hits.push({ ...hit, atUs, place: list.keep() });
  }

  return {
    add,
    enter(task, { name, rest, atUs, tid }) {
      const row = syscallNamed(name);
      if (row === undefined) return miss(`calls of ${name}, which says nothing to us`);
      const args = parseArguments(rest);
      if (args.length < (row.takes?.length ?? 0)) return miss('calls whose beginning is torn');
      task.hits = [];
      delete task.writing;
      if (row.isBrief) putBrief(task, row, args, { atUs, tid });
      else task.open = { name, args, atUs, place: list.keep() };
    },
    leave(task, { name, rest, atUs: endUs, tid }) {
      const { open, hits, writing } = task;
      task.hits = [];
      delete task.writing;
      delete task.open;
      const row = syscallNamed(name);
      if (row === undefined) return miss(`calls of ${name}, which says nothing to us`);
      const result = parseResult(rest);
      if (Number.isNaN(result)) return miss('calls whose return is torn');
      if (row.isBrief) return writing && putWrite(task, tid, writing, result);
      if (row.isExec) return leaveExec(task, hits, { endUs, tid, result });
      const begun = open?.name === name ? open : undefined;
      if (row.takes !== undefined && row.probes === undefined && begun === undefined) {
        if (task.isKnown && row.sift === undefined) miss(`returns of ${name} whose beginning was not seen`);
        return;
      }
      const used = usedHits(name, hits);
      const built = buildCall(name, begun?.args, used);
      if (built === undefined) return;
      const { call, ...facts } = built;
      const first = begun ?? used[0] ?? { atUs: endUs, place: list.keep() };
      put(first.place, call, task, { atUs: first.atUs, endUs, tid, result }, withKnown(task, call, facts, result));
    },
    hit(task, line) {
      const hit = parseProbe(line.name, line.rest);
      if (hit === undefined) return false;
      const { atUs, tid } = line;
      if (hit === 'torn') miss(`hits of the probe ${line.name} that are torn`);
      else if (hit.probe === 'pipe_read') task.reading = { ...hit, atUs, place: list.keep() };
      else if (hit.probe === 'pipe_done') endReading(task, { endUs: atUs, tid, result: Number(hit.fields['result']) });
      else if (hit.probe === 'pipe_write') put(list.keep(), 'pipe-write', task, { atUs, endUs: atUs, tid, result: 0 }, factsOf(hit));
      else if (hit.probe === 'handle') put(list.keep(), 'handle', task, { atUs, endUs: atUs, tid, result: 0 }, factsOf(hit));
      else if (hit.probe === 'netlink') put(list.keep(), 'netlink', task, { atUs, endUs: atUs, tid, result: 0 }, factsOf(hit));
      else if (hit.probe === 'message') sendMessage(task, tid, { ...hit, atUs, place: list.keep() });
      else if (hit.probe === 'message_done') endMessage(task, tid, atUs, Number(hit.fields['result']));
      else if (hit.probe === 'written') writeContent(task, tid, hit);
      else add(task, line, hit);
      return true;
    },
  };

  function putBrief(
    task: Task,
    { call, takes = [] }: SyscallRow,
    args: readonly number[],
    { atUs, tid }: Pick<TraceLine, 'atUs' | 'tid'>,
  ): void {
    const fd = (args[takes.indexOf('fd')] ?? -1) | 0;
    if (call === 'close') for (const addresses of [bound, peers]) addresses.delete(`${task.leader}:${fd}`);
    const from = takes.some((each, index) => each === 'offset' && args[index] !== 0) ? undefined : args[takes.indexOf('from')];
    const begun = { atUs, place: list.keep(), facts: { fd, ...(from !== undefined && { fromFd: from | 0 }) } };
    put(begun.place, call, task, { atUs, endUs: atUs, tid, result: 0 }, begun.facts);
    if (call === 'write') task.writing = begun;
  }

  function putWrite(task: Task, tid: number, { place, atUs, facts }: BegunWrite, result: number): void {
    put(place, 'write', task, { atUs, endUs: atUs, tid, result }, facts);
  }

  function writeContent(task: Task, tid: number, hit: ProbeHit): void {
    const { writing } = task;
    if (writing === undefined) return;
    task.writing = { ...writing, facts: { ...writing.facts, ...factsOf(hit) } };
    putWrite(task, tid, task.writing, 0);
  }

  /** Until it is known how it ended, it went well. */
  function sendMessage(task: Task, tid: number, hit: SeenHit): void {
    task.asking = hit;
    put(hit.place, 'netlink', task, { atUs: hit.atUs, endUs: hit.atUs, tid, result: 0 }, factsOf(hit));
  }

  function endMessage(task: Task, tid: number, endUs: number, result: number): void {
    const { asking } = task;
    delete task.asking;
    if (asking === undefined) return;
    put(asking.place, 'netlink', task, { atUs: asking.atUs, endUs, tid, result: result === DUMPED ? 0 : result }, factsOf(asking));
  }

  function endReading(task: Task, returned: Returned): void {
    const { reading } = task;
    delete task.reading;
    if (reading !== undefined) put(reading.place, 'pipe-read', task, { ...returned, atUs: reading.atUs }, factsOf(reading));
  }
}
