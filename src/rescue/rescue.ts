/** `lifeboot rescue`: the door. It opens first, stays open, and whatever fails behind it is tried again. */
import { readBootState } from '../sys/boot-state.ts';
import { type Config, type LoadedConfig, loadConfig } from '../sys/config.ts';
import { emit } from '../sys/events.ts';
import { paths } from '../sys/paths.ts';
import { formatProblem } from '../sys/problem.ts';
import type { Sys } from '../sys/sys.ts';
import { SysError } from '../sys/sys.ts';
import type { Limits } from './attend-connection.ts';
import type { AuthorizedKey } from './authorized-keys.ts';
import { type HostKey, keepHostKey, obtainHostKey } from './host-key.ts';
import { type KeySource, openKeySource } from './key-source.ts';
import { formatBanner } from './login-banner.ts';
import type { Network } from './network.ts';
import { persist } from './persist.ts';
import { answerRescue } from './rescue-control.ts';
import { type RescueOptions, rescueOptions } from './rescue-options.ts';
import { guardProcess, stopRequested } from './rescue-process.ts';
import { openRescueState, type RescueStateStore } from './rescue-state.ts';
import type { SessionPlace } from './session-program.ts';
import { type Sshd, startSshd } from './start-sshd.ts';

interface Rescue {
  readonly sys: Sys;
  readonly options: RescueOptions;
  readonly state: RescueStateStore;
  readonly loaded: LoadedConfig;
  readonly hostKey: HostKey;
  readonly keys: KeySource;
  /** `formatProblem` lines that were told already. */
  readonly told: Set<string>;
}

/** Runs until SIGTERM, then ends the process. Crash-only: so does an exception that nobody expected, and PID 1 starts it again. */
export async function runRescue(sys: Sys, options: RescueOptions = rescueOptions): Promise<never> {
  guardProcess(sys);
  const stop = stopRequested();
  const rescue = await prepare(sys, options);
  const sshd = await openDoor(rescue);
  // Loaded and started behind the open door: they cost time that an operator need not wait.
  const network = startNetwork(rescue);
  void serveControl(rescue, sshd, network);
  void reloadKeys(rescue);
  void keepKey(rescue);

  await stop;
  await sshd.wall('lifeboot: rescue ends, good-bye');
  await sshd[Symbol.asyncDispose]();
  process.exit(0);
}

async function prepare(sys: Sys, options: RescueOptions): Promise<Rescue> {
  const state = openRescueState(sys, options.stateFile);
  const [loaded, hostKey] = await Promise.all([
    loadConfig(sys, options.configDirectories),
    persist(sys, 'host-key', () => obtainHostKey(sys, options.hostKeyFiles)),
  ]);
  state.update({
    port: loaded.config.rescue.port,
    hostKeyFingerprint: hostKey.fingerprint,
    configProblems: [...loaded.problems.map(formatProblem), ...hostKey.problems],
  });
  return { sys, options, state, loaded, hostKey, keys: openKeySource(sys, options.keyFiles), told: new Set() };
}

/** The port may still belong to a process that is going: it is asked for again until it is ours. */
async function openDoor(rescue: Rescue): Promise<Sshd> {
  const { sys, state, loaded, hostKey } = rescue;
  const { port, listen } = loaded.config.rescue;
  let sessions = () => 0;
  const sshd = await persist(sys, 'sshd', () =>
    startSshd(sys, {
      host: listen,
      port,
      privateKey: hostKey.privateKey,
      limits: limitsOf(loaded.config),
      loadKeys: () => reloadKeys(rescue),
      place: () => findPlace(sys),
      banner: () => banner(rescue),
      onSessions: () => state.update({ sessions: sessions() }),
    }),
  );
  sessions = () => sshd.sessions;
  state.update({ listening: true, port: sshd.port });
  const where = sshd.address === '::' || sshd.address === '0.0.0.0' ? '' : ` of ${sshd.address}`;
  const detail = `port ${sshd.port}${where}, host key ${hostKey.fingerprint} from ${hostKey.origin}`;
  void emit(sys, { subject: 'rescue', name: 'sshd', what: 'listening', detail });
  return sshd;
}

function limitsOf({ rescue }: Config): Limits {
  return {
    loginGraceMs: rescue.login_grace_seconds * 1000,
    maxStartups: rescue.max_startups,
    maxAuthTries: rescue.max_auth_tries,
    maxSessions: rescue.max_sessions,
  };
}

function startNetwork({ sys, options, state, loaded }: Rescue): Promise<Network> {
  if (!options.network) return new Promise(() => undefined);
  return persist(sys, 'network', async () => {
    const { startNetwork: start } = await import('./network.ts');
    const network = await start(sys, {
      cmdline: loaded.cmdline,
      config: loaded.config,
      onChange: (links) => state.update({ network: links }),
    });
    state.update({ network: network.state() });
    return network;
  });
}

async function serveControl({ sys, options, state }: Rescue, sshd: Sshd, network: Promise<Network>): Promise<void> {
  const answer = answerRescue({ status: state.current, network: () => network, wall: sshd.wall });
  await persist(sys, 'control', () => sys.serve(options.controlSocket, answer));
}

/** The keys of now; each new fault in a file is told once. Never rejects. */
async function reloadKeys({ sys, keys: source, state, told }: Rescue): Promise<readonly AuthorizedKey[]> {
  const { keys, problems } = await source.load();
  const none = 'no authorized key: nobody can log in';
  const lines = [...problems.map(formatProblem), ...(keys.length === 0 ? [none] : [])];
  state.update({ authorizedKeys: keys.length, keyProblems: lines });
  for (const line of lines) {
    if (told.has(line)) continue;
    told.add(line);
    void emit(sys, { subject: 'config', name: 'authorized_keys', what: 'problem', detail: line });
  }
  return keys;
}

/** Once the root is entered and writable: its keys count from now on, and the host key outlives this boot. */
async function keepKey(rescue: Rescue): Promise<void> {
  const { sys, options, hostKey } = rescue;
  while (!(await isRootEntered(sys))) await sys.sleep(1000);
  await reloadKeys(rescue);
  try {
    const kept = await keepHostKey(sys, hostKey, options.hostKeyFiles);
    if (kept === 'kept') await emit(sys, { subject: 'rescue', name: 'host-key', what: 'kept', detail: options.hostKeyFiles.kept });
  } catch (error) {
    const detail = error instanceof SysError ? error.message : String(error);
    await emit(sys, { subject: 'rescue', name: 'host-key', what: 'failed', detail: `not kept: ${detail}` });
  }
}

async function isRootEntered(sys: Sys): Promise<boolean> {
  const boot = await readBootState(sys);
  return boot?.phases.some(({ name, status }) => name === 'enter-root' && status === 'done') ?? false;
}

/** Only the tmpfs is asked: no login may wait for a disk. */
async function findPlace(sys: Sys): Promise<SessionPlace> {
  const [shell, entered] = await Promise.all([sys.facts(paths.shell), isRootEntered(sys)]);
  return { shell: [shell === undefined ? '/bin/sh' : paths.shell], directory: entered ? '/root' : '/' };
}

async function banner({ sys, state }: Rescue): Promise<string> {
  return formatBanner({ boot: await readBootState(sys), rescue: state.current(), uptimeMs: sys.uptimeMs() });
}
