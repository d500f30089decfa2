/** `lifeboot runlevel N` at the control socket. */
import type { BootContext } from '../boot-context.ts';
import type { Answers } from '../control.ts';
import { wishLevel } from './attend-level.ts';
import { isLevel, levelOf } from './level-state.ts';

export const runlevelAnswers = (context: BootContext): Answers => ({
  runlevel: async (request) => {
    const level = String(request['level']).toUpperCase();
    if (!isLevel(level))
      return { error: `no run level ${JSON.stringify(request['level'])}: 1 to 5 or S; 0 and 6 are lifeboot poweroff and reboot` };
    const { store, config } = context;
    const { current, change } = levelOf(store.current(), config.scripts.runlevel);
    if (level === current && change === undefined) return { ok: `run level ${level}: the machine is in it` };
    await wishLevel(context, level, typeof request['by'] === 'string' ? request['by'] : 'the control socket');
    const isBooting = store.current().verdict === undefined;
    return { ok: `run level ${level}: ${isBooting ? 'when the boot is over' : 'on the way'}` };
  },
});
