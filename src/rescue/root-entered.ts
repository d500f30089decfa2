/** Whether the real root is `/` by now. */
import { readBootState } from '../sys/boot-state.ts';
import type { Sys } from '../sys/sys.ts';

const LOOK_MS = 1_000;

export async function isRootEntered(sys: Sys): Promise<boolean> {
  const boot = await readBootState(sys);
  return boot?.phases.some(({ name, status }) => name === 'enter-root' && status === 'done') ?? false;
}

/** Resolves once it is, which may be never. */
export async function rootEntered(sys: Sys): Promise<void> {
  while (!(await isRootEntered(sys))) await sys.sleep(LOOK_MS);
}
