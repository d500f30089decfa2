/** The whole boundary to the operating system. Nothing outside `src/sys` touches it any other way. */

/** How one program ended. `code` is null when a signal ended it. */
export interface Ran {
  readonly argv: readonly string[];
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
  /** True when the deadline ended it. */
  readonly timedOut: boolean;
}

export interface RunOptions {
  /** After this the program gets TERM, five seconds later KILL. Every run has a deadline. */
  readonly timeoutMs: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
  readonly signal?: AbortSignal;
  /** Called with each complete line of standard output and standard error as it appears. */
  readonly onLine?: (line: string) => void;
}

/** What `/proc` tells about one process. Kernel threads have an empty `argv`. */
export interface ProcessFacts {
  readonly pid: number;
  readonly ppid: number;
  readonly comm: string;
  readonly argv: readonly string[];
  /** Clock ticks after kernel start: with `pid` it names one process for ever. */
  readonly startTicks: number;
  readonly kernelThread: boolean;
}

/** A process that keeps a mount busy, and through what: `cwd`, `root`, `exe`, a mapped or an open file. */
export interface Holder {
  readonly pid: number;
  readonly comm: string;
  readonly via: string;
}

export type FileKind = 'file' | 'directory' | 'symlink' | 'device' | 'fifo' | 'socket';

export interface FileFacts {
  readonly kind: FileKind;
  /** Permission bits, e.g. 0o755. */
  readonly mode: number;
  readonly uid: number;
  readonly size: number;
  readonly mtimeMs: number;
  /** Target of a symbolic link. */
  readonly target?: string;
}

/** The other end of a socket. */
export type Endpoint =
  | { readonly transport: 'tcp' | 'udp'; readonly host: string; readonly port: number }
  | { readonly transport: 'unix'; readonly path: string };

/** Whether somebody is there, and what it says. Text is bytes as latin1. */
export interface Reach {
  readonly to: Endpoint;
  readonly send?: string;
  /** Told all that was said so far: reading ends when it is true. Absent: to be there is enough. */
  readonly enough?: (answer: string) => boolean;
  readonly timeoutMs: number;
}

/** `answer` is what was said until it was enough, or until the other end had no more to say. */
export type Reached = { readonly ok: true; readonly answer: string } | { readonly ok: false; readonly why: string };

/** A request on a control socket and its answer: one JSON object each. */
export type Message = Readonly<Record<string, unknown>>;
/** Answers one request; `emit` sends interim lines before the answer. Throwing answers `{ error }`. */
export type Answer = (request: Message) => Promise<Message>;

export interface Sys {
  /** Runs a program to its end. Never throws for a bad exit: only SysError ENOENT/EACCES when it cannot start. */
  run(argv: readonly string[], options: RunOptions): Promise<Ran>;
  /** Starts a program in a session of its own that outlives this process; its output goes nowhere. Returns its pid. */
  launch(argv: readonly string[], options: { readonly env: Readonly<Record<string, string>>; readonly cwd: string }): Promise<number>;
  /** kill(2); a negative pid means the process group. False when no such process was there. */
  kill(pid: number, signal: NodeJS.Signals): boolean;
  /** Those that live, zombies not among them; of these pids only, where they are given: a look at a few costs less than one at all. */
  processes(pids?: readonly number[]): Promise<readonly ProcessFacts[]>;
  /** Processes whose root, cwd, executable, mapped or open files lie on the mount at `mountPoint` or below it. */
  holders(mountPoint: string): Promise<readonly Holder[]>;

  /** The file's text, or undefined when it does not exist. Throws SysError for everything else. */
  readText(path: string): Promise<string | undefined>;
  /** The same for a file that is no text, or for what is behind its first `from` bytes. */
  readBytes(path: string, from?: number): Promise<Buffer | undefined>;
  /** Sorted names, or undefined when there is no such directory. */
  listDir(path: string): Promise<readonly string[] | undefined>;
  /** lstat(2), or undefined when nothing is there. */
  facts(path: string): Promise<FileFacts | undefined>;
  /** Writes all or nothing: temporary file, fsync, rename. Default mode 0600. */
  writeAtomic(path: string, text: string, mode?: number): Promise<void>;
  /** Appends one line in one write(2), so lines of several processes never mix. Creates the file 0600. */
  appendLine(path: string, line: string): Promise<void>;
  /** Writes bytes in place, from this offset or behind the last byte, in one write(2). Never creates the file: SysError ENOENT. */
  patchBytes(path: string, bytes: Uint8Array, at: number | 'end'): Promise<void>;
  makeDir(path: string, mode?: number): Promise<void>;
  /** Removes a file or an empty directory; nothing there is no error. */
  remove(path: string): Promise<void>;
  /** Resolves when something in the directory changed, or after `timeoutMs`, or when aborted. */
  waitForChange(directory: string, timeoutMs: number, signal?: AbortSignal): Promise<void>;

  /** Asks a service, as a client would. Never throws: a refusal and a silence are values. */
  reach(question: Reach): Promise<Reached>;
  /** Serves requests on a unix socket (mode 0600) until disposed. */
  serve(path: string, answer: Answer): Promise<AsyncDisposable>;
  /** Asks a control socket. Throws SysError (ENOENT, ECONNREFUSED, ETIMEDOUT) when nobody answers in time. */
  request(path: string, message: Message, timeoutMs: number): Promise<Message>;

  /** Milliseconds since kernel start: the same clock in every process of one boot. */
  uptimeMs(): number;
  wallClock(): Date;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** One line on the system console. Never blocks: a stalled serial line loses lines, not the boot. */
  console(line: string): void;
}

/** A surprise from the operating system: `code` is the errno name, `subject` what was touched. */
export class SysError extends Error {
  readonly code: string;
  readonly subject: string;
  constructor(code: string, subject: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SysError';
    this.code = code;
    this.subject = subject;
  }
}

/** Wraps whatever Node threw into a SysError that names what was touched. */
export function asSysError(error: unknown, subject: string): SysError {
  if (error instanceof SysError) return error;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'EUNKNOWN';
  const message = error instanceof Error ? error.message : String(error);
  return new SysError(code, subject, message.includes(subject) ? message : `${subject}: ${message}`, { cause: error });
}
