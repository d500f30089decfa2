/** Answers the requests of one session channel: pty, environment, shell or command, resize, signal. */
import type { PseudoTtyInfo, ServerChannel, Session } from 'ssh2';
import type { Sys } from '../../sys/sys.ts';
import { type RunningSession, runSession } from './run-session.ts';
import type { Client, SessionObserver } from './session-observer.ts';
import { type Ask, cleanTerm, isWelcomeVariable, planSession, type SessionPlace, wordsOf } from './session-program.ts';
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
  readonly client: Client;
  readonly observer: SessionObserver;
  /** Aborted when the connection is gone. */
  readonly closed: AbortSignal;
}

const NOT_FOR_THIS_KEY = 'not permitted to this key';
const NEVER_OFFERED = 'not offered here';

/** ssh2 passes no callback when the client wants no reply, whatever its types say. */
type Reply = (() => void) | undefined;
type Accept = () => ServerChannel | undefined;

interface Terminal extends PseudoTtyInfo {
  /** See `answerRequests`. */
  readonly settings?: readonly string[];
}

/** sshd's own bound on the variables of one session. */
const MOST_VARIABLES = 128;

/** Resolves when the channel is over. */
export function attendSession(session: Session, { host, client, observer, closed }: Attendance): Promise<void> {
  const { peer, login } = client;
  const { permissions } = login;
  const gone = new AbortController();
  const over = Promise.withResolvers<void>();
  const env: Record<string, string> = {};
  let terminal: Terminal | undefined;
  let running: RunningSession | undefined;

  async function start(channel: ServerChannel | undefined, ask: Ask): Promise<void> {
    if (channel === undefined) return;
    channel.on('error', () => gone.abort()).on('close', () => gone.abort());
    const greeted = ask.kind === 'shell' && terminal !== undefined && permissions.command === undefined;
    const [place, banner] = await Promise.all([host.place(), greeted ? host.banner() : '']);
    if (gone.signal.aborted) return;
    const term = terminal && { ...terminal, term: cleanTerm(terminal.term) };
    const program = planSession({ ask, env, peer, permissions, ...(term && { terminal: term }) }, place);
    const told = observer.started?.({
      kind: ask.kind === 'sftp' ? 'subsystem' : ask.kind,
      asked: ask.kind === 'sftp' ? 'sftp' : wordsOf(ask),
      ...(permissions.command === undefined ? {} : { forced: permissions.command }),
      ...(term && { terminal: { term: term.term, cols: term.cols, rows: term.rows } }),
    });
    running = await runSession({ sys: host.sys, channel, program, terminal, banner, closed: gone.signal, observer: told ?? {} });
    if (running !== undefined) host.onRun(running);
    await running?.done;
  }

  const serve = (channel: ServerChannel | undefined, ask: Ask) =>
    void start(channel, ask)
      .catch(() => channel?.end())
      .finally(over.resolve);
  const refuse = (what: string, why: string, reject: Reply) => {
    observer.refused?.(what, why);
    reject?.();
  };

  closed.addEventListener('abort', () => gone.abort(), { once: true, signal: gone.signal });
  gone.signal.addEventListener('abort', () => over.resolve(), { once: true });
  // ssh2's channel closes only after its input was read to the end, the session itself at once.
  session.on('close', () => gone.abort());
  session.on('env', (accept: Reply, reject: Reply, { key: name, val }) => {
    if (!isWelcomeVariable(name, val) || Object.keys(env).length >= MOST_VARIABLES) return reject?.();
    env[name] = val;
    accept?.();
  });
  session.on('pty', (accept: Reply, reject: Reply, info) => {
    if (!permissions.pty) return refuse('pty', NOT_FOR_THIS_KEY, reject);
    if (info === undefined) return reject?.();
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
  session.on('break', (accept: Reply) => {
    if (terminal !== undefined) accept?.();
  });
  session.on('eow@openssh.com', (accept: Reply) => {
    running?.stopOutput();
    accept?.();
  });
  session.on('auth-agent', (_accept: Reply, reject: Reply) => refuse('agent forwarding', NEVER_OFFERED, reject));
  session.on('x11', (_accept: Reply, reject: Reply) => refuse('X11 forwarding', NEVER_OFFERED, reject));
  // Accepted at once, before anything is awaited: input that arrives earlier would be lost.
  session.on('shell', (accept) => serve((accept as Accept)(), { kind: 'shell' }));
  session.on('exec', (accept, _reject, { command }) => serve((accept as Accept)(), { kind: 'exec', command }));
  session.on('subsystem', (accept, reject: Reply, { name }) => {
    if (name !== 'sftp') return refuse(`subsystem ${name}`, NEVER_OFFERED, reject);
    serve((accept as Accept)(), { kind: 'sftp' });
  });
  return over.promise;
}
