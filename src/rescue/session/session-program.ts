/** What a session runs, and the world it runs in: decided here, done elsewhere. */
import { SCRIPT_PATH, TOOLBOX, TOOLBOX_PATH } from '../../sys/paths.ts';
import type { Peer } from '../login.ts';

export interface SessionWish {
  /** Absent: an interactive shell. */
  readonly command?: string;
  /** `$TERM` of the client's terminal; absent without a pty. */
  readonly term?: string;
  /** What the client sent and we let pass: see `isWelcomeVariable`. */
  readonly env: Readonly<Record<string, string>>;
  readonly peer: Peer;
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
}

const HOME = '/root';

/**
 * Runs first in each session, with the directory as `$1`. Rescue itself is never the victim of the OOM killer, a session may be; the
 * pty masters of the other sessions, which node-pty's addon opens without FD_CLOEXEC, are not for this one (dash cannot name a
 * descriptor above 9). chdir(2) into a dead disk hangs: here it hangs one session, in the parent it would hang the door.
 */
const PREPARE = `{ echo 0 >/proc/$$/oom_score_adj; } 2>/dev/null
case $0 in *busybox | ${TOOLBOX}/*) for fd in /proc/$$/fd/*; do fd=\${fd##*/}; case $fd in [0-2]) ;; *) eval "exec $fd>&-" ;; esac; done ;; esac
[ -d "$HOME" ] || HOME=/
cd "$1" 2>/dev/null || cd /
shift
exec "$@"`;

/** The toolbox comes first on the PATH, and no profile of the root is read: a broken root breaks no login. */
export function planSession(wish: SessionWish, { shell, directory }: SessionPlace): SessionProgram {
  const { peer } = wish;
  const [program = '/bin/sh'] = shell;
  const wanted = wish.command === undefined ? [...shell, '-i'] : [...shell, '-c', wish.command];
  return {
    argv: [...shell, '-c', PREPARE, program, directory, ...wanted],
    env: {
      ...wish.env,
      PATH: `${TOOLBOX_PATH}:${SCRIPT_PATH}`,
      HOME,
      USER: 'root',
      LOGNAME: 'root',
      SHELL: program,
      ENV: `${TOOLBOX}/lib/lifeboot/profile.sh`,
      SSH_CLIENT: `${peer.address} ${peer.port} ${peer.localPort}`,
      SSH_CONNECTION: `${peer.address} ${peer.port} ${peer.localAddress} ${peer.localPort}`,
      ...(wish.term === undefined ? {} : { TERM: wish.term }),
    },
  };
}

/** Locale only, as Debian's `AcceptEnv LANG LC_*`: anything else could change what the shell runs. */
export function isWelcomeVariable(name: string, value: string): boolean {
  return /^(?:LANG|LC_[A-Z_]{1,32})$/.test(name) && /^[\x20-\x7e]{0,256}$/.test(value);
}

/** A terminal name is a file name below terminfo; anything odd is taken as a plain terminal. */
export function cleanTerm(term: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9+._-]{0,63}$/.test(term) ? term : 'dumb';
}
