/** All orders that the steps of a few tiny scripts can come in, by trying them: what the analysis says of order is held against this. */
import type { Trace } from '../../../../../src/init/races/trace/trace.ts';
import { type Actor, boot } from './boot.ts';

export type Step =
  | { readonly kind: 'write' | 'look'; readonly path: string }
  /** A byte into the one pipe, and one out of it. */
  | { readonly kind: 'send' | 'receive' }
  /** A process that writes; its parent waits for its end, or does not. */
  | { readonly kind: 'child'; readonly path: string; readonly isAwaited: boolean };

export type Program = readonly [ScriptProgram, ScriptProgram];
interface ScriptProgram {
  readonly tier: number;
  readonly steps: readonly Step[];
}

/** One indivisible thing that a process does, when what it needs has been done. */
interface Deed {
  readonly process: number;
  /** Numbers of deeds that must be done before. */
  readonly needs: readonly number[];
  readonly does: 'start' | 'end' | 'write' | 'look' | 'send' | 'receive' | 'fork' | 'wait';
  readonly path?: string;
  readonly child?: number;
}

/** A recording of one possible order, chosen by `choose`, and whether two calls of it (by their milliseconds) can change places. */
export function bothOrders(
  program: Program,
  choose: () => number,
): { readonly trace: Trace; readonly canSwap: (a: number, b: number) => boolean } {
  const deeds = deedsOf(program);
  const order = oneOrder(deeds, choose);
  const numberAt = new Map<number, number>();
  const trace = record(program, deeds, order, numberAt);
  const seen = allPairs(deeds);
  const numberOf = (atMs: number): number => numberAt.get(Math.round(atMs * 1000)) ?? -1;
  return { trace, canSwap: (a, b) => seen.has(`${numberOf(a)} ${numberOf(b)}`) && seen.has(`${numberOf(b)} ${numberOf(a)}`) };
}

function deedsOf(program: Program): readonly Deed[] {
  const deeds: Deed[] = [];
  const ends: number[] = [];
  let processes = program.length;
  const add = (deed: Deed): number => deeds.push(deed) - 1;
  const earliest = Math.min(...program.map(({ tier }) => tier));
  const isLater = (index: number): boolean => (program[index]?.tier ?? 0) > earliest;
  // Those of the first tier first: what is later needs their ends.
  for (const index of program.map((_, at) => at).sort((a, b) => Number(isLater(a)) - Number(isLater(b)))) {
    let last = add({ process: index, needs: isLater(index) ? [...ends] : [], does: 'start' });
    for (const step of program[index]?.steps ?? []) {
      if (step.kind !== 'child') {
        last = add({ process: index, needs: [last], does: step.kind, ...('path' in step && { path: step.path }) });
        continue;
      }
      const child = processes;
      processes += 1;
      last = add({ process: index, needs: [last], does: 'fork', child });
      const wrote = add({ process: child, needs: [last], does: 'write', path: step.path });
      const ended = add({ process: child, needs: [wrote], does: 'end' });
      if (step.isAwaited) last = add({ process: index, needs: [last, ended], does: 'wait', child });
    }
    ends.push(add({ process: index, needs: [last], does: 'end' }));
  }
  return deeds;
}

interface State {
  readonly done: ReadonlySet<number>;
  readonly inPipe: number;
}

const START: State = { done: new Set(), inPipe: 0 };

function possible(deeds: readonly Deed[], { done, inPipe }: State): readonly number[] {
  return deeds.flatMap((deed, number) =>
    !done.has(number) && deed.needs.every((need) => done.has(need)) && (deed.does !== 'receive' || inPipe > 0) ? [number] : [],
  );
}

function after(deeds: readonly Deed[], { done, inPipe }: State, number: number): State {
  const does = deeds[number]?.does;
  return { done: new Set([...done, number]), inPipe: inPipe + (does === 'send' ? 1 : does === 'receive' ? -1 : 0) };
}

/** Ends early where everybody waits for a byte that never comes. */
function oneOrder(deeds: readonly Deed[], choose: () => number): readonly number[] {
  const order: number[] = [];
  let state = START;
  for (;;) {
    const ways = possible(deeds, state);
    const number = ways[choose() % Math.max(1, ways.length)];
    if (number === undefined) return order;
    order.push(number);
    state = after(deeds, state, number);
  }
}

/** `a b` for all deeds that some order has in this order, by trying every order once from every state. */
function allPairs(deeds: readonly Deed[]): ReadonlySet<string> {
  const pairs = new Set<string>();
  const visited = new Set<string>();
  const visit = (state: State): void => {
    const key = [...state.done].sort((a, b) => a - b).join();
    if (visited.has(key)) return;
    visited.add(key);
    for (const number of possible(deeds, state)) {
      for (const earlier of state.done) pairs.add(`${earlier} ${number}`);
      visit(after(deeds, state, number));
    }
  };
  visit(START);
  return pairs;
}

function record(program: Program, deeds: readonly Deed[], order: readonly number[], numberAt: Map<number, number>): Trace {
  return boot((begin, clock) => {
    const actors = new Map<number, Actor>();
    for (const number of order) {
      const deed = deeds[number] as Deed;
      const { process, does, path = '', child = -1 } = deed;
      const actor = actors.get(process);
      if (does === 'start') actors.set(process, begin(`t${program[process]?.tier}`, process === 0 ? 'a' : 'b'));
      else if (does === 'end') actor?.exit();
      else if (does === 'fork' && actor !== undefined) actors.set(child, actor.fork());
      else if (does === 'wait') actor?.wait(actors.get(child) as Actor);
      else if (does === 'write') actor?.call('open', { path, flags: 0o1101, result: 9 });
      else if (does === 'look') actor?.look(path);
      else actor?.call(does === 'send' ? 'pipe-write' : 'pipe-read', { inode: '0:1:7', result: 1 });
      numberAt.set(clock.now(), number);
    }
  });
}
