/** What a script does to one object over the time of its run: what a single operation does not tell. */
import { CLEANS, FAILED } from './access-list.ts';
import type { Operation } from './operations.ts';
import type { Process } from './process-table.ts';

export interface Habit {
  /** It looked, found nothing, and made it. */
  checks: boolean;
  /** It looked, found it, and took it away: it may have looked for what another has put there since. */
  takes: boolean;
  /** It read, and wrote. */
  updates: boolean;
  /** What it read was told to others of its processes, or written by the one that read it. */
  learns: boolean;
  /** It looked or read at all. */
  looks: boolean;
  /** It made it, and took it away. */
  removes: boolean;
  /** It removes names of the directory, or tries to remove all. */
  cleans: boolean;
  /** It removed it, or made sure that it is not there, and made its own. */
  remakes: boolean;
  /** All it writes is nothing: it empties the file. */
  empties: boolean;
  /** It makes it in a way that does not mind if it is there. */
  ensures: boolean;
}

interface HabitualAccess {
  readonly operation: Operation;
  readonly flags: number;
  readonly value: string;
}

const MAKES: ReadonlySet<Operation> = new Set(['create', 'ensure', 'replace']);
export const NO_HABIT: Habit = {
  checks: false,
  takes: false,
  updates: false,
  learns: false,
  looks: false,
  removes: false,
  remakes: false,
  cleans: false,
  empties: false,
  ensures: false,
};

/** A habit while it is found out. */
export interface Progress {
  missed: boolean;
  found: boolean;
  hasRemoved: boolean;
  made: boolean;
  readonly readers: Set<Process>;
}

/** They look at what they are about to replace or make: that is no decision of the script. */
export const OWN_LOOK = /^(mv|cp|ln|install|touch|mkdir|tee|dd|sed|start-stop-daem)$/;

export function noteHabit(habit: Habit & Progress, { operation, flags, value }: HabitualAccess, actor: Process | undefined): void {
  const failed = (flags & FAILED) !== 0;
  if (operation === 'look' || operation === 'read') habit.looks = true;
  if ((operation === 'list' || operation === 'change') && (flags & CLEANS) !== 0) habit.cleans = true;
  if (operation === 'look' && (flags & CLEANS) === 0 && !OWN_LOOK.test(actor?.comm ?? '')) {
    if (failed) habit.missed = true;
    else if (!habit.made) habit.found = true;
  }
  if (operation === 'read' && actor !== undefined) {
    habit.readers.add(actor);
    if (actor.tells) habit.learns = true;
  }
  if (MAKES.has(operation)) {
    if (habit.hasRemoved) habit.remakes = true;
    if (habit.missed) habit.checks = true;
    if (operation === 'ensure' || habit.made) habit.ensures = true;
    habit.made = true;
  }
  if (operation === 'remove') habit.hasRemoved = true;
  if (operation === 'remove' && !failed) {
    if (habit.made) habit.removes = true;
    if (habit.found) habit.takes = true;
    habit.made = false;
    habit.found = false;
  }
  if ((operation !== 'write' || value === '') && operation !== 'append') {
    if (operation === 'write' && !habit.made) habit.empties = true;
    return;
  }
  habit.empties = false;
  habit.made = true;
  if (habit.readers.size === 0) return;
  habit.updates = true;
  if (actor !== undefined && habit.readers.has(actor)) habit.learns = true;
}

export const startHabit = (): Habit & Progress => ({
  ...NO_HABIT,
  missed: false,
  found: false,
  hasRemoved: false,
  made: false,
  readers: new Set(),
});
