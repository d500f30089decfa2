/** Scripted outcomes, by key: given in turn, and the last one stays unless `times` limits it. */
export interface Turns {
  /** How often this outcome is given; without it once, or for ever when it is the last one. */
  readonly times?: number;
}

interface Scripted<T> {
  readonly outcome: T;
  left: number | undefined;
}

export class Script<T> {
  readonly #outcomes = new Map<string, Scripted<T>[]>();

  add(key: string, outcome: T, turns: Turns = {}): void {
    const list = this.#outcomes.get(key) ?? [];
    this.#outcomes.set(key, list);
    list.push({ outcome, left: turns.times });
  }

  /** The next outcome of this key; undefined when none was scripted or all are used up. */
  next(key: string): T | undefined {
    const list = this.#outcomes.get(key) ?? [];
    const first = list[0];
    if (first === undefined) return undefined;
    if (first.left === undefined) {
      if (list.length > 1) list.shift();
      return first.outcome;
    }
    first.left -= 1;
    if (first.left <= 0) list.shift();
    return first.outcome;
  }

  /** For the message of an unscripted call. */
  keys(): readonly string[] {
    return [...this.#outcomes.keys()];
  }
}
