/**
 * What is before what in every boot that the agent can make. Tasks are cut into segments where somebody waits for them, or they for
 * somebody. Between scripts there are few ways from one to the other: the barriers, and the tasks somebody of another script waited for.
 * So each segment keeps how far along each of these ways it stands, and whoever asks compares two short lists.
 *
 * INVARIANTS: an edge leads from an older segment to a younger one; the numbers of a task's segments grow.
 */

export interface HappensBefore {
  /** A task begins, behind these segments. `barrier`: of the last one that is before it; -1: none. */
  begin(script: number, after: readonly number[], barrier: number): number;
  /** What the task does from now on is no longer in the segment. Returns the next one. */
  cut(segment: number): number;
  /** What the task of `segment` does from now on is behind `earlier`, which must be closed. Returns the next segment. */
  join(segment: number, earlier: readonly number[]): number;
  /** The barrier opens only behind the segment. */
  guards(segment: number, barrier: number): void;
  /** When all is said. */
  close(): Order;
}

/** Numbers for each segment; two of different scripts that share both numbers with others are ordered like these. */
export interface Order {
  readonly behind: Int32Array;
  readonly before: Int32Array;
  /** Whether a segment with these `before` is before one of another script with these `behind`. */
  ordered(before: number, behind: number): boolean;
  /** Barriers alone: the first one behind it, the last one before it. */
  readonly barriers: { readonly after: (before: number) => number; readonly upTo: (behind: number) => number };
  /** Waits between scripts that were too many to be kept. */
  readonly forgotten: number;
}

type Vector = readonly number[];
const MOST_WAYS = 1024;
const NEVER = Number.MAX_SAFE_INTEGER;

export function openHappensBefore(): HappensBefore {
  const scripts: number[] = [];
  /** By segment: number of its vector. */
  const behind: number[] = [];
  const next: number[] = [];
  /** The task of a segment, by its first one. */
  const tasks: number[] = [];
  const edges: { readonly from: number; readonly to: number }[] = [];
  const guarded = new Map<number, number>();
  const ways = new Map<number, number>();
  const marks = new Map<number, number>();
  const vectors = openVectors();
  let forgotten = 0;

  function add(script: number, task: number, vector: number): number {
    const segment = scripts.length;
    scripts.push(script);
    behind.push(vector);
    next.push(-1);
    tasks.push(task < 0 ? segment : task);
    return segment;
  }

  /** What is known to be before a segment, as one of another script that waits for it sees it. */
  function seenFrom(earlier: number, script: number): number {
    const own = behind[earlier] as number;
    if (scripts[earlier] === script) return own;
    const task = tasks[earlier] as number;
    let way = ways.get(task);
    if (way === undefined) {
      if (ways.size >= MOST_WAYS) {
        forgotten += 1;
        return own;
      }
      way = ways.size + 1;
      ways.set(task, way);
    }
    marks.set(earlier, way);
    return vectors.raise(own, way, earlier);
  }

  function join(segment: number, earlier: readonly number[]): number {
    const script = scripts[segment] as number;
    let vector = behind[segment] as number;
    for (const each of earlier) vector = vectors.most(vector, seenFrom(each, script));
    const made = add(script, tasks[segment] as number, vector);
    next[segment] = made;
    for (const each of earlier) edges.push({ from: each, to: made });
    return made;
  }

  return {
    join,
    cut: (segment) => join(segment, []),
    begin(script, after, barrier) {
      let vector = barrier < 0 ? vectors.empty : vectors.raise(vectors.empty, 0, barrier);
      for (const each of after) vector = vectors.most(vector, seenFrom(each, script));
      const made = add(script, -1, vector);
      for (const each of after) edges.push({ from: each, to: made });
      return made;
    },
    guards: (segment, barrier) => void guarded.set(segment, Math.min(barrier, guarded.get(segment) ?? NEVER)),
    close: () => ({ ...openOrder(vectors, behind, beforeOf()), forgotten }),
  };

  function beforeOf(): Int32Array {
    const before = new Int32Array(scripts.length).fill(vectors.empty);
    const sorted = edges.sort((a, b) => b.from - a.from);
    let at = 0;
    for (let segment = scripts.length - 1; segment >= 0; segment -= 1) {
      let vector = vectors.empty;
      const follower = next[segment] as number;
      if (follower >= 0) vector = before[follower] as number;
      for (; sorted[at]?.from === segment; at += 1)
        vector = vectors.least(vector, before[(sorted[at] as { readonly to: number }).to] as number);
      const barrier = guarded.get(segment);
      if (barrier !== undefined) vector = vectors.lower(vector, 0, barrier);
      const way = marks.get(segment);
      if (way !== undefined) vector = vectors.lower(vector, way, segment);
      before[segment] = vector;
    }
    return before;
  }
}

function openOrder(vectors: Vectors, behind: readonly number[], before: Int32Array): Omit<Order, 'forgotten'> {
  const known = new Map<number, boolean>();
  const vector = (number: number): Vector => vectors.list[number] as Vector;
  return {
    behind: Int32Array.from(behind),
    before,
    ordered(one, other) {
      const key = one * vectors.list.length + other;
      const answer = known.get(key) ?? vector(one).some((mark, way) => mark >= 0 && mark <= (vector(other)[way] ?? -1));
      known.set(key, answer);
      return answer;
    },
    barriers: {
      after: (number) => ((vector(number)[0] ?? -1) < 0 ? NEVER : (vector(number)[0] as number)),
      upTo: (number) => vector(number)[0] ?? -1,
    },
  };
}

interface Vectors {
  readonly list: readonly Vector[];
  readonly empty: number;
  most(a: number, b: number): number;
  least(a: number, b: number): number;
  raise(vector: number, way: number, mark: number): number;
  lower(vector: number, way: number, mark: number): number;
}

/** Each list of numbers once. -1: nothing known of that way. */
function openVectors(): Vectors {
  const list: Vector[] = [];
  const numbers = new Map<string, number>();
  const merged = new Map<string, number>();
  const keep = (vector: Vector): number => {
    const key = vector.join(',');
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, list.length);
    return list.push(vector) - 1;
  };
  const merge = (name: string, pick: (x: number, y: number) => number) => (a: number, b: number) => {
    if (a === b) return a;
    const key = `${name}${Math.min(a, b)},${Math.max(a, b)}`;
    const known = merged.get(key);
    if (known !== undefined) return known;
    const [x, y] = [list[a] as Vector, list[b] as Vector];
    const length = Math.max(x.length, y.length);
    const made = keep(Array.from({ length }, (_, way) => pick(x[way] ?? -1, y[way] ?? -1)));
    merged.set(key, made);
    return made;
  };
  const least = (x: number, y: number): number => (x < 0 ? y : y < 0 ? x : Math.min(x, y));
  const change = (pick: (x: number, y: number) => number) => (vector: number, way: number, mark: number) => {
    const old = list[vector] as Vector;
    const value = pick(old[way] ?? -1, mark);
    if (value === old[way]) return vector;
    return keep(Array.from({ length: Math.max(old.length, way + 1) }, (_, each) => (each === way ? value : (old[each] ?? -1))));
  };
  const empty = keep([]);
  return { list, empty, most: merge('>', Math.max), least: merge('<', least), raise: change(Math.max), lower: change(least) };
}
