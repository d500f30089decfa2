/** Logging in to a machine with the real OpenSSH clients: one command, file transfers, or a session one types into. */
import { createConnection } from 'node:net';
import { execa } from 'execa';
import type { Forward } from './nic.ts';
import { Transcript } from './transcript.ts';

export interface SshTarget {
  readonly port: number;
  readonly keyFile: string;
}

export interface SshResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SshOptions {
  /** Everything together: connecting, logging in, running. */
  readonly deadlineMs: number;
  readonly input?: string;
}

/** OpenSSH's own code for "could not connect or log in". */
export const SSH_FAILED = 255;

/** Options of ssh(1) and sftp(1) that keep the user's own configuration and known hosts out of it. */
function sshOptions(target: SshTarget): readonly string[] {
  const options = ['BatchMode=yes', 'IdentitiesOnly=yes', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'];
  return ['-F', 'none', '-i', target.keyFile, ...[...options, `Port=${target.port}`].flatMap((option) => ['-o', option])];
}

const LOGIN = 'root@127.0.0.1';

/** Runs one program on the machine; each argument arrives as it is. A deadline that passes throws. */
export function ssh(target: SshTarget, argv: readonly string[], options: SshOptions): Promise<SshResult> {
  return runClient(['ssh', ...sshOptions(target), LOGIN, '--', remoteCommand(argv)], options);
}

/** Runs commands of sftp(1), which ends at the first that fails. */
export function sftp(target: SshTarget, commands: readonly string[], { deadlineMs }: Pick<SshOptions, 'deadlineMs'>): Promise<SshResult> {
  const input = commands.map((command) => `${command}\n`).join('');
  return runClient(['sftp', ...sshOptions(target), '-b', '-', LOGIN], { deadlineMs, input });
}

async function runClient([command = '', ...args]: readonly string[], options: SshOptions): Promise<SshResult> {
  const result = await execa(command, args, {
    reject: false,
    timeout: options.deadlineMs,
    forceKillAfterDelay: 2000,
    stripFinalNewline: false,
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  });
  if (result.timedOut) {
    const what = `${command} ${args.at(-1)}`;
    throw new Error(`${what}: not done within ${options.deadlineMs / 1000} s\n${result.stdout}${result.stderr}`);
  }
  return { code: result.exitCode ?? SSH_FAILED, stdout: result.stdout, stderr: result.stderr };
}

const remoteCommand = (argv: readonly string[]): string => argv.map(shellQuote).join(' ');

/** One word of the remote shell's command line that means just this text. */
export const shellQuote = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

export interface SshSession extends AsyncDisposable {
  /** Types this. */
  send(text: string): void;
  /** What came since the last match, up to and with this one. */
  expect(pattern: RegExp, deadlineMs: number): Promise<string>;
  /** Runs a program on a further channel of this session's own connection. */
  run(argv: readonly string[], options: SshOptions): Promise<SshResult>;
  /** True until the other end or a signal closed it. */
  readonly open: boolean;
  /** Waits for its end and gives the exit code. */
  ended(deadlineMs: number): Promise<number>;
}

export interface SessionOptions {
  /** Path for the socket over which `run` reaches the connection. */
  readonly control: string;
  /** `ssh -L`: ports of this host that lead to ports of the machine. */
  readonly forwards?: readonly Forward[];
}

/** Opens an interactive login on a pty. */
export function sshSession(target: SshTarget, { control, forwards = [] }: SessionOptions): SshSession {
  const transcript = new Transcript();
  const forwarding = forwards.flatMap(({ host, guest }) => ['-L', `127.0.0.1:${host}:127.0.0.1:${guest}`]);
  const child = execa('ssh', ['-tt', '-M', '-S', control, ...forwarding, ...sshOptions(target), LOGIN], {
    reject: false,
    all: true,
    buffer: false,
    stdin: 'pipe',
    cleanup: true,
  });
  child.all.setEncoding('utf8');
  child.all.on('data', (chunk: string) => transcript.push(chunk));
  let open = true;
  const end = child.then((result) => {
    open = false;
    transcript.close('the session was closed');
    return result.exitCode ?? SSH_FAILED;
  });
  return {
    send: (text) => void child.stdin.write(text),
    expect: (pattern, deadlineMs) => transcript.expect(pattern, deadlineMs),
    // Without its master, ssh would make a connection of its own: the proxy that fails forbids that.
    run: (argv, options) => runClient(['ssh', '-S', control, '-o', 'ProxyCommand=false', LOGIN, '--', remoteCommand(argv)], options),
    get open() {
      return open;
    },
    ended: (deadlineMs) => withDeadline(end, deadlineMs, 'end of the ssh session'),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await end;
    },
  };
}

/** Fails after a time with a sentence that says what was waited for. */
export async function withDeadline<T>(promise: Promise<T>, deadlineMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited for ${what}, but it did not come within ${deadlineMs / 1000} s`)), deadlineMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** `banner`: an ssh server spoke. `refused`: the guest answered, but nobody listens. `silent`: nothing yet. `unforwarded`: QEMU is not ready. */
export type Knock = 'banner' | 'refused' | 'silent' | 'unforwarded';

/** Knocks once. QEMU's forward accepts before the guest does: only a banner or a reset tells about the guest. */
export function knock(port: number, timeoutMs: number): Promise<Knock> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    let text = '';
    let connected = false;
    const finish = (answer: Knock) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => finish('silent'), timeoutMs);
    socket.setEncoding('utf8');
    socket.on('connect', () => {
      connected = true;
    });
    socket.on('error', () => finish(connected ? 'refused' : 'unforwarded'));
    socket.on('close', () => finish(connected ? 'refused' : 'unforwarded'));
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (/^SSH-[^\r\n]*\r?\n/m.test(text)) finish('banner');
    });
  });
}
