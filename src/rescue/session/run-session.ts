/** Runs a session's program between its start and the channel's end. */
import { type Readable, Writable } from 'node:stream';
import type { ServerChannel } from 'ssh2';
import { Lines } from '../../sys/output.ts';
import { type SessionProcess, spawnSession } from '../../sys/spawn-session.ts';
import { type Sys, SysError } from '../../sys/sys.ts';
import { type ChannelOutput, createChannelOutput, type OutputStream } from './channel-output.ts';
import { type Exit, openPty, type Pty, type TerminalSize } from './open-pty.ts';
import type { ProgramObserver } from './session-observer.ts';
import type { SessionProgram } from './session-program.ts';
import { formatSshSignal } from './ssh-signal.ts';

/** A session whose program runs. */
export interface RunningSession {
  signal(signal: NodeJS.Signals): void;
  resize(size: TerminalSize): void;
  /** Nobody reads its output any more: it is told as a broken pipe tells. */
  stopOutput(): void;
  /** Shows text on its terminal; nothing without one. Resolves when it is on its way. */
  wall(text: string): Promise<void>;
  /** Resolves when the program has ended and its output was sent, or nobody is left to send it to. Never rejects. */
  readonly done: Promise<void>;
}

interface SessionRun {
  readonly sys: Sys;
  readonly channel: ServerChannel;
  readonly program: SessionProgram;
  /** The client's terminal; absent: three pipes. */
  readonly terminal: TerminalSize | undefined;
  /** Sent before the program's own output. */
  readonly banner: string;
  /** Aborted when the client closed the channel or is gone: the process group is hung up. */
  readonly closed: AbortSignal;
  readonly observer: ProgramObserver;
}

/** One run and the ways of its bytes, counted. */
interface Run extends SessionRun {
  readonly send: ChannelOutput;
  /** Hands the client's input on, at the pace it is taken. */
  readonly feed: (to: Writable) => void;
}

/** sh(1): cannot execute, and not found. */
const CANNOT_START = 126;
const NOT_FOUND = 127;

/** Starts it. A program that cannot be started is an exit status and a word on stderr, as a shell would say it. */
export async function runSession(session: SessionRun): Promise<RunningSession | undefined> {
  const { channel, closed, terminal, observer } = session;
  const traffic = { bytesIn: 0, bytesOut: 0 };
  const write = createChannelOutput(channel, closed);
  const send: ChannelOutput = (stream, chunk) => {
    traffic.bytesOut += chunk.length;
    return write(stream, chunk);
  };
  const feed = (to: Writable) => {
    channel.on('data', (chunk: Buffer) => {
      traffic.bytesIn += chunk.length;
    });
    channel.pipe(to);
  };
  const end = (exit: Exit) => observer.ended?.({ ...exit, ...traffic });
  const run = { ...session, send, feed };
  try {
    const running = terminal === undefined ? await runOnPipes(run) : await runOnPty(run, terminal);
    return { ...running, done: running.exited.then(end) };
  } catch (error) {
    await send('stderr', `lifeboot: ${error instanceof Error ? error.message : String(error)}\r\n`);
    const exit = { code: error instanceof SysError && error.code === 'ENOENT' ? NOT_FOUND : CANNOT_START, signal: null };
    finish(channel, exit);
    end(exit);
    return undefined;
  }
}

type Started = Omit<RunningSession, 'done'> & { readonly exited: Promise<Exit> };

/** The end of a program whose client went first. */
const HUNG_UP: Exit = { code: null, signal: null };

async function runOnPipes(run: Run): Promise<Started> {
  const { sys, program, closed, feed } = run;
  const child = await spawnSession(program.argv, program.env);
  const hangUp = () => {
    sys.kill(-child.pid, 'SIGHUP');
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
  };
  onAbort(closed, hangUp);
  feed(child.stdin);
  return {
    signal: (signal) => void sys.kill(-child.pid, signal),
    resize: () => undefined,
    stopOutput: () => void child.stdout.destroy(),
    wall: () => Promise.resolve(),
    exited: Promise.race([finishPipes(run, child), hungUp(closed)]).finally(() => closed.removeEventListener('abort', hangUp)),
  };
}

/** Like sshd, waits for the end of both outputs too: `ssh host 'cmd &'` is over when cmd has let go of them. */
async function finishPipes({ channel, program, send, observer }: Run, child: SessionProcess): Promise<Exit> {
  const errors = program.logs ? readLog(child.stderr, send, observer) : copy(child.stderr, 'stderr', send);
  const copies = [copy(child.stdout, 'stdout', send), errors];
  const exit = await child.exited;
  await Promise.all(copies);
  finish(channel, exit);
  return exit;
}

/** The first line that sftp-server logs. What stands before it tells the client why there is none. */
const LOG_BEGINS = /^session opened for local user /;

async function readLog(from: Readable, send: ChannelOutput, observer: ProgramObserver): Promise<void> {
  let begun = false;
  const lines = new Lines((line) => {
    begun ||= LOG_BEGINS.test(line);
    observer.diagnostics?.(line);
    if (!begun) void send('stderr', `${line}\r\n`);
  });
  await eachChunk(from, async (chunk) => lines.add(chunk.toString()));
  lines.end();
}

async function runOnPty(run: Run, size: TerminalSize): Promise<Started> {
  const { sys, program, banner, closed, observer } = run;
  const send: ChannelOutput = (stream, chunk) => {
    observer.output?.(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
    return run.send(stream, chunk);
  };
  void send('stdout', banner);
  const pty = await openPty({ ...program, ...size });
  const hangUp = () => {
    sys.kill(-pty.pid, 'SIGHUP');
    pty.close();
  };
  onAbort(closed, hangUp);
  run.feed(typeInto(run, pty));
  return {
    signal: (signal) => void sys.kill(-pty.pid, signal),
    resize: (wanted) => {
      observer.resize?.(wanted);
      pty.resize(wanted);
    },
    stopOutput: () => undefined,
    wall: (text) => send('stdout', `\r\n${text.replaceAll('\n', '\r\n')}\r\n`),
    exited: Promise.race([finishPty(run.channel, pty, send), hungUp(closed)]).finally(() => closed.removeEventListener('abort', hangUp)),
  };
}

async function finishPty(channel: ServerChannel, pty: Pty, send: ChannelOutput): Promise<Exit> {
  await copy(pty.output, 'stdout', send);
  const exit = await pty.exited;
  finish(channel, exit);
  return exit;
}

/** The client's input as keystrokes. */
function typeInto({ sys, closed, observer }: Run, pty: Pty): Writable {
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      observer.input?.(chunk);
      void pty.write(chunk).then(() => done());
    },
    final: (done) => {
      void typeEnd(sys, pty, closed);
      done();
    },
  });
}

/**
 * The end of the input reaches a terminal as the key that says so, again and again: one that is typed while a shell changes
 * between line and raw mode is lost (n_tty), and behind each program that ends for it another may wait.
 */
async function typeEnd(sys: Sys, pty: Pty, closed: AbortSignal): Promise<void> {
  let over = false;
  void pty.exited.then(() => {
    over = true;
  });
  for (let waitMs = 250; !over && !closed.aborted; waitMs = Math.min(waitMs * 2, 10_000)) {
    await pty.write(Buffer.of(4));
    await sys.sleep(waitMs, closed);
  }
}

const copy = (from: AsyncIterable<Buffer>, to: OutputStream, send: ChannelOutput) => eachChunk(from, (chunk) => send(to, chunk));

async function eachChunk(from: AsyncIterable<Buffer>, take: (chunk: Buffer) => Promise<void>): Promise<void> {
  try {
    for await (const chunk of from) await take(chunk);
  } catch {
    // Destroyed at hang-up: nobody is left to be told.
  }
}

/** Tells how it ended and closes the channel. */
function finish(channel: ServerChannel, { code, signal }: Exit): void {
  const status = signal === null ? (code ?? 0) : formatSshSignal(signal);
  if (typeof status === 'number') channel.exit(status);
  else channel.exit(status);
  channel.end();
}

const hungUp = (closed: AbortSignal): Promise<Exit> => new Promise((resolve) => onAbort(closed, () => resolve(HUNG_UP)));

function onAbort(signal: AbortSignal, act: () => void): void {
  if (signal.aborted) act();
  else signal.addEventListener('abort', act, { once: true });
}
