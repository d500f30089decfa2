/** What a session runs, and the world it runs in: decided here, done elsewhere. */
import { SCRIPT_PATH, TOOLBOX, TOOLBOX_PATH } from '../../sys/paths.ts';
import type { Peer, Permissions } from '../login.ts';

/** What a client asks a session to run. */
export type Ask = { readonly kind: 'shell' } | { readonly kind: 'exec'; readonly command: string } | { readonly kind: 'sftp' };

export interface SessionWish {
  readonly ask: Ask;
  /** The client's terminal: its name, and the words of stty(1) that make ours like it; absent without a pty. */
  readonly terminal?: { readonly term: string; readonly settings?: readonly string[] };
  /** What the client sent and we let pass: see `isWelcomeVariable`. */
  readonly env: Readonly<Record<string, string>>;
  readonly peer: Peer;
  readonly permissions: Pick<Permissions, 'command' | 'environment'>;
}

export interface SessionPlace {
  /** How the shell is called: the toolbox's own, or `['/bin/sh']` where there is no toolbox. */
  readonly shell: readonly string[];
  /** Where it starts: `/`, or root's home once the root is entered. */
  readonly directory: string;
}

export interface SessionProgram {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** It is sftp-server, which logs what it does on its standard error: that is no word for the client. */
  readonly logs: boolean;
}

const HOME = '/root';

/**
 * Runs first in each session, with the directory as `$1` and stty's words as `$2`. Rescue itself is never the victim of the OOM killer, a session may be; the
 * pty masters of the other sessions, which node-pty's addon opens without FD_CLOEXEC, are not for this one (dash cannot name a
 * descriptor above 9). chdir(2) into a dead disk hangs: here it hangs one session, in the parent it would hang the door.
 */
const PREPARE = `{ echo 0 >/proc/$$/oom_score_adj; } 2>/dev/null
case $0 in *busybox | ${TOOLBOX}/*) for fd in /proc/$$/fd/*; do fd=\${fd##*/}; case $fd in [0-2]) ;; *) eval "exec $fd>&-" ;; esac; done ;; esac
[ -d "$HOME" ] || HOME=/
cd "$1" 2>/dev/null || cd /
if [ -t 0 ]; then
SSH_TTY=$(tty) && export SSH_TTY
set -f
[ -z "$2" ] || stty $2 2>/dev/null
set +f
fi
shift 2
exec "$@"`;

/** The one of the toolbox is found by `$PATH`; the other places are those of Debian, Fedora and Arch. The shell looks: a dead disk hangs it alone. */
const RUN_SFTP_SERVER = `for server in sftp-server /usr/lib/openssh/sftp-server /usr/libexec/openssh/sftp-server /usr/lib/ssh/sftp-server; do
command -v "$server" >/dev/null 2>&1 && exec "$server" -e -l INFO "$@"
done
echo "lifeboot: there is no sftp-server" >&2
exit 127`;

/** sshd_config(5), ForceCommand: the word for sftp and nothing else. Behind it may stand arguments such as `-R`. */
const INTERNAL_SFTP = /^internal-sftp(?:[ \t]|$)/;
const SFTP_ONLY = 'echo "This service allows sftp connections only."; exit 1';

/** The toolbox comes first on the PATH, and no profile of the root is read: a broken root breaks no login. */
export function planSession(wish: SessionWish, { shell, directory }: SessionPlace): SessionProgram {
  const { ask, peer, permissions, terminal } = wish;
  const [program = '/bin/sh'] = shell;
  const { words, logs } = planWords(ask, permissions.command);
  return {
    // `/` goes along with every pivot; a shell that waited in root's home would keep the root from being unmounted.
    argv: [
      ...shell,
      '-c',
      PREPARE,
      program,
      ask.kind === 'shell' ? '/' : directory,
      (terminal?.settings ?? []).join(' '),
      ...shell,
      ...words,
    ],
    logs,
    env: {
      ...wish.env,
      PATH: `${TOOLBOX_PATH}:${SCRIPT_PATH}`,
      HOME,
      USER: 'root',
      LOGNAME: 'root',
      SHELL: program,
      ENV: `${TOOLBOX}/lib/lifeboot/profile.sh`,
      ...permissions.environment,
      SSH_CLIENT: `${peer.address} ${peer.port} ${peer.localPort}`,
      SSH_CONNECTION: `${peer.address} ${peer.port} ${peer.localAddress} ${peer.localPort}`,
      ...(permissions.command === undefined || ask.kind === 'shell' ? {} : { SSH_ORIGINAL_COMMAND: wordsOf(ask) }),
      ...(terminal === undefined ? {} : { TERM: terminal.term }),
    },
  };
}

/** What the client asked for, as a command line; empty for a shell. A forced command may run it: sftp-server is on the PATH. */
export function wordsOf(ask: Ask): string {
  if (ask.kind === 'exec') return ask.command;
  return ask.kind === 'sftp' ? 'sftp-server' : '';
}

/** What the shell is given. */
function planWords(ask: Ask, forced: string | undefined): { readonly words: readonly string[]; readonly logs: boolean } {
  const sftp = (args: readonly string[]) => ({ words: ['-c', RUN_SFTP_SERVER, 'sftp-server', ...args], logs: true });
  const plain = (...words: readonly string[]) => ({ words, logs: false });
  if (forced !== undefined) {
    if (!INTERNAL_SFTP.test(forced)) return plain('-c', forced);
    return ask.kind === 'sftp'
      ? sftp(
          forced
            .split(/[ \t]+/)
            .slice(1)
            .filter((word) => word !== ''),
        )
      : plain('-c', SFTP_ONLY);
  }
  if (ask.kind === 'sftp') return sftp([]);
  return ask.kind === 'shell' ? plain('-i') : plain('-c', ask.command);
}

/** As Debian's `AcceptEnv LANG LC_* COLORTERM NO_COLOR`: anything else could change what the shell runs. */
export function isWelcomeVariable(name: string, value: string): boolean {
  return /^(?:LANG|LC_[A-Z_]{1,32}|COLORTERM|NO_COLOR)$/.test(name) && /^[\x20-\x7e]{0,256}$/.test(value);
}

/** A terminal name is a file name below terminfo; anything odd is taken as a plain terminal. */
export function cleanTerm(term: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9+._-]{0,63}$/.test(term) ? term : 'dumb';
}
