/** The rescue shell on the machine's own consoles, where lifeboot.toml asks for it: for the day the network is what broke. */
import { emit } from '../sys/events.ts';
import { paths, TOOLBOX } from '../sys/paths.ts';
import type { Sys } from '../sys/sys.ts';
import type { BootContext } from './boot-context.ts';
import { gettyDevice } from './getty-plan.ts';
import { type GettyKeeper, keepGettys } from './gettys.ts';
import { type InittabEntry, planInittabProcess } from './inittab.ts';
import { tellProblem } from './tell-problem.ts';

export interface ConsoleShells {
  /**
   * Gives the terminals of these console logins back, but for those on which somebody works: returns the logins that may start now.
   * A terminal that was given back stays so for this boot.
   */
  makeRoom(logins: readonly InittabEntry[]): Promise<readonly InittabEntry[]>;
  /** Ends them all. */
  stop(): Promise<void>;
}

const PLACE = `${TOOLBOX}/console`;
const none: ConsoleShells = { makeRoom: async (logins) => logins, stop: async () => undefined };

/** Starts what is wanted, or adopts what an earlier agent of this boot started. Without a password hash there is no shell, never an open one. */
export async function keepConsoleShells(context: BootContext): Promise<ConsoleShells> {
  const { sys, config } = context;
  const mode = config.console.shell;
  if (mode === 'off') return none;
  if (mode === 'password' && (await sys.facts(paths.consoleShadow)) === undefined) {
    await tellProblem(context, {
      file: 'lifeboot.toml',
      value: 'console.shell = "password"',
      message: 'there is no password: no shell on the console',
      accepted: 'lifeboot install --console-password-hash FILE',
    });
    return none;
  }
  const keepers = new Map<string, GettyKeeper>();
  for (const tty of await consoleTtys(sys)) {
    if (await wasGivenBack(sys, tty)) continue;
    const process = `${paths.busybox} sh ${TOOLBOX}/lib/lifeboot/console-shell ${tty} ${mode}`;
    const entry = { id: `rescue-${tty}`, runlevels: '2345', action: 'respawn', process };
    keepers.set(tty, await keepGettys(sys, [entry], String(config.scripts.runlevel), { file: `${TOOLBOX}/console-${tty}.json` }));
    await emit(sys, { subject: 'rescue', name: 'console', what: 'offered', detail: `${tty}, ${mode}` });
  }
  return {
    async makeRoom(logins) {
      const free: InittabEntry[] = [];
      for (const login of logins) {
        const tty = ttyOf(login);
        const keeper = keepers.get(tty);
        if (keeper !== undefined && (await isBusy(sys, tty))) continue;
        if (keeper !== undefined) await giveBack(sys, tty, keeper);
        keepers.delete(tty);
        free.push(login);
      }
      return free;
    },
    async stop() {
      await Promise.all([...keepers.values()].map((keeper) => keeper.stop()));
    },
  };
}

/** The kernel's consoles, and tty1 for who stands before the screen; tty0 is whichever is shown. */
export async function consoleTtys(sys: Sys): Promise<readonly string[]> {
  const active = ((await sys.readText('/sys/class/tty/console/active')) ?? '').trim().split(/\s+/);
  const wanted = new Set([...active.filter((name) => /^[A-Za-z]+\d*$/.test(name) && name !== 'tty0'), 'tty1']);
  const there = await Promise.all([...wanted].map(async (name) => ((await sys.facts(`/dev/${name}`)) === undefined ? [] : [name])));
  return there.flat();
}

const ttyOf = ({ process }: InittabEntry): string => gettyDevice(planInittabProcess(process))?.replace('/dev/', '') ?? '';

/** Marked by console-shell while a shell runs, with its pid: a mark whose process is gone counts for nothing. */
async function isBusy(sys: Sys, tty: string): Promise<boolean> {
  const pid = (await sys.readText(`${PLACE}/${tty}.busy`))?.trim();
  return pid !== undefined && /^\d+$/.test(pid) && (await sys.facts(`/proc/${pid}`)) !== undefined;
}

const wasGivenBack = async (sys: Sys, tty: string): Promise<boolean> => (await sys.facts(`${PLACE}/${tty}.given`)) !== undefined;

async function giveBack(sys: Sys, tty: string, keeper: GettyKeeper): Promise<void> {
  await sys.makeDir(PLACE, 0o700);
  await sys.writeAtomic(`${PLACE}/${tty}.given`, '');
  await keeper.stop();
}
