/** A root with initscripts of its own in a temporary directory, and the real operating system to run them. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { roomFor } from '../../src/init/bounded.ts';
import type { ScriptPaths } from '../../src/init/script-paths.ts';
import type { TierContext } from '../../src/init/tier-context.ts';
import type { Tiers } from '../../src/init/tier-state.ts';
import { createLinuxSys } from '../../src/sys/linux.ts';
import { paths as systemPaths } from '../../src/sys/paths.ts';
import type { Sys } from '../../src/sys/sys.ts';
import { groupsIn, ownCgroup, removeCgroup } from './own-cgroup.ts';

export interface TierMachine extends Disposable {
  readonly root: string;
  readonly sys: Sys;
  readonly paths: ScriptPaths;
  /** What the console showed. */
  readonly lines: string[];
  /** `/etc/init.d/NAME` with this body, and its link, e.g. `rc2.d/S01NAME`. */
  script(link: string, body: string): void;
  /** Lines that scripts wrote to `$root/log`. */
  log(): readonly string[];
  output(claim: string): string;
  /** Scripts that have a cgroup. */
  groups(): readonly string[];
  /** Processes whose command line names this root or the word. */
  processes(word?: string): readonly string[];
}

const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => {
  try {
    return readFileSync(path).length > 0;
  } catch {
    return false;
  }
});

/** Reuses `root` when given: for an agent that was started again. Without `cgroups` it is a machine whose kernel has none. */
export function createTierMachine(
  root = mkdtempSync(join(tmpdir(), 'lifeboot-tiers-')),
  options: { readonly cgroups?: boolean } = {},
): TierMachine {
  // Of two machines on one root the first disposes of it.
  const isOurs = !existsSync(`${root}/run`);
  const paths: ScriptPaths = {
    scripts: `${root}/run/scripts`,
    output: `${root}/run/scripts/output`,
    cgroups: (options.cgroups === false ? undefined : ownCgroup(basename(root))) ?? `${root}/no-cgroups`,
    notices: `${root}/run/notices`,
    notify: `${root}/run/notify`,
    notifyListen: `${root}/run/notify-listen`,
    runScript: resolve(import.meta.dirname, '../../src/stage1/run-script'),
    busybox: busybox ?? 'busybox',
  };
  for (const directory of [paths.output, `${root}/etc/init.d`, `${root}/etc/rcS.d`, `${root}/etc/rc2.d`, `${root}/tmp`]) {
    mkdirSync(directory, { recursive: true });
  }
  const lines: string[] = [];
  const real = createLinuxSys();
  const sys: Sys = {
    ...real,
    console: (line) => void lines.push(line),
    appendLine: (path, line) => real.appendLine(path === systemPaths.events ? `${root}/events.ndjson` : path, line),
  };
  return {
    root,
    sys,
    paths,
    lines,
    script(link, body) {
      const name = link.replace(/^.*\/[SK]\d\d/, '');
      writeFileSync(`${root}/etc/init.d/${name}`, `#!/bin/sh\n${body}\n`);
      chmodSync(`${root}/etc/init.d/${name}`, 0o755);
      mkdirSync(`${root}/etc/${link.split('/')[0]}`, { recursive: true });
      symlinkSync(`../init.d/${name}`, `${root}/etc/${link}`);
    },
    log: () => readOr(`${root}/log`).split('\n').slice(0, -1),
    output: (claim) => readOr(`${paths.output}/${claim}`),
    groups: () => groupsIn(paths.cgroups),
    processes: (word = root) => commandLines().filter((line) => line.includes(word)),
    [Symbol.dispose]() {
      if (isOurs && options.cgroups !== false) removeCgroup(paths.cgroups);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** A context whose state lives in `kept`. */
export function tierContext(machine: TierMachine, options: Partial<TierContext> = {}, kept: { tiers: Tiers } = { tiers: [] }): TierContext {
  const { sys, paths, root } = machine;
  const update = async (change: (tiers: Tiers) => Tiers): Promise<void> => {
    kept.tiers = change(kept.tiers);
  };
  return {
    sys,
    paths,
    root,
    timeoutMs: 30_000,
    killAfterMs: 500,
    room: roomFor(Number.POSITIVE_INFINITY),
    tierFailures: 0,
    failedNeed: 'start',
    skip: [],
    tiers: () => kept.tiers,
    update,
    ...options,
  };
}

/** Waits until `holds`, looking often: for what no event tells. Throws after the deadline. */
export async function eventually(holds: () => boolean, deadlineMs = 30_000): Promise<void> {
  const until = performance.now() + deadlineMs;
  while (!holds()) {
    if (performance.now() > until) throw new Error(`did not come to hold within ${deadlineMs} ms: ${holds}`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** `PID words…` of every living process but this one. */
function commandLines(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => `${pid} ${readOr(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()}`)
    .filter((line) => !/^\d+ $/.test(line));
}
