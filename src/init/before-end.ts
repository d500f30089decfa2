/** `lifeboot down`: PID 1 runs it before it ends the machine, for the endings that nobody announced (a signal, a crash). */
import { parseArgs } from 'node:util';
import { paths } from '../sys/paths.ts';
import type { Sys } from '../sys/sys.ts';
import { bringDown, openContext } from './boot-agent.ts';

const POLL_MS = 1_000;
const WHOLE_WAY_MS = 1_800_000;

/**
 * Resolves with 0 when the way down is done: by the boot agent if it is alive, else here.
 * PID 1 starts no new agent any more, so whoever finds the agent dead has to do its work.
 */
export async function runBeforeEnd(sys: Sys, args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { by: { type: 'string' } } });
  const by = values.by ?? 'PID 1';
  const deadlineMs = sys.uptimeMs() + WHOLE_WAY_MS;
  while (sys.uptimeMs() < deadlineMs) {
    if ((await sys.readText(paths.downDone)) !== undefined) return 0;
    const alive = await sys.request(paths.control, { op: 'reboot', by }, 5_000).catch(() => undefined);
    if (alive === undefined) return bringDownHere(sys, by);
    await sys.waitForChange('/run/lifeboot', POLL_MS);
  }
  return 1;
}

async function bringDownHere(sys: Sys, by: string): Promise<number> {
  const context = await openContext(sys);
  await context.operator.requestEnding({ kind: 'reboot', by });
  await bringDown(context);
  return 0;
}
