/** The steady state: the boot is over, the agent keeps the console logins alive, watches the scripts' health and waits for the word to end. */
import type { BootContext } from './boot-context.ts';
import type { ConsoleShells } from './console-shells.ts';
import { keepGettys } from './gettys.ts';
import { attendHealth } from './health/attend-health.ts';
import { type InittabEntry, readInittab, respawnEntries } from './inittab.ts';
import { trimOutputs } from './script-output.ts';
import { scriptPaths } from './script-paths.ts';
import { tellProblem } from './tell-problem.ts';

/** How often the outputs of daemons that never stop talking are cut back. */
const TRIM_MS = 60_000;
/** How often a console login that waits for somebody's rescue shell looks whether it has ended. */
const LOOK_MS = 2_000;

/** Resolves when the machine is to end; the console logins are gone then. */
export async function attendMachine(context: BootContext, consoles: ConsoleShells): Promise<void> {
  const { sys, operator, config } = context;
  let logins = await consoleLogins(context);
  let free = await consoles.makeRoom(logins);
  const gettys = await keepGettys(sys, free, String(config.scripts.runlevel), { isAccounted: true });
  const reload = async (entries: readonly InittabEntry[]) => {
    logins = entries;
    free = await consoles.makeRoom(entries);
    gettys.reload(free);
  };
  operator.onReload(() => void consoleLogins(context).then(reload));
  const health = attendHealth(context).catch((error: Error) => sys.console(`lifeboot: health of scripts: ${error.message}`));
  while (!operator.endingSignal.aborted) {
    await trimOutputs(sys, scriptPaths).catch((error: Error) => sys.console(`lifeboot: outputs of scripts: ${error.message}`));
    const isWaiting = () => free.length < logins.length;
    await sys.sleep(isWaiting() ? LOOK_MS : TRIM_MS, operator.endingSignal);
    if (isWaiting()) await reload(logins);
  }
  await gettys.stop();
  await health;
}

/** The respawn lines of the image's inittab for our run level. An image without one has no console logins. */
async function consoleLogins(context: BootContext): Promise<readonly InittabEntry[]> {
  const inittab = await readInittab(context.sys).catch((error: Error) => {
    context.sys.console(`lifeboot: console logins: ${error.message}`);
    return undefined;
  });
  for (const problem of inittab?.problems ?? []) await tellProblem(context, problem);
  return inittab === undefined ? [] : respawnEntries(inittab, String(context.config.scripts.runlevel));
}
