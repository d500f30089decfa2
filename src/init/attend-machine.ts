/** The steady state: the boot is over, the agent keeps the console logins alive and waits for the word to end. */
import type { BootContext } from './boot-context.ts';
import { keepGettys } from './gettys.ts';
import { type InittabEntry, readInittab, respawnEntries } from './inittab.ts';
import { trimOutputs } from './script-output.ts';
import { scriptPaths } from './script-paths.ts';
import { tellProblem } from './tell-problem.ts';

/** How often the outputs of daemons that never stop talking are cut back. */
const TRIM_MS = 60_000;

/** Resolves when the machine is to end; the console logins are gone then. */
export async function attendMachine(context: BootContext): Promise<void> {
  const { sys, operator, config } = context;
  const gettys = await keepGettys(sys, await consoleLogins(context), String(config.scripts.runlevel));
  operator.onReload(() => void consoleLogins(context).then((entries) => gettys.reload(entries)));
  while (!operator.endingSignal.aborted) {
    await trimOutputs(sys, scriptPaths).catch((error: Error) => sys.console(`lifeboot: outputs of scripts: ${error.message}`));
    await sys.sleep(TRIM_MS, operator.endingSignal);
  }
  await gettys.stop();
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
