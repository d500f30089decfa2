/** Looks after the run level of a machine that is up: goes where somebody wishes it, and back when single-user mode is left. */
import type { BootContext } from '../boot-context.ts';
import type { ConsoleLogins } from '../console-logins.ts';
import { beginLevel, runChange } from './change-level.ts';
import { levelOf, withWish } from './level-state.ts';
import { closeSingleUser, isSingleUserOpen, openSingleUser } from './single-user.ts';

/** Resolves when nothing is left to do: no wish, no change that an earlier agent began, no shell that has ended. */
export async function attendLevel(context: BootContext, logins: ConsoleLogins): Promise<void> {
  const { store, operator } = context;
  while (operator.ending() === undefined) {
    const { current, change, next } = runlevelOf(context);
    if (change !== undefined) {
      if (current !== 'S') await closeSingleUser(context);
      await logins.leaveFor(current);
      await runChange(context, change);
      if (runlevelOf(context).next === undefined) await logins.show(current);
    } else if (next !== undefined) {
      await beginLevel(context, next.level, next.by);
    } else if (current !== 'S') {
      return;
    } else if (await isSingleUserOpen(context)) {
      return openSingleUser(context);
    } else {
      await closeSingleUser(context);
      const home = String(context.config.scripts.runlevel);
      await store.update((state) => ({
        ...state,
        runlevel: withWish(levelOf(state, context.config.scripts.runlevel), home, 'the end of single-user mode'),
      }));
    }
  }
}

/** Somebody wishes for a level. Resolves when the wish would survive a crash; it is granted once the boot is over. */
export async function wishLevel({ store, operator, config }: BootContext, level: string, by: string): Promise<void> {
  await store.update((state) => ({ ...state, runlevel: withWish(levelOf(state, config.scripts.runlevel), level, by) }));
  operator.reload();
}

const runlevelOf = ({ store, config }: BootContext) => levelOf(store.current(), config.scripts.runlevel);
