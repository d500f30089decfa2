/** A real rescue sshd on a free port, with keys made by ssh-keygen and OpenSSH's own client to knock. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa, type Options } from 'execa';
import { noAccess } from '../../src/rescue/auth/access.ts';
import { parseAuthorizedKeys } from '../../src/rescue/auth/authorized-keys.ts';
import { obtainHostKey } from '../../src/rescue/auth/host-key.ts';
import type { Limits } from '../../src/rescue/guard/limits.ts';
import { type Sshd, type SshdOptions, startSshd } from '../../src/rescue/start-sshd.ts';
import { createLinuxSys } from '../../src/sys/linux.ts';
import type { Sys } from '../../src/sys/sys.ts';

export const keyKinds = {
  ed25519: ['-t', 'ed25519'],
  ecdsa256: ['-t', 'ecdsa', '-b', '256'],
  ecdsa384: ['-t', 'ecdsa', '-b', '384'],
  ecdsa521: ['-t', 'ecdsa', '-b', '521'],
  rsa: ['-t', 'rsa', '-b', '2048'],
} as const;
export type KeyKind = keyof typeof keyKinds;

export interface SshResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
}

export interface Door extends AsyncDisposable {
  readonly directory: string;
  readonly sshd: Sshd;
  /** Arguments of ssh(1) for this door, without a command. */
  sshArgs(key?: string, user?: string): string[];
  /** Runs ssh(1) to its end. */
  ssh(args: readonly string[], options?: Options & { readonly key?: string; readonly user?: string }): Promise<SshResult>;
  /** Starts ssh(1) and leaves it running. */
  startSsh(args: readonly string[]): ChildProcess;
}

export async function makeKey(directory: string, name: string, kind: KeyKind = 'ed25519'): Promise<string> {
  const file = join(directory, name);
  await execa('ssh-keygen', ['-q', '-N', '', '-C', name, ...keyKinds[kind], '-f', file]);
  return file;
}

export const doorLimits: Limits = {
  loginGraceMs: 60_000,
  maxStartups: 20,
  maxAuthTries: 6,
  maxSessions: 10,
  maxConnections: 200,
  unusedMs: 0,
  aliveIntervalMs: 30_000,
  aliveCountMax: 10,
  penaltyMs: 60_000,
};

export interface DoorOptions extends Partial<SshdOptions> {
  readonly keys?: Readonly<Record<string, KeyKind>>;
  /** What stands before each key in authorized_keys. */
  readonly keyOptions?: string;
  readonly sys?: Sys;
}

/** Opens a door for the key `id`; more keys are let in by `keyNames`. */
export async function openDoor({ sys = createLinuxSys({ consolePath: '/dev/null' }), ...options }: DoorOptions = {}): Promise<Door> {
  const directory = await mkdtemp(join(tmpdir(), 'lifeboot-door-'));
  const texts: string[] = [];
  for (const [name, kind] of Object.entries(options.keys ?? { id: 'ed25519' as const })) {
    texts.push(`${options.keyOptions ?? ''} ${await readFile(`${await makeKey(directory, name, kind)}.pub`, 'utf8')}`);
  }
  const { keys, problems } = parseAuthorizedKeys(texts.join(''), 'authorized_keys');
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const access = { ...noAccess, authorizedKeys: [keys] };
  const files = {
    copied: join(directory, 'copied'),
    ram: join(directory, 'ram'),
    kept: join(directory, 'kept'),
    certificate: join(directory, 'copied-cert.pub'),
  };
  const sshd = await startSshd(sys, {
    host: '127.0.0.1',
    port: 0,
    privateKey: (await obtainHostKey(sys, files)).privateKey,
    limits: doorLimits,
    loadAccess: async () => access,
    place: async () => ({ shell: ['/bin/busybox', 'sh'], directory: '/' }),
    banner: async () => 'this is the banner\r\n',
    ...options,
  });
  const sshArgs = (key = 'id', user = 'root') => [
    ...['-F', 'none', '-p', String(sshd.port), '-i', join(directory, key), '-o', 'IdentitiesOnly=yes', '-o', 'IdentityAgent=none'],
    ...[
      '-o',
      'StrictHostKeyChecking=no',
      '-o',
      'UserKnownHostsFile=/dev/null',
      '-o',
      'BatchMode=yes',
      '-o',
      'LogLevel=ERROR',
      `${user}@127.0.0.1`,
    ],
  ];
  return {
    directory,
    sshd,
    sshArgs,
    ssh: async (args, { key, user, ...execOptions } = {}) =>
      (await execa('ssh', [...sshArgs(key, user), ...args], {
        reject: false,
        timeout: 30_000,
        stripFinalNewline: false,
        ...execOptions,
      })) as unknown as SshResult,
    startSsh: (args) => spawn('ssh', [...sshArgs(), ...args], { stdio: 'pipe' }),
    async [Symbol.asyncDispose]() {
      await sshd[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Waits until `check` gives something, at most so long. */
export async function eventually<T>(
  what: string,
  check: () => T | undefined | false | Promise<T | undefined | false>,
  deadlineMs = 30_000,
): Promise<T> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const found = await check();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > endMs) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
