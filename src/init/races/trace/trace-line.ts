/** One line of ftrace as text (Documentation/trace/ftrace.rst, "Output format"): who, when, what, and the rest. */

/** `event` is a trace event or a probe of ours; a system call has lines of its own for its beginning and its return. */
export type LineKind = 'event' | 'enter' | 'return';

export interface TraceLine {
  /** As the kernel remembers it when the trace is read, not as it was: `<...>` when it has forgotten. */
  readonly comm: string;
  readonly tid: number;
  readonly atUs: number;
  readonly kind: LineKind;
  /** `sched_process_exit`, `openat` */
  readonly name: string;
  /** What follows the name and its colon, its bracket or its arrow. */
  readonly rest: string;
}

const line = /^ *(.+)-(\d+) +(?:\( *[-\d]+\) )?\[\d+\] (?:\S+ +)?(\d+)\.(\d{6}): (?:sys_(\w+)(?:\((.*)\)| -> (.*))|(\w+): ?(.*))$/;

/** Undefined for a line that is none, or is torn. */
export function parseTraceLine(text: string): TraceLine | undefined {
  const found = line.exec(text);
  if (found === null) return undefined;
  const [, comm = '', tid, seconds, micros, call, args, result, name, rest = ''] = found;
  const at = { comm, tid: Number(tid), atUs: Number(seconds) * 1_000_000 + Number(micros) };
  if (call === undefined) return { ...at, kind: 'event', name: name ?? '', rest };
  return args === undefined ? { ...at, kind: 'return', name: call, rest: result ?? '' } : { ...at, kind: 'enter', name: call, rest: args };
}

/** The numbers of `fd: 3, cmd: 406`: hexadecimal, without a sign. */
export function parseArguments(rest: string): readonly number[] {
  return Array.from(rest.matchAll(/: (?:0x)?([0-9a-f]+)/g), ([, digits]) => Number.parseInt(digits ?? '', 16));
}

/** `0x3`, or `0xfffffffffffffffe`: an error as the kernel returns it, -2. */
export function parseResult(rest: string): number {
  // A double has no room for 64 bits: only the low half tells one error from another.
  return rest.length === 18 && rest.startsWith('0xffffffff') ? Number.parseInt(rest.slice(10), 16) | 0 : Number(rest);
}
