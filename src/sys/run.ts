/** Runs one program to its end. Whatever it does, this returns: by its exit, its deadline, or by giving it up. */
import type { Readable } from 'node:stream';
import { logRun } from './log.ts';
import { Lines, Tail } from './output.ts';
import { SCRIPT_PATH, TOOLBOX_PATH } from './paths.ts';
import { type Ran, type RunOptions, SysError } from './sys.ts';

/** From TERM to KILL. */
const KILL_AFTER_MS = 5000;
/** From KILL to giving up: a process in uninterruptible sleep does not even die of KILL. */
const GIVE_UP_AFTER_MS = 5000;
/** How long a daemon that the program left behind may keep our pipes open. */
const LINGER_MS = 300;
/** The longest that setTimeout takes. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1 - KILL_AFTER_MS - GIVE_UP_AFTER_MS;

type Execa = typeof import('execa').execa;

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
}

/**
 * Runs `argv` without a shell, in a process group of its own, with the toolbox's programs found first.
 * At the deadline, and on abort, the whole group gets TERM, then KILL. Throws SysError when it cannot start.
 */
export async function runProgram(argv: readonly string[], options: RunOptions): Promise<Ran> {
  const startMs = performance.now();
  // Loading execa takes as long as starting a program: those who never run one do not pay for it.
  const { execa } = await import('execa');
  const child = start(execa, argv, options);
  const stdout = collect(child.stdout, options.onLine);
  const stderr = collect(child.stderr, options.onLine);
  const ended = await endOf(child, argv, options);
  const ran = { argv, ...ended, stdout: stdout(), stderr: stderr(), durationMs: Math.round(performance.now() - startMs) };
  logRun(ran);
  return ran;
}

type Child = ReturnType<typeof start>;

function start(execa: Execa, argv: readonly string[], options: RunOptions) {
  const [program = '', ...args] = argv;
  return execa(program, args, {
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    cwd: options.cwd ?? '/',
    env: { PATH: `${TOOLBOX_PATH}:${SCRIPT_PATH}`, LC_ALL: 'C', ...options.env },
    extendEnv: false,
    reject: false,
    buffer: false,
    timeout: deadlineOf(options.timeoutMs),
    killDescendants: true,
    forceKillAfterDelay: KILL_AFTER_MS,
  });
}

/** Reads a stream as it comes; the function it returns gives what was kept of it. */
function collect(stream: Readable | null, onLine: RunOptions['onLine']): () => string {
  const tail = new Tail();
  const lines = onLine === undefined ? undefined : new Lines(onLine);
  stream?.setEncoding('utf8').on('data', (text: string) => {
    tail.add(text);
    lines?.add(text);
  });
  return () => {
    lines?.end();
    return tail.text();
  };
}

/** The end of the program, or of our patience. */
async function endOf(child: Child, argv: readonly string[], options: RunOptions): Promise<Ended> {
  const node = child.nodeChildProcess;
  const close = () => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  let linger: NodeJS.Timeout | undefined;
  node.once('exit', () => {
    // setImmediate: after a stall of ours, what already lies in the pipes is read before they are closed.
    linger = setTimeout(() => setImmediate(close), LINGER_MS);
  });
  const patience = giveUpAfter(options);
  try {
    const result = await Promise.race([child, patience.over]);
    if (result === 'given up') {
      close();
      node.unref();
      return { code: null, signal: 'SIGKILL', timedOut: !options.signal?.aborted };
    }
    if (node.pid === undefined) throw notStarted(result, argv[0] ?? '');
    return { code: node.exitCode, signal: node.signalCode, timedOut: result.timedOut };
  } finally {
    clearTimeout(linger);
    patience.clear();
  }
}

/** Resolves when TERM and KILL had their time and the program still has not gone. */
function giveUpAfter({ timeoutMs, signal }: RunOptions): { readonly over: Promise<'given up'>; readonly clear: () => void } {
  const { promise, resolve } = Promise.withResolvers<'given up'>();
  const last = KILL_AFTER_MS + GIVE_UP_AFTER_MS;
  const timers = [setTimeout(resolve, deadlineOf(timeoutMs) + last, 'given up')];
  const onAbort = () => timers.push(setTimeout(resolve, last, 'given up'));
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  const clear = () => {
    for (const timer of timers) clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
  return { over: promise, clear };
}

const deadlineOf = (timeoutMs: number) => Math.min(Math.max(1, Math.round(timeoutMs)), MAX_TIMEOUT_MS);

/** spawn(2) itself failed: execa's result is the error, and has its errno name. */
function notStarted(result: object, program: string): SysError {
  const code = 'code' in result && typeof result.code === 'string' ? result.code : 'EUNKNOWN';
  const message = 'originalMessage' in result ? String(result.originalMessage) : 'cannot be started';
  return new SysError(code, program, `${program}: ${message}`, { cause: result });
}
