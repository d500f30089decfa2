/** The tiers of this boot, read once: the links do not change between the phases, and reading them costs. */
import type { BootContext } from './boot-context.ts';
import type { Tier } from './init-script.ts';
import { readLevelTiers } from './rc-local.ts';
import { servicesLevel } from './runlevel/level-state.ts';
import { tellProblem } from './tell-problem.ts';

/**
 * The first call reads `/etc/rcS.d` and `/etc/rcN.d` and tells what is wrong in them; call it when the root is entered.
 * `fresh` reads again: the operator may have mended a header or a link.
 */
export function planTiersOnce(context: Pick<BootContext, 'sys' | 'store' | 'config'>): BootContext['plannedTiers'] {
  let reading: Promise<readonly Tier[]> | undefined;
  let readLevel = '';
  const read = async (level: string): Promise<readonly Tier[]> => {
    const { tiers, problems } = await readLevelTiers(context.sys, level);
    for (const problem of problems) await tellProblem(context, problem);
    return tiers;
  };
  return (options) => {
    const level = servicesLevel(context.store.current(), context.config.scripts.runlevel);
    if (options?.fresh || level !== readLevel) reading = undefined;
    readLevel = level;
    reading ??= read(level).catch((error: unknown) => {
      reading = undefined;
      throw error;
    });
    return reading;
  };
}
