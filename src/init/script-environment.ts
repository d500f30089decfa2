/** The environment of an initscript: what sysvinit's init and Debian's `rc` give it. */
import { SCRIPT_PATH } from '../sys/paths.ts';
import type { Environment } from './boot-environment.ts';

/** `previous` is the run level before: `N` for none, which is what sysvinit says on the way up, for `S` and for `2` alike. `boot`: see boot-environment.ts. */
export function scriptEnvironment(runlevel: string, previous = 'N', boot: Environment = {}): Environment {
  return {
    ...boot,
    PATH: SCRIPT_PATH,
    HOME: '/',
    TERM: 'linux',
    CONSOLE: '/dev/console',
    // Scripts compare the part before the dash to learn who started them.
    INIT_VERSION: 'sysvinit-3.06',
    RUNLEVEL: runlevel,
    PREVLEVEL: previous,
    runlevel,
    previous,
  };
}

/** What service(8) gives a script: nothing tells it that init or a change of the run level started it, for some act by that. */
export const handEnvironment = (): Environment => ({ PATH: SCRIPT_PATH, HOME: '/', TERM: 'linux' });
