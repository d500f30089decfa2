/** FIFOs, fifo(7): nothing is kept in them, and an open of the one end waits for somebody at the other. */
import type { Call, TraceEvent } from '../trace/trace.ts';
import type { Name } from './name-tree.ts';

export interface Fifos {
  /** A call has made it one, or has taken it away. */
  became(name: Name, isFifo: boolean): void;
  is(name: Name, inode: string | undefined): boolean;
  /** Opens that waited, each with the one that it was behind in any order. */
  readonly meetings: ReadonlyMap<Call, Call>;
}

const O_ACCMODE = 3;
const O_RDONLY = 0;
const O_WRONLY = 1;
const O_NONBLOCK = 0o4000;
const O_PATH = 0o10000000;

export type FifoEnd = 'reader' | 'writer' | 'tries';

/** `tries`: it writes to who reads already, and goes on where nobody does. */
export function endOf(flags: number): FifoEnd {
  if ((flags & O_ACCMODE) !== O_WRONLY) return 'reader';
  return (flags & O_NONBLOCK) === 0 ? 'writer' : 'tries';
}

export function openFifos(events: readonly TraceEvent[]): Fifos {
  const pipes = new Set<string>();
  const opens: Call[] = [];
  for (const event of events) {
    if (event.kind !== 'call' || event.inode === undefined) continue;
    if (event.call === 'pipe-read' || event.call === 'pipe-write') pipes.add(event.inode);
    if (event.call === 'open' && event.result >= 0 && ((event.flags ?? 0) & O_PATH) === 0) opens.push(event);
  }
  const known = new Set<Name>();
  return {
    meetings: findMeetings(opens.filter(({ inode = '' }) => pipes.has(inode))),
    became(name, isFifo) {
      if (isFifo) known.add(name);
      else known.delete(name);
    },
    is: (name, inode) => known.has(name) || (inode !== undefined && pipes.has(inode)),
  };
}

/** Whoever of several comes first is enough: then it is behind none of them for sure. Of one, the first time counts. */
function findMeetings(opens: readonly Call[]): ReadonlyMap<Call, Call> {
  const byInode = Map.groupBy(opens, ({ inode }) => inode);
  const meetings = new Map<Call, Call>();
  for (const all of byInode.values()) {
    for (const open of all) {
      if (!waits(open)) continue;
      const others = all.filter((other) => other.tid !== open.tid && meets(open, other) && other.atUs <= open.endUs);
      const [first] = others;
      if (first !== undefined && others.every(({ tid }) => tid === first.tid)) meetings.set(open, first);
    }
  }
  return meetings;
}

const accessOf = ({ flags = 0 }: Call): number => flags & O_ACCMODE;

/** Who opens both ends, or asks not to wait, does not. */
const waits = (open: Call): boolean => accessOf(open) <= O_WRONLY && ((open.flags ?? 0) & O_NONBLOCK) === 0;
const meets = (open: Call, other: Call): boolean => accessOf(other) !== (accessOf(open) === O_RDONLY ? O_RDONLY : O_WRONLY);
