/** The boot, as a table. README.md "What happens at boot" has the same names in the same order; a test compares them. */
import { awaitDoor } from './await-door.ts';
import { handOver } from './hand-over.ts';
import { getsOtherInit, keepsMachine } from './other-init.ts';
import type { Phase } from './phase.ts';
import {
  checkRootPhase,
  enterRootPhase,
  findRootPhase,
  mountRootPhase,
  releaseRootPhase,
  verifyChecked,
  verifyEntered,
  verifyFoundRoot,
  verifyMounted,
  verifyReleased,
} from './root-phases.ts';
import { passHeldTier, runEarlyTiers, runLateTiers } from './tier-phases.ts';
import { judgeBootPhase } from './verdict-phase.ts';

const seconds = (count: number): number => count * 1000;
const hours = (count: number): number => seconds(count * 3600);

// biome-ignore format: the columns are the documentation
export const bootPhases: readonly Phase[] = [
  { name: 'open-door',    run: awaitDoor,        onFailure: 'continue', timeoutMs: hours(2),                              ifSkipped: 'the boot goes on without rescue' },
  { name: 'find-root',    run: findRootPhase,    onFailure: 'hold',     timeoutMs: hours(24),   verify: verifyFoundRoot, ifSkipped: 'there is no root to check, mount and enter' },
  { name: 'release-root', run: releaseRootPhase, onFailure: 'hold',     timeoutMs: seconds(60),  verify: verifyReleased,  ifSkipped: 'the root stays mounted and cannot be checked' },
  { name: 'check-root',   run: checkRootPhase,   onFailure: 'hold',     timeoutMs: hours(500) ,  verify: verifyChecked,   ifSkipped: 'the root is mounted read-write with its errors; data may be lost' },
  { name: 'mount-root',   run: mountRootPhase,   onFailure: 'hold',     timeoutMs: seconds(900), verify: verifyMounted,   ifSkipped: 'there is no root to enter' },
  { name: 'enter-root',   run: enterRootPhase,   onFailure: 'hold',     timeoutMs: seconds(60),  verify: verifyEntered,   ifSkipped: 'the scripts cannot be started' },
  { name: 'hand-over',    run: handOver,         onFailure: 'hold',     timeoutMs: seconds(60),  when: getsOtherInit,     ifSkipped: 'nothing of the root is started; rescue stays' },
  { name: 'early-tiers',  run: runEarlyTiers,    onFailure: 'hold',     timeoutMs: hours(24),    when: keepsMachine,      pass: passHeldTier, ifSkipped: 'the next tier starts without what failed' },
  { name: 'tiers',        run: runLateTiers,     onFailure: 'hold',     timeoutMs: hours(24),    when: keepsMachine,      pass: passHeldTier, ifSkipped: 'the next tier starts without what failed' },
  { name: 'verdict',      run: judgeBootPhase,   onFailure: 'continue', timeoutMs: hours(2),     when: keepsMachine,      ifSkipped: 'the boot is not judged' },
];
