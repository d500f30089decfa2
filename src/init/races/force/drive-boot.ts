/** Puts a boot into the hands of a race explorer, when the kernel's command line names the line to it. */
import { emit } from '../../../sys/events.ts';
import { paths } from '../../../sys/paths.ts';
import { openSerialLine } from '../../../sys/serial-line.ts';
import type { BootContext } from '../../boot-context.ts';
import { scriptPaths } from '../../script-paths.ts';
import { createObserver } from '../outcome/observe.ts';
import { perturb } from './perturb.ts';
import { createTrialControl, type TrialControl } from './trial-control.ts';

/** Undefined in every other boot, and without the line. */
export async function driveBoot(context: BootContext): Promise<TrialControl | undefined> {
  const { sys, store, cmdline } = context;
  if (cmdline.trial === undefined) return undefined;
  try {
    return createTrialControl({
      sys,
      paths: scriptPaths,
      holds: { program: paths.callHold, directory: paths.holds },
      port: openSerialLine(cmdline.trial),
      observer: createObserver(sys, scriptPaths, {
        tiers: () => context.plannedTiers(),
        rows: () => store.current().tiers.flatMap((tier) => tier.scripts),
      }),
      perturb: (trial) => perturb(sys, trial, paths.reseed),
    });
  } catch (error) {
    await emit(sys, { subject: 'boot', name: 'trial', what: 'failed', detail: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}
