/** Whether recordings can be kept on the root now. */
import { type BootState, readBootState } from '../../sys/boot-state.ts';
import type { Sys } from '../../sys/sys.ts';
import type { RootNow, RootState } from './keep-recordings.ts';

/** An init that got the machine tells nobody when its filesystems are mounted; two minutes are plenty. */
const MOUNTED_MS = 120_000;

export async function rootNow(sys: Sys): Promise<RootNow> {
  const boot = await readBootState(sys);
  return { state: rootState(boot, sys.uptimeMs()), round: boot?.round?.count ?? 0 };
}

/** Ready when the filesystems below it are mounted, which the early tiers do: what is written before is hidden by /var. */
export function rootState(boot: BootState | undefined, nowMs: number): RootState {
  const status = (name: string) => boot?.phases.find((phase) => phase.name === name)?.status ?? 'waiting';
  if (status('enter-root') !== 'done' || status('leave-root') === 'done') return 'apart';
  if (boot?.handedOver !== undefined) return nowMs - boot.handedOver.atMs >= MOUNTED_MS ? 'ready' : 'entered';
  return boot?.ending === undefined && ['done', 'skipped', 'failed'].includes(status('early-tiers')) ? 'ready' : 'entered';
}
