/** Answers the requests of one session channel: pty, environment, shell or command, resize, signal. */
import type { PseudoTtyInfo, ServerChannel, Session } from 'ssh2';
import type { Sys } from '../../sys/sys.ts';
import type { Login, Peer } from '../login.ts';
import { type RunningSession, runSession } from './run-session.ts';
import { cleanTerm, isWelcomeVariable, planSession, type SessionPlace } from './session-program.ts';
import { parseSshSignal } from './ssh-signal.ts';

export interface SessionHost {
  readonly sys: Sys;
  /** Where a session starts at this moment: it changes when the root is entered. */
  readonly place: () => Promise<SessionPlace>;
  /** What an interactive login is shown first. */
  readonly banner: () => Promise<string>;
  /** Called when a program runs; the session is over when `session.done` resolves. */
  readonly onRun: (session: RunningSession) => void;
}

interface Attendance {
  readonly host: SessionHost;
  readonly login: Login;
  readonly peer: Peer;
  /** Aborted when the connection is gone. */
  readonly closed: AbortSignal;
}

/** ssh2 passes no callback when the client wants no reply, whatever its types say. */
type Reply = (() => void) | undefined;
type Accept = () => ServerChannel | undefined;

/** What is not listened for (subsystems, agent, X11) ssh2 refuses by itself. Resolves when the channel is over. */
export function attendSession(session: Session, { host, login, peer, closed }: Attendance): Promise<void> {
  const gone = new AbortController();
  const over = Promise.withResolvers<void>();
  const env: Record<string, string> = {};
  let terminal: PseudoTtyInfo | undefined;
  let running: RunningSession | undefined;

  async function start(channel: ServerChannel | undefined, command?: string): Promise<void> {
    if (channel === undefined) return;
    channel.on('error', () => gone.abort()).on('close', () => gone.abort());
    const [place, banner] = await Promise.all([host.place(), command === undefined && terminal ? host.banner() : '']);
    if (gone.signal.aborted) return;
    const wish = { env, peer, ...(command === undefined ? {} : { command }), ...(terminal ? { term: cleanTerm(terminal.term) } : {}) };
    running = await runSession({ sys: host.sys, channel, program: planSession(wish, place), terminal, banner, closed: gone.signal });
    if (running !== undefined) host.onRun(running);
    await running?.done;
  }

  const serve = (channel: ServerChannel | undefined, command?: string) =>
    void start(channel, command)
      .catch(() => channel?.end())
      .finally(over.resolve);

  closed.addEventListener('abort', () => gone.abort(), { once: true, signal: gone.signal });
  gone.signal.addEventListener('abort', () => over.resolve(), { once: true });
  // ssh2's channel closes only after its input was read to the end, the session itself at once.
  session.on('close', () => gone.abort());
  session.on('env', (accept: Reply, reject: Reply, { key: name, val }) => {
    if (!isWelcomeVariable(name, val)) return reject?.();
    env[name] = val;
    accept?.();
  });
  session.on('pty', (accept: Reply, reject: Reply, info) => {
    if (!login.permissions.pty || info === undefined) return reject?.();
    terminal = info;
    accept?.();
  });
  session.on('window-change', (accept: Reply, _reject: Reply, size) => {
    if (terminal !== undefined) terminal = { ...terminal, ...size };
    running?.resize(size);
    accept?.();
  });
  session.on('signal', (accept: Reply, reject: Reply, { name }) => {
    const signal = parseSshSignal(name);
    if (signal === undefined || running === undefined) return reject?.();
    running.signal(signal);
    accept?.();
  });
  // Accepted at once, before anything is awaited: input that arrives earlier would be lost.
  session.on('shell', (accept) => serve((accept as Accept)()));
  session.on('exec', (accept, _reject, { command }) => serve((accept as Accept)(), command));
  return over.promise;
}
