/** Swap of fstab(5): swapon(8) with priority and discard. */
import { emit } from '../../sys/events.ts';
import type { Sys } from '../../sys/sys.ts';
import { type Filesystem, optionOf } from './filesystem.ts';
import { awaitDevice } from './find-devices.ts';

const SWAPON_MS = 60_000;

/** Pure. */
export function planSwapon(device: string, options: readonly string[]): readonly string[] {
  const priority = optionOf(options, 'pri');
  const policy = optionOf(options, 'discard');
  const discard = policy === undefined ? (options.includes('discard') ? ['--discard'] : []) : [`--discard=${policy}`];
  return ['swapon', ...(priority === undefined ? [] : ['-p', priority]), ...discard, device];
}

/** Undefined when it is on, or was before; else why not. An absent device is waited for at most so long. */
export async function applySwap(sys: Sys, { entry }: Filesystem, waitMs: number, signal?: AbortSignal): Promise<string | undefined> {
  const device = await awaitDevice(sys, entry.source, waitMs, signal);
  if (device === undefined) return `${entry.source} did not appear within ${waitMs / 1000} s`;
  const target = (await sys.facts(device))?.target?.split('/').at(-1);
  const names = [device, ...(target === undefined ? [] : [`/dev/${target}`])];
  const active = ((await sys.readText('/proc/swaps')) ?? '').split('\n').map((line) => line.split(/\s/)[0]);
  if (names.some((name) => active.includes(name))) return undefined;
  const ran = await sys.run(planSwapon(device, entry.options), { timeoutMs: SWAPON_MS });
  if (ran.code !== 0) return `swapon: ${ran.stderr.trim().split('\n').at(-1) || `exit ${ran.code ?? ran.signal}`}`;
  await emit(sys, { subject: 'filesystem', name: device, what: 'swapping', quiet: true });
  return undefined;
}
