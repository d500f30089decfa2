/** Runs a session's program between its start and the channel's end. */
import { Writable } from 'node:stream';
import type { ServerChannel } from 'ssh2';
import { type SessionProcess, spawnSession } from '../../sys/spawn-session.ts';
import { type Sys, SysError } from '../../sys/sys.ts';
import { type ChannelOutput, createChannelOutput, type OutputStream } from './channel-output.ts';
import { type Exit, openPty, type Pty, type TerminalSize } from './open-pty.ts';
import type { SessionProgram } from './session-program.ts';
import { formatSshSignal } from './ssh-signal.ts';

/** A session whose program runs. */
export interface RunningSession {
  signal(signal: NodeJS.Signals): void;
  resize(size: TerminalSize): void;
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
}

/** sh(1): cannot execute, and not found. */
const CANNOT_START = 126;
const NOT_FOUND = 127;

/** Starts it. A program that cannot be started is an exit status and a word on stderr, as a shell would say it. */
export async function runSession(run: SessionRun): Promise<RunningSession | undefined> {
  const send = createChannelOutput(run.channel, run.closed);
  try {
    return run.terminal === undefined ? await runOnPipes(run, send) : await runOnPty(run, run.terminal, send);
  } catch (error) {
    await send('stderr', `lifeboot: ${error instanceof Error ? error.message : String(error)}\r\n`);
    finish(run.channel, { code: error instanceof SysError && error.code === 'ENOENT' ? NOT_FOUND : CANNOT_START, signal: null });
    return undefined;
  }
}

async function runOnPipes({ sys, channel, program, closed }: SessionRun, send: ChannelOutput): Promise<RunningSession> {
  const child = await spawnSession(program.argv, program.env);
  const hangUp = () => {
    sys.kill(-child.pid, 'SIGHUP');
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
  };
  onAbort(closed, hangUp);
  channel.pipe(child.stdin);
  return {
    signal: (signal) => void sys.kill(-child.pid, signal),
    resize: () => undefined,
    wall: () => Promise.resolve(),
    done: Promise.race([finishPipes(channel, child, send), whenAborted(closed)]).finally(() => closed.removeEventListener('abort', hangUp)),
  };
}

/** Like sshd, waits for the end of both outputs too: `ssh host 'cmd &'` is over when cmd has let go of them. */
async function finishPipes(channel: ServerChannel, child: SessionProcess, send: ChannelOutput): Promise<void> {
  const copies = [copy(child.stdout, 'stdout', send), copy(child.stderr, 'stderr', send)];
  const exit = await child.exited;
  await Promise.all(copies);
  finish(channel, exit);
}

async function runOnPty(
  { sys, channel, program, banner, closed }: SessionRun,
  size: TerminalSize,
  send: ChannelOutput,
): Promise<RunningSession> {
  void send('stdout', banner);
  const pty = await openPty({ ...program, ...size });
  const hangUp = () => {
    sys.kill(-pty.pid, 'SIGHUP');
    pty.close();
  };
  onAbort(closed, hangUp);
  channel.pipe(typeInto(sys, pty, closed));
  return {
    signal: (signal) => void sys.kill(-pty.pid, signal),
    resize: (wanted) => pty.resize(wanted),
    wall: (text) => send('stdout', `\r\n${text.replaceAll('\n', '\r\n')}\r\n`),
    done: Promise.race([finishPty(channel, pty, send), whenAborted(closed)]).finally(() => closed.removeEventListener('abort', hangUp)),
  };
}

async function finishPty(channel: ServerChannel, pty: Pty, send: ChannelOutput): Promise<void> {
  await copy(pty.output, 'stdout', send);
  finish(channel, await pty.exited);
}

/** The client's input as keystrokes. */
function typeInto(sys: Sys, pty: Pty, closed: AbortSignal): Writable {
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => void pty.write(chunk).then(() => done()),
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

async function copy(from: AsyncIterable<Buffer>, to: OutputStream, send: ChannelOutput): Promise<void> {
  try {
    for await (const chunk of from) await send(to, chunk);
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

const whenAborted = (signal: AbortSignal): Promise<void> => new Promise((resolve) => onAbort(signal, resolve));

function onAbort(signal: AbortSignal, act: () => void): void {
  if (signal.aborted) act();
  else signal.addEventListener('abort', act, { once: true });
}
