/** The way down: scripts stop in reverse, what is left is ended, the root is left clean. A table, as the way up. */

import { closeStorage } from '../fsck/storage/close-storage.ts';
import { paths } from '../sys/paths.ts';
import type { PhaseResult } from '../sys/phase-result.ts';
import { done, held } from '../sys/phase-result.ts';
import type { BootContext } from './boot-context.ts';
import { killProcesses } from './kill-processes.ts';
import { LEAVE_MS, leaveRootPhase } from './leave-root-phase.ts';
import type { Phase } from './phase.ts';
import { forbidLogins } from './shutdown/nologin.ts';
import { stopAllTiers } from './tier-phases.ts';

const last = 'the machine ends all the same';

// biome-ignore format: the columns are the documentation
export const downPhases: readonly Phase[] = [
  { name: 'say-goodbye',   run: sayGoodbye,     onFailure: 'continue', timeoutMs: 5_000,     ifSkipped: last },
  { name: 'stop-tiers',    run: stopAllTiers,   onFailure: 'continue', timeoutMs: 1_800_000, ifSkipped: last },
  { name: 'end-processes', run: endProcesses,   onFailure: 'continue', timeoutMs: 20_000,    ifSkipped: last },
  { name: 'leave-root',    run: leaveRootPhase, onFailure: 'continue', timeoutMs: LEAVE_MS,  ifSkipped: last },
  { name: 'close-storage', run: close,          onFailure: 'continue', timeoutMs: 60_000,    when: endsForGood, ifSkipped: last },
];

/** Everybody logged in over rescue is told; nobody there is no failure. */
async function sayGoodbye({ sys, operator }: BootContext): Promise<PhaseResult> {
  const { kind, by } = operator.ending() ?? {};
  await forbidLogins(sys, `The machine is going down (${kind}, asked by ${by}).`);
  const text =
    kind === 'soft-reboot'
      ? `Soft reboot, asked by ${by}: everything stops and starts again. This session stays.`
      : `The machine is going down (${kind}, asked by ${by}). This door stays open to the end.`;
  await sys.request(paths.rescueControl, { op: 'wall', text }, 3_000).catch(() => undefined);
  return done();
}

async function endProcesses({ sys, operator }: BootContext): Promise<PhaseResult> {
  if (operator.ending()?.holders === 'abandon') return done('spared: a holder of the root abandons the soft reboot');
  const left = await killProcesses(sys, process.pid);
  return left.length === 0 ? done() : held(`still there after KILL: ${left.join(', ')}`);
}

/** After a soft reboot the root is entered again: nobody is to type its passphrase twice. */
function endsForGood({ operator }: BootContext): boolean {
  return operator.ending()?.kind !== 'soft-reboot';
}

async function close({ sys, root }: BootContext): Promise<PhaseResult> {
  return closeStorage(sys, (await root()).source);
}
