/** What a machine said on its serial console: lines with times, lifeboot's events among them, and waits that have deadlines. */

/** One line of the agent: `lifeboot 12.34 phase check-root: done (e2fsck corrected errors)`. */
export interface ConsoleEvent {
  readonly subject: string;
  readonly name: string;
  readonly what: string;
  readonly detail: string;
  /** The guest's clock: milliseconds since kernel start. */
  readonly uptimeMs: number;
  /** The host's clock: milliseconds since QEMU started. */
  readonly atMs: number;
}

export interface ConsoleLine {
  readonly text: string;
  readonly atMs: number;
}

export type EventPattern = Partial<Pick<ConsoleEvent, 'subject' | 'name' | 'what'>>;

export interface WaitOptions {
  readonly deadlineMs: number;
  /** Only lines or events from this index on count; default: all of them. */
  readonly since?: number;
}

const LAST_LINES = 25;

/** Text of an event for messages: `phase check-root: done`. */
export const describeEvent = (event: EventPattern): string => `${event.subject ?? '*'} ${event.name ?? '*'}: ${event.what ?? '*'}`;

/** Reads an event out of a console line, wherever in it it stands; undefined when there is none. */
export function parseEvent(line: ConsoleLine): ConsoleEvent | undefined {
  const match = /lifeboot (\d+\.\d+) ([a-z-]+) (\S+): ([a-z-]+)(?: \((.*)\))?/.exec(line.text);
  if (!match) return undefined;
  const [, seconds = '0', subject = '', name = '', what = '', detail = ''] = match;
  return { subject, name, what, detail, uptimeMs: Number(seconds) * 1000, atMs: line.atMs };
}

interface Waiter {
  readonly look: () => boolean;
  readonly fail: (why: string) => void;
}

export class ConsoleLog {
  readonly lines: ConsoleLine[] = [];
  readonly events: ConsoleEvent[] = [];
  readonly #waiters = new Set<Waiter>();
  readonly #onLine: (line: ConsoleLine, event: ConsoleEvent | undefined) => void;
  #rest = '';
  #interrupted = '';
  #closed: string | undefined;

  /** `onLine` is told of each complete line. */
  constructor(onLine: (line: ConsoleLine, event: ConsoleEvent | undefined) => void = () => {}) {
    this.#onLine = onLine;
  }

  /** Takes the next bytes of the console. */
  push(chunk: string, atMs: number): void {
    const parts = (this.#rest + chunk).split('\n');
    this.#rest = parts.pop() ?? '';
    for (const part of parts) this.#addLine(part.replaceAll('\r', ''), atMs);
    if (parts.length > 0) for (const waiter of [...this.#waiters]) waiter.look();
  }

  /** Why no more will come, once that is so. */
  get closed(): string | undefined {
    return this.#closed;
  }

  /** No more will come: every wait fails with this reason. */
  close(why: string): void {
    this.#closed = why;
    for (const waiter of [...this.#waiters]) waiter.fail(why);
  }

  /** The first line that matches, at once when it was said already. Rejects after the deadline or when the machine ends. */
  async expect(pattern: RegExp | ((text: string) => boolean), options: WaitOptions): Promise<ConsoleLine> {
    const matches = typeof pattern === 'function' ? pattern : (text: string) => pattern.test(text);
    const what = typeof pattern === 'function' ? 'the line looked for' : `a line matching ${pattern}`;
    return this.#wait(() => this.lines.slice(options.since ?? 0).find((line) => matches(line.text)), what, options.deadlineMs);
  }

  /** The first event that matches, at once when it was told already. */
  async waitEvent(pattern: EventPattern, options: WaitOptions): Promise<ConsoleEvent> {
    const matches = (event: ConsoleEvent) =>
      (['subject', 'name', 'what'] as const).every((key) => pattern[key] === undefined || pattern[key] === event[key]);
    return this.#wait(() => this.events.slice(options.since ?? 0).find(matches), `event ${describeEvent(pattern)}`, options.deadlineMs);
  }

  /** All events so far that match. */
  eventsLike(pattern: EventPattern): readonly ConsoleEvent[] {
    return this.events.filter((event) =>
      (['subject', 'name', 'what'] as const).every((key) => pattern[key] === undefined || pattern[key] === event[key]),
    );
  }

  /** For messages about what went wrong. */
  lastLines(): string {
    return this.lines
      .slice(-LAST_LINES)
      .map((line) => `  [${(line.atMs / 1000).toFixed(1)}] ${line.text}`)
      .join('\n');
  }

  /** The kernel's messages may cut a line in two: "life[   1.234567] vda: vda1\nboot 1.2 phase …". Both halves are put together again. */
  #addLine(raw: string, atMs: number): void {
    const cut = /^(.+?)(\[ *\d+\.\d{6}\] .*)$/.exec(raw);
    if (cut?.[1] !== undefined && cut[2] !== undefined && /^[^[]*$/.test(cut[1])) {
      this.#interrupted += cut[1];
      this.#keep({ text: cut[2], atMs });
      return;
    }
    const isKernels = /^\[ *\d+\.\d{6}\] /.test(raw);
    const text = isKernels ? raw : this.#interrupted + raw;
    if (!isKernels) this.#interrupted = '';
    this.#keep({ text, atMs });
  }

  #keep(line: ConsoleLine): void {
    this.lines.push(line);
    const event = parseEvent(line);
    if (event) this.events.push(event);
    this.#onLine(line, event);
  }

  #wait<T>(find: () => T | undefined, what: string, deadlineMs: number): Promise<T> {
    const found = find();
    if (found !== undefined) return Promise.resolve(found);
    return new Promise<T>((resolve, reject) => {
      const fail = (why: string) => {
        finish();
        reject(new Error(`waited for ${what}, but ${why}. Last console lines:\n${this.lastLines()}`));
      };
      const finish = () => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
      };
      const look = () => {
        const value = find();
        if (value === undefined) return false;
        finish();
        resolve(value);
        return true;
      };
      const waiter: Waiter = { look, fail };
      const timer = setTimeout(() => fail(`it did not come within ${deadlineMs / 1000} s`), deadlineMs);
      this.#waiters.add(waiter);
      if (this.#closed !== undefined) fail(this.#closed);
    });
  }
}
