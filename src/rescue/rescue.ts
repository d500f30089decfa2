/** `lifeboot rescue`: the door. It opens first, stays open, and whatever fails behind it is tried again. */
import { loadConfig } from '../sys/config.ts';
import { formatProblem } from '../sys/problem.ts';
import type { Sys } from '../sys/sys.ts';
import type { Audit } from './audit/open-audit.ts';
import type { Network } from './network/network.ts';
import { persist } from './persist.ts';
import { answerRescue } from './rescue-control.ts';
import { type RescueOptions, rescueOptions } from './rescue-options.ts';
import type { Rescue } from './rescue-parts.ts';
import { guardProcess, stopRequested } from './rescue-process.ts';
import { openRescueState } from './rescue-state.ts';
import type { Sshd } from './start-sshd.ts';

/** Runs until SIGTERM, then ends the process. Crash-only: so does an exception that nobody expected, and PID 1 starts it again. */
export async function runRescue(sys: Sys, options: RescueOptions = rescueOptions): Promise<never> {
  guardProcess(sys);
  const stop = stopRequested();
  const rescue = await prepare(sys, options);
  // The network takes the time of other programs, sshd takes ours: the one comes up while the other is loaded.
  const network = startNetwork(rescue);
  const [{ openDoor }, { openAudit }] = await Promise.all([import('./open-door.ts'), import('./audit/open-audit.ts')]);
  const audit = await openAudit(rescue);
  const sshd = await openDoor(rescue, audit.observe);
  void serveControl(rescue, { sshd, network, audit });

  await stop;
  await sshd.wall('lifeboot: rescue ends, good-bye');
  await sshd[Symbol.asyncDispose]();
  process.exit(0);
}

async function prepare(sys: Sys, options: RescueOptions): Promise<Rescue> {
  const state = openRescueState(sys, options.stateFile);
  const loaded = await loadConfig(sys, options.configDirectories);
  state.update({ port: loaded.config.rescue.port, configProblems: loaded.problems.map(formatProblem) });
  return { sys, options, state, loaded };
}

function startNetwork({ sys, options, state, loaded }: Rescue): Promise<Network> {
  if (!options.network) return new Promise(() => undefined);
  return persist(sys, 'network', async () => {
    const { startNetwork: start } = await import('./network/network.ts');
    const network = await start(sys, {
      cmdline: loaded.cmdline,
      config: loaded.config,
      onChange: (links) => state.update({ network: links }),
    });
    state.update({ network: network.state() });
    void persist(sys, 'network', async () => (await import('./network/stay-reachable.ts')).stayReachable(sys, network));
    return network;
  });
}

interface Parts {
  readonly sshd: Sshd;
  readonly network: Promise<Network>;
  readonly audit: Audit;
}

async function serveControl({ sys, options, state }: Rescue, { sshd, network, audit }: Parts): Promise<void> {
  const answer = answerRescue({ status: state.current, network: () => network, wall: sshd.wall, keepRecordings: audit.keepLast });
  await persist(sys, 'control', () => sys.serve(options.controlSocket, answer));
}
