/** Whether the machine gets another init once the root is entered: `[boot] handover`, `lifeboot.init=`. */
import { paths } from '../sys/paths.ts';
import type { BootContext } from './boot-context.ts';
import { tellProblem } from './tell-problem.ts';

export const getsOtherInit = ({ otherInit }: BootContext): boolean => otherInit !== undefined;
export const keepsMachine = ({ otherInit }: BootContext): boolean => otherInit === undefined;

/**
 * The init that is wanted, when PID 1 can become it: busybox init cannot, so a wish that stage 1 did not see is a Problem, and the boot
 * goes on with the image's initscripts.
 */
export async function findOtherInit({
  sys,
  store,
  config,
}: Pick<BootContext, 'sys' | 'store' | 'config'>): Promise<Pick<BootContext, 'otherInit'>> {
  const wanted = config.boot.handover;
  if (wanted === '') return {};
  const first = (await sys.readText('/proc/1/cmdline')) ?? '';
  // A hand-over that was ordered is not taken back by an agent that starts meanwhile.
  if (first.split('\0').includes(paths.firstProcess) || store.current().handedOver !== undefined) return { otherInit: wanted };
  await tellProblem(
    { sys, store },
    {
      file: 'lifeboot.toml',
      value: `boot.handover = ${JSON.stringify(wanted)}`,
      message: 'stage 1 did not see it, and busybox init cannot become another init: lifeboot keeps the machine',
      accepted: 'handover = "/PATH" on one line, or lifeboot.init=/PATH on the kernel command line',
    },
  );
  return {};
}
