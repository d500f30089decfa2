/** Keeps an eye on the links: reads them again when the kernel shows a change, and wakes who waits for one. */
import type { Sys } from '../../sys/sys.ts';
import type { LinkFacts } from './network-facts.ts';

const LINKS = '/sys/class/net';
const ADDRESSES6 = '/proc/net/if_inet6';
/** sysfs gives no change events, so it is polled: often while somebody waits for the links to come up, else seldom. */
const EARLY_MS = 30_000;
const EARLY_POLL_MS = 250;
const WAITING_POLL_MS = 1_000;
const IDLE_POLL_MS = 5_000;

interface Source {
  readonly read: () => Promise<readonly LinkFacts[]>;
  /** Called after each reading. */
  readonly changed: () => void;
}

interface Waiter {
  readonly look: (links: readonly LinkFacts[]) => void;
}

/** The latest facts about the links, and a way to wait until they satisfy. */
export class NetworkWatch {
  readonly #sys: Sys;
  readonly #source: Source;
  readonly #signal: AbortSignal;
  readonly #waiters = new Set<Waiter>();
  #links: readonly LinkFacts[] = [];
  #turn: Promise<void> = Promise.resolve();
  /** Ends the long sleep between two looks when somebody begins to wait. */
  #wake = new AbortController();

  constructor(sys: Sys, source: Source, signal: AbortSignal) {
    this.#sys = sys;
    this.#source = source;
    this.#signal = signal;
  }

  get links(): readonly LinkFacts[] {
    return this.#links;
  }

  /** Reads the links now. One reading at a time, so that an older one never overwrites a newer. */
  refresh(): Promise<void> {
    const turn = this.#turn.then(async () => {
      this.#links = await this.#source.read();
      for (const waiter of [...this.#waiters]) waiter.look(this.#links);
      this.#source.changed();
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Follows the links until aborted. */
  async run(): Promise<void> {
    const startMs = this.#sys.uptimeMs();
    let seen: string | undefined;
    while (!this.#signal.aborted) {
      const now = await readOperstates(this.#sys);
      if (now !== seen) {
        seen = now;
        await this.refresh();
      }
      const awaitedMs = this.#sys.uptimeMs() - startMs < EARLY_MS ? EARLY_POLL_MS : WAITING_POLL_MS;
      this.#wake = new AbortController();
      await this.#sys.sleep(this.#waiters.size > 0 ? awaitedMs : IDLE_POLL_MS, AbortSignal.any([this.#signal, this.#wake.signal]));
    }
  }

  /** What `pick` finds in the links, now or after a change; undefined after `timeoutMs` (absent: no deadline) or when aborted. */
  async until<T>(pick: (links: readonly LinkFacts[]) => T | undefined, timeoutMs?: number): Promise<T | undefined> {
    const now = pick(this.#links);
    if (now !== undefined) return now;
    const done = new AbortController();
    const found = Promise.withResolvers<T | undefined>();
    const waiter: Waiter = {
      look: (links) => {
        const picked = pick(links);
        if (picked !== undefined) found.resolve(picked);
      },
    };
    this.#waiters.add(waiter);
    this.#wake.abort();
    const giveUp = () => found.resolve(undefined);
    const ends = AbortSignal.any([this.#signal, done.signal]);
    if (this.#signal.aborted) giveUp();
    this.#signal.addEventListener('abort', giveUp, { signal: done.signal });
    if (timeoutMs !== undefined) this.#sys.sleep(timeoutMs, ends).then(giveUp, giveUp);
    const result = await found.promise;
    this.#waiters.delete(waiter);
    done.abort();
    return result;
  }
}

/** `eth0=up lo=unknown`: cheap to read, and different whenever a link came, went, or got or lost its carrier. */
async function readOperstates(sys: Sys): Promise<string> {
  const names = (await sys.listDir(LINKS)) ?? [];
  const states = names.map(async (name) => `${name}=${((await sys.readText(`${LINKS}/${name}/operstate`).catch(() => '')) ?? '').trim()}`);
  return [...(await Promise.all(states)), ...(await readAddresses6(sys))].join(' ');
}

/** IPv6 addresses come by themselves, by router advertisement: each with its link, and whether it was found elsewhere (IFA_F_DADFAILED). */
async function readAddresses6(sys: Sys): Promise<readonly string[]> {
  const text = (await sys.readText(ADDRESSES6).catch(() => '')) ?? '';
  return text.split('\n').flatMap((line) => {
    // if_inet6: address, index, prefix length, scope, flags, name.
    const [address, , , , flags = '', name] = line.trim().split(/\s+/);
    return name === undefined ? [] : [`${name}=${address}${(Number.parseInt(flags, 16) & 0x08) === 0 ? '' : '!'}`];
  });
}
