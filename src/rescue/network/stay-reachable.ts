/** Once the machine is another init's, nobody tells rescue when the networking stops: on the way down, or for emergency mode. */
import { readBootState } from '../../sys/boot-state.ts';
import type { Sys } from '../../sys/sys.ts';
import { isGoingDown } from './is-going-down.ts';
import type { Network } from './network.ts';

const LOOK_MS = 5_000;
/** Longer than a networking takes that is started anew, and an operator between ifdown and ifup. */
const PATIENCE_MS = 30_000;

/**
 * Puts our addresses back when a machine that was handed over has had none for half a minute: once each time it loses them, since what
 * was put back is kept like before the hand-over. When it goes down, at once, and until they are there. Ends with `signal`.
 */
export async function stayReachable(sys: Sys, network: Pick<Network, 'state' | 'verify'>, signal?: AbortSignal): Promise<void> {
  let wasReachable = true;
  while (signal?.aborted !== true) {
    await sys.sleep(LOOK_MS, signal);
    // Link-local addresses are written with their link.
    const isReachable = network.state().addresses.some((address) => !address.includes('%'));
    if (isReachable || !wasReachable) wasReachable = isReachable;
    else if ((await readBootState(sys))?.handedOver !== undefined) {
      const goesDown = await isGoingDown(sys);
      await network.verify(goesDown ? 0 : PATIENCE_MS);
      // An init that ends all processes ends the very `ip` that brings the address back, too: on the way down it is tried again.
      wasReachable = goesDown;
    }
  }
}
