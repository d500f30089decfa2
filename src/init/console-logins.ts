/** The console logins that the image's inittab wants in a run level, beside the rescue shells on the same terminals. */
import type { BootContext } from './boot-context.ts';
import type { ConsoleShells } from './console-shells.ts';
import { keepGettys } from './gettys.ts';
import { type InittabEntry, readInittab, respawnEntries } from './inittab.ts';
import { tellProblem } from './tell-problem.ts';

export interface ConsoleLogins {
  /** Those of the level, as the inittab says now. */
  show(level: string): Promise<void>;
  /** Ends those that the level does not have; starts none. */
  leaveFor(level: string): Promise<void>;
  /** A login waits for a rescue shell on its terminal: to be looked at again soon, by `show`. */
  isWaiting(): boolean;
  /** Ends them all. */
  stop(): Promise<void>;
}

/** Starts those of the level, or adopts what an earlier agent started. */
export async function keepLogins(context: BootContext, consoles: ConsoleShells, level: string): Promise<ConsoleLogins> {
  let logins = await readLogins(context, level);
  let free = await consoles.makeRoom(logins);
  const gettys = await keepGettys(context.sys, free, level, { isAccounted: true });
  const apply = async (wanted: readonly InittabEntry[]): Promise<void> => {
    logins = wanted;
    free = await consoles.makeRoom(wanted);
    await gettys.reload(free);
  };
  return {
    show: async (now) => apply(await readLogins(context, now)),
    leaveFor: (now) => apply(logins.filter(({ runlevels }) => runlevels.includes(now))),
    isWaiting: () => free.length < logins.length,
    stop: () => gettys.stop(),
  };
}

/** The respawn lines of the image's inittab. An image without one has no console logins. */
async function readLogins(context: BootContext, level: string): Promise<readonly InittabEntry[]> {
  const inittab = await readInittab(context.sys).catch((error: Error) => {
    context.sys.console(`lifeboot: console logins: ${error.message}`);
    return undefined;
  });
  for (const problem of inittab?.problems ?? []) await tellProblem(context, problem);
  return inittab === undefined ? [] : respawnEntries(inittab, level);
}
