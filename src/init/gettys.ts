/** Keeps the image's gettys running (Debian's console logins) while the machine is up, across crashes of the agent. */
import { emit } from '../sys/events.ts';
import { paths, SCRIPT_PATH, TOOLBOX } from '../sys/paths.ts';
import type { Sys } from '../sys/sys.ts';
import { accountEnd, accountStart } from './accounting/account.ts';
import { type GettyRecord, gettyDevice, newGetty, planGetty } from './getty-plan.ts';
import { type InittabEntry, planInittabProcess } from './inittab.ts';

/** One record for each getty, so that a new agent adopts what runs instead of starting doubles. */
export const GETTYS_FILE = `${TOOLBOX}/gettys.json`;
const POLL_MS = 1000;
const STOP_MS = 3000;
// The agent is spared by the OOM killer; what people do on a console is not.
const ENTER = 'echo 0 >/proc/self/oom_score_adj; exec "$@"';

/** Other places, for keepers of other terminals and for tests on a machine without a toolbox. */
export interface GettyPlaces {
  readonly file?: string;
  readonly busybox?: string;
  /** Whether utmp and wtmp tell of these processes, as init(8) has it. */
  readonly isAccounted?: boolean;
}

export interface GettyKeeper extends AsyncDisposable {
  /** `telinit q`: new entries are started, those that are gone are ended; a changed process counts from its next start on. Resolves when those are gone. */
  reload(entries: readonly InittabEntry[]): Promise<void>;
  /** Ends the gettys (TERM, after three seconds KILL) and starts no more. Disposal leaves them running for the next agent. */
  stop(): Promise<void>;
}

/** Starts what does not run, and starts again what ends, until stopped or disposed. Never throws: what fails is said. */
export async function keepGettys(
  sys: Sys,
  entries: readonly InittabEntry[],
  runlevel: string,
  { file = GETTYS_FILE, busybox = paths.busybox, isAccounted = false }: GettyPlaces = {},
): Promise<GettyKeeper> {
  const keeper = new Keeper(sys, entries, { runlevel, file, busybox, isAccounted });
  await keeper.adopt();
  keeper.run();
  return keeper;
}

class Keeper implements GettyKeeper {
  readonly #sys: Sys;
  readonly #options: Required<GettyPlaces> & { readonly runlevel: string };
  readonly #stopping = new AbortController();
  #entries: readonly InittabEntry[];
  #records = new Map<string, GettyRecord>();
  #loop = Promise.resolve();
  #lastFault = '';

  constructor(sys: Sys, entries: readonly InittabEntry[], options: Required<GettyPlaces> & { readonly runlevel: string }) {
    this.#sys = sys;
    this.#entries = entries;
    this.#options = options;
  }

  /** Takes over what an earlier agent left: by its record, or by its argv when that agent died before writing one. */
  async adopt(): Promise<void> {
    await this.#guarded(async () => {
      for (const record of parseRecords(await this.#sys.readText(this.#options.file))) this.#records.set(record.id, record);
      const found = [...(await this.#sys.processes())];
      for (const { id, process } of this.#entries) {
        const record = this.#records.get(id) ?? newGetty(id);
        const argv = planInittabProcess(process).join('\0');
        const at = (await this.#alive(record)) ? -1 : found.findIndex((facts) => facts.argv.join('\0') === argv);
        const [orphan] = at < 0 ? [] : found.splice(at, 1);
        this.#records.set(id, orphan === undefined ? record : { ...record, pid: orphan.pid, startTicks: orphan.startTicks });
      }
      // At once: as soon as somebody logs in, the argv tells nothing any more.
      await this.#save();
    });
  }

  run(): void {
    this.#loop = this.#keep();
  }

  async reload(entries: readonly InittabEntry[]): Promise<void> {
    this.#entries = entries;
    await this.#guarded(() => this.#endRemoved());
  }

  async stop(): Promise<void> {
    await this[Symbol.asyncDispose]();
    await this.#end([...this.#records.values()]);
    await this.#guarded(() => this.#sys.remove(this.#options.file));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #keep(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#guarded(() => this.#endRemoved());
      for (const entry of this.#entries) if (!signal.aborted) await this.#guarded(() => this.#look(entry));
      // An aborted sleep is the end of the loop, whether it resolves or rejects.
      await this.#sys.sleep(POLL_MS, signal).catch(() => undefined);
    }
  }

  async #look({ id, process }: InittabEntry): Promise<void> {
    const record = this.#records.get(id) ?? newGetty(id);
    const argv = planInittabProcess(process);
    const alive = await this.#alive(record);
    if (!alive) await this.#accountEnd(record);
    const device = alive ? undefined : gettyDevice(argv);
    const missing = device !== undefined && (await this.#sys.facts(device)) === undefined;
    const step = planGetty(record, missing ? { alive, missingDevice: device } : { alive }, this.#sys.uptimeMs());
    if (step.record === record) return;
    const isAccounted = !process.startsWith('+');
    this.#records.set(id, step.start ? await this.#start(step.record, argv, isAccounted) : step.record);
    await this.#save();
    if (step.say !== undefined) await emit(this.#sys, { subject: 'boot', name: `getty-${id}`, ...step.say });
  }

  async #start(record: GettyRecord, argv: readonly string[], isAccounted: boolean): Promise<GettyRecord> {
    const env = { PATH: SCRIPT_PATH, TERM: 'linux', CONSOLE: '/dev/console', RUNLEVEL: this.#options.runlevel, PREVLEVEL: 'N' };
    const pid = await this.#sys.launch([this.#options.busybox, 'sh', '-c', ENTER, 'getty', ...argv], { env, cwd: '/' });
    if (this.#options.isAccounted && isAccounted) await accountStart(this.#sys, record.id, pid);
    const startTicks = parseStartTicks(await this.#sys.readText(`/proc/${pid}/stat`));
    return startTicks === undefined ? record : { ...record, pid, startTicks };
  }

  async #alive({ pid, startTicks }: GettyRecord): Promise<boolean> {
    if (pid === undefined || startTicks === undefined) return false;
    return parseStartTicks(await this.#sys.readText(`/proc/${pid}/stat`)) === startTicks;
  }

  async #endRemoved(): Promise<void> {
    const wanted = new Set(this.#entries.map(({ id }) => id));
    const removed = [...this.#records.values()].filter(({ id }) => !wanted.has(id));
    if (removed.length === 0) return;
    for (const { id } of removed) this.#records.delete(id);
    await this.#save();
    await this.#end(removed);
  }

  /** Getty or login lead a session and a process group of their own: the group goes, as with init(8). */
  async #end(records: readonly GettyRecord[]): Promise<void> {
    const deadlineMs = this.#sys.uptimeMs() + STOP_MS;
    let signal: NodeJS.Signals | undefined = 'SIGTERM';
    for (let left = records; left.length > 0; ) {
      const alive: GettyRecord[] = [];
      for (const record of left) if (await this.#alive(record)) alive.push(record);
      left = alive;
      const late = this.#sys.uptimeMs() >= deadlineMs;
      if (late) signal = 'SIGKILL';
      if (signal !== undefined) for (const { pid } of left) if (pid !== undefined) this.#sys.kill(-pid, signal);
      if (late) break;
      signal = undefined;
      if (left.length > 0) await this.#sys.sleep(50);
    }
    for (const record of records) await this.#accountEnd(record);
  }

  async #accountEnd({ id, pid }: GettyRecord): Promise<void> {
    if (this.#options.isAccounted && pid !== undefined) await accountEnd(this.#sys, id, pid);
  }

  #save(): Promise<void> {
    return this.#sys.writeAtomic(this.#options.file, `${JSON.stringify([...this.#records.values()])}\n`);
  }

  /** A fault here costs a console login, never the agent. The same fault is said once. */
  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error);
      if (fault !== this.#lastFault) this.#sys.console(`lifeboot: gettys: ${fault}`);
      this.#lastFault = fault;
    }
  }
}

/** Field 22 of proc_pid_stat(5), or undefined for a process that is gone or a zombie. */
export function parseStartTicks(stat: string | undefined): number | undefined {
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  const ticks = Number(fields[19]);
  return Number.isSafeInteger(ticks) && ticks >= 0 ? ticks : undefined;
}

/** A file that cannot be read as records counts as none: then the argv of what runs decides. */
function parseRecords(text: string | undefined): readonly GettyRecord[] {
  try {
    const records: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(records) ? records.filter((record): record is GettyRecord => typeof record?.id === 'string') : [];
  } catch {
    return [];
  }
}
