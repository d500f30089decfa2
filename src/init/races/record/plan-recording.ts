/** What a recording asks of the kernel: each probe and each event by itself, so that one that cannot be had costs itself alone. */
import { syscalls } from '../trace/syscalls.ts';
import { type ProbeRow, probeTable } from './probe-table.ts';

/** The group of our probes, and the name of our own ring buffer. */
export const GROUP = 'lifeboot';

export interface PlannedEvent {
  /** Below `events`: `syscalls/sys_exit_openat`. */
  readonly event: string;
  /** What is not seen without it. */
  readonly sees: string;
  /** What makes it (Documentation/trace/kprobetrace.rst); absent: the kernel has it. */
  readonly definition?: string;
  readonly filter?: string;
  /** Kernels and machines without it have nothing that it could show. */
  readonly isOptional?: true;
  /** The event that it stands in for: only when that one cannot be had. */
  readonly insteadOf?: string;
}

/** A return probe holds a place for each call that has not returned: so many may wait in a pipe at once. */
const WAITING = 1024;
const SIGCHLD = 17;

const kernelEvents: readonly PlannedEvent[] = [
  { event: 'task/task_newtask', sees: 'who was forked' },
  { event: 'task/task_rename', sees: 'names of processes' },
  { event: 'sched/sched_process_exec', sees: 'programs that are run' },
  { event: 'sched/sched_process_exit', sees: 'ends of processes' },
  // The end of a child is seen by itself.
  { event: 'signal/signal_generate', sees: 'signals', filter: `sig!=${SIGCHLD}` },
  { event: 'module/module_load', sees: 'names of modules', isOptional: true },
  { event: 'module/module_free', sees: 'names of modules that go', isOptional: true },
];

/** Everything, in the order in which it is switched on: who does something must be known before what is done. */
export function planRecording(release: string): readonly PlannedEvent[] {
  return [...kernelEvents, ...probeTable.map((row) => planProbe(row, hasOffsets(release))), ...planCalls()];
}

/** The offsets of the table are those of 6.1; other kernels must know the fields by name, or go without. */
const hasOffsets = (release: string): boolean => /^6\.1\.\d/.test(release);

function planProbe({ name, sees, when, symbol, reads, filter, insteadOf }: ProbeRow, byOffset: boolean): PlannedEvent {
  const what = typeof reads === 'string' ? reads : byOffset ? reads.raw : reads.named;
  const event = `${GROUP}/${name}`;
  const [kind, place] = when === 'before' ? ['p', symbol] : byOffset ? [`r${WAITING}`, symbol] : ['f', `${symbol}%return`];
  return {
    event,
    sees,
    definition: `${kind}:${event} ${place} ${what}`,
    ...(filter !== undefined && { filter }),
    ...(insteadOf !== undefined && { insteadOf: `${GROUP}/${insteadOf}` }),
  };
}

function planCalls(): readonly PlannedEvent[] {
  return Object.entries(syscalls).flatMap(([name, { call, takes, isBrief, tellsFailure, sift }]): readonly PlannedEvent[] => [
    ...(takes === undefined
      ? []
      : [{ event: `syscalls/sys_enter_${name}`, sees: `${name} (${call})`, isOptional: true as const, ...(sift && { filter: sift }) }]),
    ...(isBrief && !tellsFailure
      ? []
      : [
          {
            event: `syscalls/sys_exit_${name}`,
            sees: `results of ${name} (${call})`,
            isOptional: true as const,
            ...(tellsFailure && { filter: 'ret<0' }),
          },
        ]),
  ]);
}
