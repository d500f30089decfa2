/** What rescue does when another process asks it: `lifeboot boot` at the hand-over of the network, the way down for its last words. */
import type { RescueState } from '../sys/boot-state.ts';
import type { Answer, Message } from '../sys/sys.ts';
import type { Network } from './network/network.ts';
import type { ReleaseRequest } from './network/network-handover.ts';

export interface RescueOperations {
  readonly status: () => RescueState;
  /** Resolves once the network was started. */
  readonly network: () => Promise<Network>;
  readonly wall: (text: string) => Promise<void>;
  /** See Keeper. */
  readonly keepRecordings: () => Promise<string>;
}

const OPS = 'status, release-network, verify-network, wall, keep-recordings';

/** Answers one request; `ok` is a sentence for people, the rest is for programs. Throws for a request it does not know. */
export function answerRescue(operations: RescueOperations): Answer {
  return async (request) => {
    switch (request['op']) {
      case 'status':
        return { ok: 'status', state: operations.status() };
      case 'release-network': {
        const released = await (await operations.network()).release(readRelease(request));
        return { ok: released.links.join('; ') || 'nothing to release', ...released };
      }
      case 'verify-network': {
        const verified = await (await operations.network()).verify(readWait(request));
        return { ok: `network ${verified.outcome}`, ...verified };
      }
      case 'wall':
        await operations.wall(String(request['text'] ?? ''));
        return { ok: 'shown' };
      case 'keep-recordings':
        return { ok: await operations.keepRecordings() };
      default:
        throw new Error(`unknown op ${JSON.stringify(request['op'])}; accepted: ${OPS}`);
    }
  };
}

function readRelease({ interfaces, script }: Message): ReleaseRequest {
  const named = typeof script === 'string' ? { script } : {};
  if (interfaces === undefined) return named;
  if (Array.isArray(interfaces) && interfaces.every((name) => typeof name === 'string')) return { ...named, interfaces };
  throw new Error(`interfaces is ${JSON.stringify(interfaces)}; accepted: a list of names`);
}

function readWait({ waitMs }: Message): number | undefined {
  return typeof waitMs === 'number' && waitMs >= 0 ? waitMs : undefined;
}
