/** What all who start and stop scripts share in one agent. In memory only: what must survive is in the state. */
import type { Operated } from '../../sys/boot-state.ts';
import { createTurns, type Turns } from './turns.ts';

export interface Operations {
  /** Of each script: one action at a time, the boot's own among them. */
  readonly turns: Turns;
  /** What is on its way, by ticket. */
  readonly running: Map<string, Promise<Operated | undefined>>;
}

export const createOperations = (): Operations => ({ turns: createTurns(), running: new Map() });
