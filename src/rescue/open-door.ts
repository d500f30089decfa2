/** The sshd of rescue, with its host key and its authorized keys: opened on the port, and kept up to date behind it. */
import { readBootState } from '../sys/boot-state.ts';
import type { Config } from '../sys/config.ts';
import { emit } from '../sys/events.ts';
import { paths } from '../sys/paths.ts';
import { formatProblem } from '../sys/problem.ts';
import { spareAgain } from '../sys/sendsigs.ts';
import { type Sys, SysError } from '../sys/sys.ts';
import { type Access, countAccess } from './auth/access.ts';
import { type AccessSource, openAccessSource } from './auth/access-source.ts';
import { type HostCertificate, readHostCertificate } from './auth/host-certificate.ts';
import { type HostKey, keepHostKey, obtainHostKey } from './auth/host-key.ts';
import type { Limits } from './guard/limits.ts';
import { persist } from './persist.ts';
import type { Rescue } from './rescue-parts.ts';
import { isRootEntered, rootEntered } from './root-entered.ts';
import { formatBanner } from './session/login-banner.ts';
import type { SessionPlace } from './session/session-program.ts';
import { type Sshd, type SshdOptions, startSshd } from './start-sshd.ts';

type Observe = NonNullable<SshdOptions['observe']>;

interface Door extends Rescue {
  readonly observe: Observe;
  readonly hostKey: HostKey;
  readonly hostCertificate: HostCertificate | undefined;
  readonly source: AccessSource;
  /** `formatProblem` lines that were told already. */
  readonly told: Set<string>;
}

/** Opens the door. The port may still belong to a process that is going: it is asked for again until it is ours. */
export async function openDoor(rescue: Rescue, observe: Observe): Promise<Sshd> {
  const { sys, options, state } = rescue;
  const hostKey = await persist(sys, 'host-key', () => obtainHostKey(sys, options.hostKeyFiles));
  const problems = [...hostKey.problems];
  const hostCertificate = await readHostCertificate(sys, options.hostKeyFiles.certificate, hostKey.fingerprint, (line) =>
    problems.push(line),
  );
  state.update({ hostKeyFingerprint: hostKey.fingerprint, keyFileProblems: problems });
  const door: Door = { ...rescue, observe, hostKey, hostCertificate, source: openAccessSource(sys, options.accessPlaces), told: new Set() };
  const sshd = await listen(door);
  void reloadAccess(door);
  void keepKey(door);
  return sshd;
}

async function listen(door: Door): Promise<Sshd> {
  const { sys, state, loaded, hostKey, hostCertificate } = door;
  const { port, listen: host } = loaded.config.rescue;
  let sessions = () => 0;
  const sshd = await persist(sys, 'sshd', () =>
    startSshd(sys, {
      host,
      port,
      privateKey: hostKey.privateKey,
      hostCertificate: hostCertificate?.blob,
      limits: limitsOf(loaded.config),
      loadAccess: () => reloadAccess(door),
      place: () => findPlace(sys),
      banner: () => banner(door),
      observe: door.observe,
      onSessions: () => {
        state.update({ sessions: sessions() });
        void spareAgain(sys, process.ppid);
      },
    }),
  );
  sessions = () => sshd.sessions;
  state.update({ listening: true, port: sshd.port });
  void spareAgain(sys, process.ppid);
  const where = sshd.address === '::' || sshd.address === '0.0.0.0' ? '' : ` of ${sshd.address}`;
  const by = hostCertificate === undefined ? '' : `, certified by ${hostCertificate.authorityFingerprint}`;
  const detail = `port ${sshd.port}${where}, host key ${hostKey.fingerprint} from ${hostKey.origin}${by}`;
  void emit(sys, { subject: 'rescue', name: 'sshd', what: 'listening', detail });
  return sshd;
}

function limitsOf({ rescue }: Config): Limits {
  return {
    loginGraceMs: rescue.login_grace_seconds * 1000,
    maxStartups: rescue.max_startups,
    maxAuthTries: rescue.max_auth_tries,
    maxSessions: rescue.max_sessions,
    maxConnections: rescue.max_connections,
    unusedMs: rescue.unused_timeout_seconds * 1000,
    aliveIntervalMs: rescue.client_alive_interval_seconds * 1000,
    aliveCountMax: rescue.client_alive_count_max,
    penaltyMs: rescue.max_penalty_seconds * 1000,
  };
}

/** Who may log in now; each new fault in a file is told once. Never rejects. */
async function reloadAccess({ sys, source, state, told }: Door): Promise<Access> {
  const { access, problems } = await source.load();
  const counts = countAccess(access);
  const none = 'no authorized key: nobody can log in';
  const lines = [...problems.map(formatProblem), ...(counts.authorizedKeys + counts.authorities === 0 ? [none] : [])];
  state.update({ ...counts, keyProblems: lines });
  for (const line of lines) {
    if (told.has(line)) continue;
    told.add(line);
    void emit(sys, { subject: 'config', name: 'authorized_keys', what: 'problem', detail: line });
  }
  return access;
}

/** Once the root is entered and writable: its keys count from now on, and the host key outlives this boot. */
async function keepKey(door: Door): Promise<void> {
  const { sys, options, hostKey } = door;
  await rootEntered(sys);
  await reloadAccess(door);
  try {
    const kept = await keepHostKey(sys, hostKey, options.hostKeyFiles);
    if (kept === 'kept') await emit(sys, { subject: 'rescue', name: 'host-key', what: 'kept', detail: options.hostKeyFiles.kept });
  } catch (error) {
    const detail = error instanceof SysError ? error.message : String(error);
    await emit(sys, { subject: 'rescue', name: 'host-key', what: 'failed', detail: `not kept: ${detail}` });
  }
}

/** Only the tmpfs is asked: no login may wait for a disk. */
async function findPlace(sys: Sys): Promise<SessionPlace> {
  const [shell, entered] = await Promise.all([sys.facts(paths.shell), isRootEntered(sys)]);
  return { shell: [shell === undefined ? '/bin/sh' : paths.shell], directory: entered ? '/root' : '/' };
}

async function banner({ sys, state }: Rescue): Promise<string> {
  return formatBanner({ boot: await readBootState(sys), rescue: state.current(), uptimeMs: sys.uptimeMs() });
}
