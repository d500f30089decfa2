/** Times an ssh banner without loading the guest: each connection costs an emulated one a fork of its sshd. */
import { setTimeout } from 'node:timers/promises';
import { type Knock, knock } from '../ssh-client.ts';

export interface DoorWatch {
  readonly port: number;
  /** While the guest has not answered yet, a try is held this long. */
  readonly holdMs: number;
  /** Something else says that the guest answers by now. */
  readonly networkIsUp: () => boolean;
  readonly signal: AbortSignal;
  /** For tests. */
  readonly tryOnce?: (port: number, holdMs: number) => Promise<Knock>;
}

const PATIENT_HOLD_MS = 15_000;
/** After a refusal the next try is soon enough to time the banner well; QEMU itself needs a moment before it forwards. */
const PAUSE_MS: Readonly<Record<Knock, number>> = { banner: 0, silent: 0, refused: 150, unforwarded: 100 };

/**
 * Resolves at the banner; rejects when the signal aborts. One connection at a time: QEMU accepts at once and sends a SYN that a guest
 * without an address never answers, so tries are short until the first answer (a reset counts), and patient from then on.
 */
export async function watchDoor({ port, holdMs, networkIsUp, signal, tryOnce = knock }: DoorWatch): Promise<void> {
  let answers = false;
  for (;;) {
    signal.throwIfAborted();
    answers ||= networkIsUp();
    const answer = await tryOnce(port, answers ? PATIENT_HOLD_MS : holdMs);
    if (answer === 'banner') return;
    answers ||= answer === 'refused';
    await setTimeout(PAUSE_MS[answer], undefined, { signal });
  }
}
