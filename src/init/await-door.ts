/** The first phase: nothing touches the root before the rescue door is open, or its time is up. */
import { readRescueState } from '../sys/boot-state.ts';
import { TOOLBOX } from '../sys/paths.ts';
import { done, held, type PhaseResult } from '../sys/phase-result.ts';
import type { BootContext } from './boot-context.ts';

const POLL_MS = 250;

/**
 * Done when rescue listens and its network is settled: an address is there, or it is known why not. Its own process goes on trying
 * for ever, so a shut door delays the boot but does not stop it.
 */
export async function awaitDoor({ sys, config, signal }: BootContext): Promise<PhaseResult> {
  const deadlineMs = sys.uptimeMs() + config.boot.door_wait_seconds * 1000;
  for (;;) {
    const rescue = await readRescueState(sys);
    if (rescue?.listening && rescue.settled) return done(rescue.sshCommands[0] ?? `port ${rescue.port}, no address`);
    const leftMs = deadlineMs - sys.uptimeMs();
    if (leftMs <= 0 || signal.aborted)
      return held(`rescue is not ready after ${config.boot.door_wait_seconds} s; the boot goes on, rescue goes on trying`);
    await sys.waitForChange(TOOLBOX, Math.min(leftMs, POLL_MS), signal);
  }
}
