/** What the door and the network of one rescue process share. */
import type { LoadedConfig } from '../sys/config.ts';
import type { Sys } from '../sys/sys.ts';
import type { RescueOptions } from './rescue-options.ts';
import type { RescueStateStore } from './rescue-state.ts';

export interface Rescue {
  readonly sys: Sys;
  readonly options: RescueOptions;
  readonly state: RescueStateStore;
  readonly loaded: LoadedConfig;
}
