/** The steady state: the boot is over, the agent looks after run level, console logins and the scripts' health and waits for the word to end. */
import type { BootContext } from './boot-context.ts';
import { keepLogins } from './console-logins.ts';
import type { ConsoleShells } from './console-shells.ts';
import { attendHealth } from './health/attend-health.ts';
import { attendLevel } from './runlevel/attend-level.ts';
import { formatLevel, levelOf } from './runlevel/level-state.ts';
import { trimOutputs } from './script-output.ts';
import { scriptPaths } from './script-paths.ts';

/** How often the outputs of daemons that never stop talking are cut back. */
const TRIM_MS = 60_000;
/** How often a console login that waits for somebody's rescue shell, and the shell of single-user mode, are looked at. */
const LOOK_MS = 1_000;

/** Resolves when the machine is to end; the console logins are gone then. */
export async function attendMachine(context: BootContext, consoles: ConsoleShells): Promise<void> {
  const { sys, operator, store, config } = context;
  const level = () => levelOf(store.current(), config.scripts.runlevel);
  const logins = await keepLogins(context, consoles, level().current);
  let woken = new AbortController();
  operator.onReload(() => woken.abort());
  let health = watchHealth(context);
  while (!operator.endingSignal.aborted) {
    if (woken.signal.aborted) woken = new AbortController();
    await trimOutputs(sys, scriptPaths).catch((error: Error) => sys.console(`lifeboot: outputs of scripts: ${error.message}`));
    const before = level();
    await attendLevel(context, logins);
    if (formatLevel(level()) !== formatLevel(before)) {
      // Other scripts are up now, and wanted.
      await health.stop();
      health = watchHealth(context);
    }
    const waitMs = logins.isWaiting() || level().current === 'S' ? LOOK_MS : TRIM_MS;
    await sys.sleep(waitMs, AbortSignal.any([operator.endingSignal, woken.signal]));
    if (woken.signal.aborted || logins.isWaiting()) await logins.show(level().current);
  }
  await logins.stop();
  await health.stop();
}

function watchHealth(context: BootContext): { readonly stop: () => Promise<void> } {
  const stopping = new AbortController();
  const watching = attendHealth(context, AbortSignal.any([stopping.signal, context.operator.endingSignal])).catch((error: Error) =>
    context.sys.console(`lifeboot: health of scripts: ${error.message}`),
  );
  return {
    stop: () => {
      stopping.abort();
      return watching;
    },
  };
}
