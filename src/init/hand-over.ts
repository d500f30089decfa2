/** Phase hand-over: the machine's own init gets the root that is checked, mounted and entered. Rescue stays, the boot agent ends. */
import { basename } from 'node:path';
import { emit } from '../sys/events.ts';
import { paths } from '../sys/paths.ts';
import { done, held, type PhaseResult } from '../sys/phase-result.ts';
import type { Sys } from '../sys/sys.ts';
import type { BootContext } from './boot-context.ts';
import { leaveMarks } from './hand-over-marks.ts';
import { resolveProgram } from './resolve-program.ts';
import { tellProblem } from './tell-problem.ts';

/** Where the kernel looks for an init that nobody named (kernel_init() of init/main.c), but for its shell. */
const usual: readonly string[] = ['/sbin/init', '/etc/init', '/bin/init'];

const RELEASE_MS = 10_000;
const ORDER_MS = 1_000;
/** An init may take its time to reach its networking: so long ours are parked, or away where the policy says `release`. */
const VERIFY_MS = 120_000;

/** These set up the network behind the init's back, and leave a link alone that has an address. */
const shyManagers: readonly (readonly [name: string, enabledBy: string])[] = [
  ['NetworkManager', '/etc/systemd/system/multi-user.target.wants/NetworkManager.service'],
  ['NetworkManager', '/etc/runlevels/default/NetworkManager'],
  ['connman', '/etc/systemd/system/multi-user.target.wants/connman.service'],
];

/**
 * Hands over to the wanted init, or where it cannot be executed to the one that the kernel would find. Held when there is none at all.
 * INVARIANT: the order to PID 1 is the last thing: whatever dies before it, the next agent does it all again.
 */
export async function handOver(context: BootContext): Promise<PhaseResult> {
  const { sys, store, otherInit = '' } = context;
  const inits = await findInits(sys, otherInit);
  const [first] = inits;
  if (first === undefined) return noInit(otherInit);
  if (first.path !== otherInit) {
    await tellProblem(context, {
      file: 'lifeboot.toml',
      value: `boot.handover = ${JSON.stringify(otherInit)}`,
      message: `cannot be executed: ${first.path} gets the machine`,
      accepted: 'a program of the root',
    });
  }
  await leaveMarks(sys, { isSystemd: basename(first.program) === 'systemd' });
  await letNetworkGo(sys, basename(first.program));
  await store.update((state) => ({ ...state, handedOver: { init: first.path, atMs: sys.uptimeMs() } }));
  await emit(sys, { subject: 'boot', name: 'hand-over', what: 'ordered', detail: first.path });
  await sys.writeAtomic(paths.handOver, inits.map(({ path }) => `${path}\n`).join(''));
  sys.kill(1, 'SIGHUP');
  return done(first.path);
}

interface Init {
  readonly path: string;
  /** What it is a link to in the end. */
  readonly program: string;
}

async function findInits(sys: Sys, wanted: string): Promise<readonly Init[]> {
  const inits: Init[] = [];
  for (const path of new Set([wanted, ...usual])) {
    const program = await resolveProgram(sys, path);
    if (program !== undefined) inits.push({ path, program });
  }
  return inits;
}

function noInit(wanted: string): PhaseResult {
  const tried = [...new Set([wanted, ...usual])];
  return held(
    'the root has no init that could get the machine',
    tried.map((path) => `${path}: no program that can be executed`),
    [{ command: `ls -l ${tried.join(' ')}`, does: 'shows what is there' }],
  );
}

/** Rescue does what each link's policy says, and looks by itself whether the machine has come up. A dead one must not keep the init waiting. */
async function letNetworkGo(sys: Sys, init: string): Promise<void> {
  const script = (await shyManager(sys)) ?? init;
  try {
    await sys.request(paths.rescueControl, { op: 'release-network', script }, RELEASE_MS);
    // The answer comes long after we are gone.
    await sys.request(paths.rescueControl, { op: 'verify-network', waitMs: VERIFY_MS }, ORDER_MS).catch(() => undefined);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    await emit(sys, { subject: 'network', name: script, what: 'unreleased', detail });
  }
}

async function shyManager(sys: Sys): Promise<string | undefined> {
  for (const [name, enabledBy] of shyManagers) if ((await sys.facts(enabledBy)) !== undefined) return name;
  return undefined;
}
