/** What is remembered of each task while a trace is read: its name, and the call it is in. */
import type { CallFacts } from './event-list.ts';
import type { ProbeHit } from './probe-fields.ts';

/** Something that was seen on the way into a call, and the place among the events that is kept for it. */
export interface SeenHit extends ProbeHit {
  readonly atUs: number;
  readonly place: number;
}

/** A call that has begun, by its own numbers. */
export interface OpenCall {
  readonly name: string;
  readonly args: readonly number[];
  readonly atUs: number;
  readonly place: number;
}

export interface BegunWrite {
  readonly atUs: number;
  readonly place: number;
  readonly facts: CallFacts;
}

export interface Task {
  /** The first thread of its process: files and sockets are the process's. */
  leader: number;
  comm: string;
  /** It was seen before, or its birth was: whatever it returns from has begun before our eyes. */
  isKnown: boolean;
  open?: OpenCall;
  hits: SeenHit[];
  reading?: SeenHit;
  /** What it has begun to write: what follows may say more of it. */
  writing?: BegunWrite;
  /** The message to the kernel that it was sending last. */
  asking?: SeenHit;
}

export interface TaskTable {
  /** `comm` is what the line says, for one that nothing else was heard of. */
  of(tid: number, comm: string): Task;
  fork(child: number, parent: Task, thread: boolean): void;
  /** A pid can be given out again. */
  end(tid: number): void;
}

const UNKNOWN_COMM = '<...>';

export function createTaskTable(): TaskTable {
  const tasks = new Map<number, Task>();
  return {
    of(tid, comm) {
      let task = tasks.get(tid);
      if (task === undefined) {
        task = { leader: tid, comm: comm === UNKNOWN_COMM ? '' : comm, isKnown: false, hits: [] };
        tasks.set(tid, task);
      }
      return task;
    },
    fork(child, parent, thread) {
      tasks.set(child, { leader: thread ? parent.leader : child, comm: parent.comm, isKnown: true, hits: [] });
    },
    end: (tid) => void tasks.delete(tid),
  };
}
