/** What a recorded event costs on this machine: the same calls, with the recording and without it. */
import { paths } from '../../../sys/paths.ts';
import type { Sys } from '../../../sys/sys.ts';
import { INSTANCE, tryWrite } from './tracefs.ts';

const CALLS = 4000;
/** Each call is a probe and a return. */
const EVENTS = 2 * CALLS;
const LOOK = `i=0; while [ $i -lt ${CALLS} ]; do [ -e /run/lifeboot/races.none ]; i=$((i + 1)); done`;
const LOOK_MS = 30_000;

/** Milliseconds for one event; 0 when the machine is too busy to tell. Leaves every event of ours switched off. */
export async function measureCost(sys: Sys): Promise<number> {
  const withMs = await lookMs(sys);
  await tryWrite(sys, `${INSTANCE}/events/enable`, '0');
  const withoutMs = await lookMs(sys);
  return Math.max(0, withMs - withoutMs) / EVENTS;
}

async function lookMs(sys: Sys): Promise<number> {
  return (await sys.run([paths.busybox, 'sh', '-c', LOOK], { timeoutMs: LOOK_MS })).durationMs;
}
