/** What the image's own `shutdown`, `reboot`, `poweroff` and `telinit` ask of PID 1 reaches the boot agent here. */
import { emit } from '../sys/events.ts';
import type { BootContext } from './boot-context.ts';
import { type InitctlAction, watchInitctl } from './initctl.ts';
import { actOnPower } from './run-inittab.ts';
import { wishLevel } from './runlevel/attend-level.ts';

/** Listens until disposed. Without the FIFO the boot goes on: `lifeboot reboot` works all the same. */
export async function listenInitctl(context: BootContext): Promise<AsyncDisposable> {
  const { sys } = context;
  try {
    return await watchInitctl(sys, {
      onAction: (action) => void act(context, action).catch((error: Error) => sys.console(`lifeboot: initctl: ${error.message}`)),
    });
  } catch (error) {
    await emit(sys, { subject: 'boot', name: 'initctl', what: 'failed', detail: error instanceof Error ? error.message : String(error) });
    return { [Symbol.asyncDispose]: () => Promise.resolve() };
  }
}

async function act(context: BootContext, action: InitctlAction): Promise<void> {
  const { sys, operator } = context;
  switch (action.do) {
    case 'end':
      return operator.requestEnding({ kind: action.ending, by: action.by });
    case 'level':
      return wishLevel(context, action.level, action.by);
    case 'power':
      return actOnPower(context, action.power);
    case 'reload':
      operator.reload();
      return emit(sys, { subject: 'boot', name: 'inittab', what: 'reloaded', detail: `by ${action.by}` });
    case 'say':
      return emit(sys, { subject: 'boot', name: 'initctl', what: 'refused', detail: action.text });
  }
}
