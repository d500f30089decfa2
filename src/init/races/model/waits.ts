/** Who waits for whom: forks, ends, pipes, signals that end, udevadm settle, and the barriers between tiers. */
import type { Call, Signal } from '../trace/trace.ts';
import type { Process, ProcessTable, Task } from './process-table.ts';
import { isUdev, type Moment, type Scene } from './scene.ts';

export interface Waits {
  /** The first segment of a task that is forked. */
  begin(script: number, isRoot: boolean, parent: Task): number;
  /** The task is about to do something. */
  arrive(task: Task): Task;
  end(moment: Moment): void;
  signal(moment: Moment, signal: Signal): void;
  /** True: the call does nothing but wait. */
  call(moment: Moment, call: Call): boolean;
}

interface Written {
  readonly segment: number;
  left: number;
}

const SIGCHLD = 17;
const READY_PLACE = /\/run\/lifeboot\//;
/** By which udevadm(8) settle and the daemon wait for each other. */
const UDEV_QUEUE = /^\/run\/udev\/queue$/;

export function openWaits(scene: Scene, table: ProcessTable): Waits {
  const { order, stages, sees } = scene;
  /** Closed segments of the ended that were not waited for yet, by parent and pid. */
  const ended = new Map<Process, Map<number, number>>();
  const pipes = new Map<string, Written[]>();
  /** Ends of children whose parents have done nothing since they forked them. */
  const awaited = new Map<Process, number[]>();
  /** Signals that the target will be behind. */
  const signalled = new Map<number, number[]>();
  const daemons = new Map<number, Task>();
  /** How many of the kernel's events a task of udevd has heard of. */
  const heard = new Map<Task, number>();
  const settling = new Set<Process>();
  const meet = openMeetings(scene);

  const counts = ({ process }: Task): boolean => !process.isAgent;
  const close = (task: Task): number => {
    const { segment } = task;
    task.segment = order.cut(segment);
    return segment;
  };
  const join = (task: Task, earlier: readonly number[]): void => {
    if (earlier.length > 0) task.segment = order.join(task.segment, earlier);
  };

  function begin(script: number, isRoot: boolean, parent: Task): number {
    if (isRoot) return order.begin(script, [], (stages[script]?.stage ?? 0) - 1);
    if (!counts(parent) || parent.segment < 0) return order.begin(script, [], -1);
    return order.begin(script, [close(parent)], -1);
  }

  function arrive(task: Task): Task {
    if (task.segment < 0) task.segment = order.begin(task.process.script, [], -1);
    const earlier = awaited.get(task.process);
    if (earlier !== undefined) {
      awaited.delete(task.process);
      join(task, earlier);
    }
    join(task, meet.met(task));
    if (isUdev(task.process)) hear(task);
    return task;
  }

  function hear(task: Task): void {
    const { kernelEvents } = scene;
    const since = heard.get(task) ?? 0;
    if (since === kernelEvents.length) return;
    heard.set(task, kernelEvents.length);
    join(task, kernelEvents.slice(since));
  }

  function end({ task, event }: Moment): void {
    const { process, tid } = task;
    join(task, signalled.get(tid) ?? []);
    signalled.delete(tid);
    if (settling.has(process)) settle(task);
    if (process.isRoot && process.pid === tid) order.guards(task.segment, stages[process.script]?.stage ?? 0);
    const last = close(task);
    const { parent } = process;
    if (parent !== undefined && process.pid === tid) ended.set(parent, (ended.get(parent) ?? new Map<number, number>()).set(tid, last));
    if (sees.wait || parent === undefined || process.pid !== tid || event.kind !== 'exit') return;
    if (parent.lastPlace <= process.forkedAt && parent.script === process.script)
      awaited.set(parent, [...(awaited.get(parent) ?? []), last]);
  }

  /** What it kills has ended behind it. */
  function signal({ task }: Moment, { target, signal: number }: Signal): void {
    const victim = table.find(target);
    if (number === SIGCHLD || victim === undefined || victim === task || !counts(task) || !counts(victim)) return;
    signalled.set(target, [...(signalled.get(target) ?? []), close(task)]);
  }

  function call(moment: Moment, event: Call): boolean {
    const { task } = moment;
    noteDaemon(task);
    noteReadiness(task, event);
    switch (event.call) {
      case 'wait': {
        reap(task, event);
        return true;
      }
      case 'pipe-write':
        task.process.tells = true;
        if (event.inode !== undefined && counts(task)) pipe(event.inode).push({ segment: close(task), left: event.result });
        return true;
      case 'pipe-read':
        if (event.inode !== undefined && counts(task)) readPipe(task, event.inode, event.result);
        return true;
      case 'look':
      case 'open':
        if (counts(task)) meet.open(task, event, close);
        if (!UDEV_QUEUE.test(event.path ?? '')) return false;
        if (task.process.comm === 'udevadm') settling.add(task.process);
        return true;
      default:
        return false;
    }
  }

  /** waitid(2) answers 0, and may have been asked for a pidfd: then it is whoever has ended. So does wait4(2) when nobody has. */
  function reap(task: Task, { result, target = -1 }: Call): void {
    const children = ended.get(task.process);
    if (children === undefined || result < 0 || !counts(task)) return;
    const one = result > 0 && (children.has(result) || knowsPids(task)) ? result : children.has(target) ? target : undefined;
    const reaped = one === undefined ? [...children.keys()] : [one];
    join(
      task,
      reaped.flatMap((pid) => children.get(pid) ?? []),
    );
    for (const pid of reaped) children.delete(pid);
  }

  /** In a namespace of pids the numbers are others. */
  const knowsPids = ({ process }: Task): boolean => process.spaces.pid === scene.spaces.own.pid;

  const pipe = (inode: string): Written[] => {
    const known = pipes.get(inode) ?? [];
    pipes.set(inode, known);
    return known;
  };

  /** Whose bytes they are, where the lengths are known; else all that was written before. The end of the pipe comes behind all of it. */
  function readPipe(task: Task, inode: string, length: number): void {
    const written = pipe(inode);
    if (length < 0) return;
    const earlier: number[] = [];
    let left = length === 0 ? Number.POSITIVE_INFINITY : length;
    while (left > 0 && written.length > 0) {
      const first = written[0] as Written;
      earlier.push(first.segment);
      const taken = first.left <= 0 ? 0 : Math.min(first.left, left);
      first.left -= taken;
      left -= taken;
      if (first.left > 0) break;
      written.shift();
    }
    join(task, earlier);
  }

  function noteDaemon(task: Task): void {
    if (isUdev(task.process)) daemons.set(task.tid, task);
  }

  function settle(task: Task): void {
    join(task, [...daemons.values()].filter((daemon) => daemon !== task && counts(daemon)).map(close));
  }

  /** The word of a daemon that it is ready goes to the agent, which opens the barrier only then. */
  function noteReadiness(task: Task, event: Call): void {
    const { script } = task.process;
    const staged = stages[script];
    if (staged?.script.header['X-Ready'] === undefined || staged.script.readyUs === undefined) return;
    if (event.atUs > staged.script.readyUs) return;
    const file = task.process.files.get(event.fd ?? -1);
    const speaks =
      (event.call === 'send' || event.call === 'write' || event.call === 'connect') &&
      READY_PLACE.test(event.address ?? file?.address ?? file?.name?.path ?? '');
    if (speaks) order.guards(close(task), staged.stage);
  }

  return { begin, arrive, end, signal, call };
}

interface Meetings {
  /** The task opens something. */
  open(task: Task, event: Call, close: (task: Task) => number): void;
  /** Whom its last open has waited for. */
  met(task: Task): readonly number[];
}

const NOBODY: readonly number[] = [];

/** Who waits in open(2) for the other end of a FIFO looks for its name before, and goes on behind whoever opens that end. */
function openMeetings({ fifos: { meetings } }: Scene): Meetings {
  const waiters = new Map<Call, Call[]>();
  for (const [waiter, other] of meetings) waiters.set(other, [...(waiters.get(other) ?? []), waiter]);
  /** Segments that end where the open begins. */
  const begun = new Map<Call, number>();
  const waiting = new Set<Call>();
  const behind = new Map<number, number[]>();
  const put = (tid: number, segment: number): void => void behind.set(tid, [...(behind.get(tid) ?? []), segment]);
  return {
    open(task, event, close) {
      const own = waiters.get(event);
      if (own !== undefined) {
        const segment = close(task);
        begun.set(event, segment);
        for (const waiter of own) if (waiting.has(waiter)) put(waiter.tid, segment);
      }
      const other = meetings.get(event);
      if (other === undefined) return;
      waiting.add(event);
      const segment = begun.get(other);
      if (segment !== undefined) put(event.tid, segment);
    },
    met({ tid }) {
      const segments = behind.get(tid);
      if (segments === undefined) return NOBODY;
      behind.delete(tid);
      return segments;
    },
  };
}
