/** The operating system as a test scripts it. What was not scripted throws, and is kept in `unscripted`. */
import { formatEndpoint } from '../../src/sys/endpoint.ts';
import { paths } from '../../src/sys/paths.ts';
import {
  type Answer,
  type FileFacts,
  type Holder,
  type Message,
  type ProcessFacts,
  type Ran,
  type Reach,
  type Reached,
  type RunOptions,
  type Sys,
  SysError,
} from '../../src/sys/sys.ts';
import { FakeClock } from './fake-clock.ts';
import { DIRECTORY, type FakeFile, FakeFiles } from './fake-files.ts';
import { Script, type Turns } from './script.ts';

/** How a scripted program ends: by default with code 0, at once and without a word. */
export interface ScriptedRun {
  readonly code?: number | null;
  readonly signal?: string;
  readonly stdout?: string;
  readonly stderr?: string;
  /** Virtual time it takes; `Infinity` hangs until its deadline. */
  readonly takesMs?: number;
}

export interface Effect extends Turns {
  /** What the program changes in the world: called when it ends. */
  readonly effect?: (sys: FakeSys, options: RunOptions) => void;
}

export interface FakeLife {
  /** Signals that do not end it. */
  readonly ignores?: readonly NodeJS.Signals[];
  /** What its end changes in the world. */
  readonly onExit?: ((sys: FakeSys) => void) | undefined;
}

interface Living extends Required<FakeLife> {
  readonly facts: ProcessFacts;
}

type Reply = (message: Message) => Message | Promise<Message>;
type Entry = Partial<Pick<FakeFile, 'mode' | 'uid' | 'mtimeMs'>>;
const FATAL: readonly NodeJS.Signals[] = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGABRT'];

export class FakeSys implements Sys {
  /** Every call that changes the world: `run …`, `launch …`, `kill PID SIG`, `write PATH`, `append PATH`, `patch PATH`, `mkdir PATH`, `remove PATH`, `serve PATH`. */
  readonly journal: string[] = [];
  /** What the console showed. */
  readonly lines: string[] = [];
  /** Calls nobody scripted: for tests whose subject swallows errors. */
  readonly unscripted: string[] = [];
  readonly clock = new FakeClock(1000);
  /** Wall clock at uptime 0. */
  bootTime = new Date('2026-01-01T00:00:00Z');

  readonly #files = new FakeFiles();
  /** Paths whose text stands for bytes. */
  readonly #binary = new Set<string>();
  readonly #runs = new Script<{ readonly run: ScriptedRun; readonly effect: Effect['effect'] }>();
  readonly #launches = new Script<{ readonly pid: number; readonly effect: Effect['effect'] }>();
  readonly #services = new Script<{ readonly reached: Reached; readonly takesMs: number }>();
  readonly #failures = new Script<string>();
  readonly #processes = new Map<number, Living>();
  readonly #holders: { readonly mountPoint: string; readonly holder: Holder }[] = [];
  readonly #sockets = new Map<string, Reply>();
  #nextPid = 1000;

  constructor() {
    for (const path of ['/run/lifeboot', '/tmp', '/etc', '/proc']) this.dir(path);
  }

  // Scripting: each returns this, so a test reads as one sentence.

  file(path: string, text: string, entry: Entry = {}): this {
    this.#files.put(path, { kind: 'file', text, mode: 0o644, uid: 0, mtimeMs: this.wallClock().getTime(), ...entry });
    return this;
  }
  /** A file that is no text. */
  binary(path: string, bytes: Uint8Array, entry: Entry = {}): this {
    this.#binary.add(path);
    return this.file(path, Buffer.from(bytes).toString('latin1'), entry);
  }
  dir(path: string, entry: Entry = {}): this {
    this.#files.put(path, { ...DIRECTORY, ...entry });
    return this;
  }
  link(path: string, target: string): this {
    this.#files.put(path, { kind: 'symlink', text: target, mode: 0o777, uid: 0, mtimeMs: 0, target });
    return this;
  }
  /** A device, fifo or socket: there, and without text. */
  special(path: string, kind: 'device' | 'fifo' | 'socket' = 'device', entry: Entry = {}): this {
    this.#files.put(path, { kind, text: '', mode: 0o600, uid: 0, mtimeMs: 0, ...entry });
    return this;
  }
  /** How `run` of exactly this argv, joined by blanks, ends. Several answers to one command are given in turn. */
  answer(command: string, run: ScriptedRun = {}, { times, effect }: Effect = {}): this {
    this.#runs.add(command, { run, effect }, times === undefined ? {} : { times });
    return this;
  }
  /** Lets `launch` of exactly this argv succeed, with the next free pid unless given. The process appears in `processes`. */
  launchable(command: string, { pid = this.#nextPid++, times, effect }: Effect & { readonly pid?: number } = {}): this {
    this.#launches.add(command, { pid, effect }, times === undefined ? {} : { times });
    return this;
  }
  /** Makes a call fail with this errno name. The call is named as in the journal, or `read PATH`, `list PATH`, `facts PATH`, `holders PATH`, `request PATH`. */
  fail(call: string, code: string, turns: Turns = { times: 1 }): this {
    this.#failures.add(call, code, turns);
    return this;
  }
  process(facts: Partial<ProcessFacts> & { readonly pid: number }, { ignores = [], onExit }: FakeLife = {}): this {
    const defaults = { ppid: 1, comm: `p${facts.pid}`, argv: [`p${facts.pid}`], startTicks: facts.pid, kernelThread: false };
    this.#processes.set(facts.pid, { facts: { ...defaults, ...facts }, ignores, onExit });
    return this;
  }
  holder(mountPoint: string, holder: Holder): this {
    this.#holders.push({ mountPoint, holder });
    return this;
  }
  /** What `reach` of `127.0.0.1:80`, `udp 127.0.0.1:53` or `/run/x.sock` meets. */
  reachable(target: string, reached: Reached, { times, takesMs = 0 }: Turns & { readonly takesMs?: number } = {}): this {
    this.#services.add(target, { reached, takesMs }, times === undefined ? {} : { times });
    return this;
  }
  /** What a control socket of another process answers. */
  reply(path: string, reply: Reply): this {
    this.#sockets.set(path, reply);
    return this;
  }
  /** The process is gone, and with it whatever it held. */
  exit(pid: number): this {
    const living = this.#processes.get(pid);
    this.#processes.delete(pid);
    for (let i = this.#holders.length - 1; i >= 0; i -= 1) if (this.#holders[i]?.holder.pid === pid) this.#holders.splice(i, 1);
    living?.onExit?.(this);
    return this;
  }
  /** Moves time on by hand. With `clock.auto = false` nothing else moves it. */
  advance(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }
  /** The commands that were run, without the word `run`. */
  get ran(): readonly string[] {
    return this.journal.filter((line) => line.startsWith('run ')).map((line) => line.slice(4));
  }
  /** `subject name what` of every event so far, quiet ones too. */
  get events(): readonly string[] {
    const lines = (this.#files.text(paths.events) ?? '').split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line)).map(({ subject, name, what }) => `${subject} ${name} ${what}`);
  }

  // Sys

  async run(argv: readonly string[], options: RunOptions): Promise<Ran> {
    const command = argv.join(' ');
    this.#do(`run ${command}`);
    const scripted = this.#runs.next(command) ?? this.#unscripted(`run ${command}`, this.#runs.keys());
    const { code = 0, stdout = '', stderr = '', takesMs = 0, signal } = scripted.run;
    if (options.onLine !== undefined) for (const line of [...linesOf(stdout), ...linesOf(stderr)]) options.onLine(line);
    const deadlineMs = Math.min(takesMs, options.timeoutMs);
    const inTime = takesMs === 0 ? !options.signal?.aborted : await this.clock.sleep(deadlineMs, options.signal);
    const timedOut = inTime && takesMs > options.timeoutMs;
    if (inTime && !timedOut) scripted.effect?.(this, options);
    const ended =
      inTime && !timedOut ? { code: signal === undefined ? code : null, signal: signal ?? null } : { code: null, signal: 'SIGTERM' };
    return { argv, ...ended, stdout, stderr, durationMs: deadlineMs, timedOut };
  }
  async launch(
    argv: readonly string[],
    options: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
  ): Promise<number> {
    const command = argv.join(' ');
    this.#do(`launch ${command}`);
    const { pid, effect } = this.#launches.next(command) ?? this.#unscripted(`launch ${command}`, this.#launches.keys());
    this.process({ pid, argv, comm: (argv[0] ?? '').split('/').at(-1)?.slice(0, 15) ?? '' });
    effect?.(this, { ...options, timeoutMs: Number.POSITIVE_INFINITY });
    return pid;
  }
  kill(pid: number, signal: NodeJS.Signals): boolean {
    this.#do(`kill ${pid} ${signal}`);
    const targets = this.#targets(pid);
    for (const target of targets) if (FATAL.includes(signal) && !target.ignores.includes(signal)) this.exit(target.facts.pid);
    return targets.length > 0;
  }
  async processes(pids?: readonly number[]): Promise<readonly ProcessFacts[]> {
    const all = [...this.#processes.values()].map(({ facts }) => facts).sort((a, b) => a.pid - b.pid);
    return pids === undefined ? all : all.filter(({ pid }) => pids.includes(pid));
  }
  async holders(mountPoint: string): Promise<readonly Holder[]> {
    this.#check(`holders ${mountPoint}`);
    return this.#holders.filter((entry) => entry.mountPoint === mountPoint).map((entry) => entry.holder);
  }
  async readText(path: string): Promise<string | undefined> {
    this.#check(`read ${path}`);
    return this.#files.text(path);
  }
  async readBytes(path: string, from = 0): Promise<Buffer | undefined> {
    this.#check(`read ${path}`);
    const text = this.#files.text(path);
    return text === undefined ? undefined : Buffer.from(text, this.#binary.has(path) ? 'latin1' : 'utf8').subarray(from);
  }
  async listDir(path: string): Promise<readonly string[] | undefined> {
    this.#check(`list ${path}`);
    return this.#files.list(path);
  }
  async facts(path: string): Promise<FileFacts | undefined> {
    this.#check(`facts ${path}`);
    const facts = this.#files.facts(path);
    return facts !== undefined && this.#binary.has(path) ? { ...facts, size: this.#files.text(path)?.length ?? 0 } : facts;
  }
  async writeAtomic(path: string, text: string, mode = 0o600): Promise<void> {
    this.#do(`write ${path}`);
    this.#files.write(path, { kind: 'file', text, mode, uid: 0, mtimeMs: this.wallClock().getTime() });
  }
  async appendLine(path: string, line: string): Promise<void> {
    this.#do(`append ${path}`);
    const old = this.#files.at(path);
    const text = `${old?.text ?? ''}${line}\n`;
    this.#files.write(path, { kind: 'file', mode: 0o600, uid: 0, ...old, text, mtimeMs: this.wallClock().getTime() });
  }
  async patchBytes(path: string, bytes: Uint8Array, at: number | 'end'): Promise<void> {
    this.#do(`patch ${path}`);
    const old = this.#files.at(path);
    if (old === undefined) throw new SysError('ENOENT', path, `${path}: no such file`);
    const before = Buffer.from(old.text, this.#binary.has(path) ? 'latin1' : 'utf8');
    const from = at === 'end' ? before.length : at;
    const after = Buffer.alloc(Math.max(before.length, from + bytes.length));
    before.copy(after);
    after.set(bytes, from);
    this.#binary.add(path);
    this.#files.write(path, { ...old, text: after.toString('latin1'), mtimeMs: this.wallClock().getTime() });
  }
  async makeDir(path: string, mode = 0o755): Promise<void> {
    this.#do(`mkdir ${path}`);
    this.#files.makeDir(path, { ...DIRECTORY, mode });
  }
  async remove(path: string): Promise<void> {
    this.#do(`remove ${path}`);
    this.#files.remove(path);
  }
  async waitForChange(directory: string, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const changed = new AbortController();
    const stop = this.#files.watch(directory, () => changed.abort());
    await this.clock.sleep(timeoutMs, signal === undefined ? changed.signal : AbortSignal.any([changed.signal, signal]));
    stop();
  }
  async reach({ to, send, timeoutMs }: Reach): Promise<Reached> {
    const target = formatEndpoint(to);
    if (send !== undefined) this.journal.push(`reach ${target} ${JSON.stringify(send)}`);
    const { reached, takesMs } = this.#services.next(target) ?? this.#unscripted(`reach ${target}`, this.#services.keys());
    if (takesMs > 0) await this.clock.sleep(Math.min(takesMs, timeoutMs));
    return takesMs > timeoutMs ? { ok: false, why: `no answer within ${timeoutMs} ms` } : reached;
  }
  async serve(path: string, answer: Answer): Promise<AsyncDisposable> {
    this.#do(`serve ${path}`);
    this.special(path, 'socket');
    this.#sockets.set(path, answer);
    return {
      [Symbol.asyncDispose]: async () => {
        this.#sockets.delete(path);
        this.#files.remove(path);
      },
    };
  }
  async request(path: string, message: Message, timeoutMs: number): Promise<Message> {
    this.#check(`request ${path}`);
    const reply = this.#sockets.get(path);
    if (reply === undefined) throw new SysError('ENOENT', path, `${path}: nobody serves it`);
    const late = new AbortController();
    const asked = (async () => reply(JSON.parse(JSON.stringify(message))))().catch((error: Error) => ({ error: error.message }));
    const timeout = this.clock.sleep(timeoutMs, late.signal).then(() => undefined);
    const answered = await Promise.race([asked, timeout]);
    late.abort();
    if (answered === undefined) throw new SysError('ETIMEDOUT', path, `${path}: no answer within ${timeoutMs} ms`);
    return JSON.parse(JSON.stringify(answered));
  }
  uptimeMs(): number {
    return this.clock.nowMs;
  }
  wallClock(): Date {
    return new Date(this.bootTime.getTime() + this.clock.nowMs);
  }
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await this.clock.sleep(ms, signal);
  }
  console(line: string): void {
    this.lines.push(line);
  }

  #do(call: string): void {
    this.journal.push(call);
    this.#check(call);
  }
  #check(call: string): void {
    const code = this.#failures.next(call);
    if (code !== undefined) throw new SysError(code, call, `${call}: scripted to fail with ${code}`);
  }
  #unscripted(call: string, known: readonly string[]): never {
    this.unscripted.push(call);
    throw new Error(`FakeSys: unscripted ${call}; scripted: ${known.join(' | ') || 'nothing'}`);
  }
  /** kill(2): a group is taken as its leader with all descendants. */
  #targets(pid: number): readonly Living[] {
    const all = [...this.#processes.values()].sort((a, b) => a.facts.startTicks - b.facts.startTicks);
    if (pid === -1) return all.filter(({ facts }) => facts.pid !== 1 && !facts.kernelThread);
    const members = new Set([Math.abs(pid)]);
    if (pid < 0) for (const { facts } of all) if (members.has(facts.ppid)) members.add(facts.pid);
    return all.filter(({ facts }) => members.has(facts.pid));
  }
}

const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));
