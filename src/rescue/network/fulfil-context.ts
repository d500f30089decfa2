/** The network as a wish meets it. */
import type { NetworkTimeouts } from '../../sys/network-timeouts.ts';
import type { Sys } from '../../sys/sys.ts';
import type { NetworkRecord } from './network-record.ts';
import type { NetworkWatch } from './network-watch.ts';
import type { NetworkWish, NetworkWishes } from './network-wish.ts';

/** What a wish needs of the network it is part of. */
export interface FulfilContext {
  readonly sys: Sys;
  readonly watch: NetworkWatch;
  readonly signal: AbortSignal;
  readonly record: NetworkRecord;
  readonly wished: NetworkWishes;
  /** How long to wait for what before it is said. */
  readonly timeouts: NetworkTimeouts;
  apply(device: string, wish: NetworkWish): Promise<string | undefined>;
  remove(device: string, wish: NetworkWish): Promise<void>;
  trouble(name: string, text: string | undefined): void;
  setNameservers(source: string, servers: readonly string[]): Promise<void>;
}
