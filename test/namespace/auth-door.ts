/** A real rescue sshd that reads its authorization files from a directory at each log-in, and what it said to those it refused. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { openAccessSource } from '../../src/rescue/auth/access-source.ts';
import type { SshdOptions } from '../../src/rescue/start-sshd.ts';
import { createLinuxSys } from '../../src/sys/linux.ts';
import { paths } from '../../src/sys/paths.ts';
import type { Sys } from '../../src/sys/sys.ts';
import { type Door, doorLimits, openDoor } from './door.ts';

export type AccessFile = 'authorized_keys' | 'trusted_user_ca_keys' | 'auth_principals' | 'revoked_keys';

export interface AuthDoor extends AsyncDisposable {
  readonly door: Door;
  readonly directory: string;
  /** These files, and no others, say who may log in. */
  allow(files: Partial<Record<AccessFile, string | Buffer>>): Promise<void>;
  /** What `ssh … 'echo in'` came to: `in`, or the reason of the refusal. */
  knock(key: string, options?: { readonly ssh?: readonly string[]; readonly user?: string }): Promise<string>;
  /** `time` of now on, as the machine's clock has it. */
  setClock(time: string | undefined): void;
  /** The record of the newest log-in. */
  readonly opened: Readonly<Record<string, unknown>> | undefined;
  /** Reasons of refusals so far. */
  readonly refusals: readonly string[];
}

const FILES: readonly AccessFile[] = ['authorized_keys', 'trusted_user_ca_keys', 'auth_principals', 'revoked_keys'];

export async function openAuthDoor(options: Partial<SshdOptions> = {}): Promise<AuthDoor> {
  const records: Record<string, unknown>[] = [];
  let clock: string | undefined;
  const real = createLinuxSys({ consolePath: '/dev/null' });
  const sys: Sys = {
    ...real,
    // Each refusal is told, however many there were: the minute that bounds them is over at once.
    sleep: (ms, signal) => real.sleep(ms === 60_000 ? 0 : ms, signal),
    wallClock: () => (clock === undefined ? new Date() : new Date(clock)),
    appendLine: async (path, line) => void (path === paths.events ? records.push(JSON.parse(line)) : await real.appendLine(path, line)),
  };
  const door = await openDoor({
    sys,
    limits: { ...doorLimits, penaltyMs: 0 },
    loadAccess: async () => (await source.load()).access,
    ...options,
  });
  const { directory } = door;
  const source = openAccessSource(sys, { baked: join(directory, 'none'), copied: join(directory, 'none'), live: directory });
  const refusals = () => records.filter(({ what }) => what === 'refused').map(({ detail }) => String(detail));

  return {
    door,
    directory,
    async allow(files) {
      for (const name of FILES) {
        const content = files[name];
        if (content === undefined) await execa('rm', ['-f', join(directory, name)]);
        else await writeFile(join(directory, name), content, { mode: 0o600 });
      }
    },
    async knock(key, { ssh = [], user = 'root' } = {}) {
      const before = refusals().length;
      const ran = await door.ssh([...ssh, 'echo in'], { key, user });
      if (ran.exitCode === 0) return ran.stdout.trim();
      return refusals().slice(before).join('; ') || ran.stderr;
    },
    setClock(time) {
      clock = time;
    },
    get opened() {
      return records.findLast(({ what }) => what === 'opened');
    },
    get refusals() {
      return refusals();
    },
    [Symbol.asyncDispose]: () => door[Symbol.asyncDispose](),
  };
}
