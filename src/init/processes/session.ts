/** Processes that belong together: who they are, what they wait for, and how they are ended. */
import type { ProcessFacts, Sys } from '../../sys/sys.ts';

export interface Member extends ProcessFacts {
  /** Kernel function in which it sleeps: see proc_pid_wchan(5). Empty when it runs. */
  readonly waitsIn: string;
}

const POLL_MS = 100;
const KILL_ROUNDS = 5;

/**
 * Processes of the session that `leader` leads, and all descendants of it that moved to another session; without the leader itself.
 * Daemons that a script has properly let go of (double fork and setsid) are not among them.
 */
export async function sessionMembers(sys: Sys, leader: number): Promise<readonly Member[]> {
  const all = await sys.processes();
  return membersOf(sys, all, await sessionPids(sys, all, [leader]));
}

/** The same as pids, of one or more leaders, among processes that were read already. */
export async function sessionPids(sys: Sys, all: readonly ProcessFacts[], leaders: readonly number[]): Promise<ReadonlySet<number>> {
  if (leaders.length === 0) return new Set();
  const others = all.filter((process) => !process.kernelThread && !leaders.includes(process.pid));
  const sessions = await Promise.all(others.map((process) => sessionOf(sys, process.pid)));
  const inSession = others.filter((_, index) => leaders.includes(sessions[index] ?? 0)).map(({ pid }) => pid);
  const pids = treesOf(others, [...leaders, ...inSession]);
  return new Set([...pids].filter((pid) => !leaders.includes(pid)));
}

/** These processes and all their descendants. */
export function treesOf(all: readonly ProcessFacts[], tops: readonly number[]): ReadonlySet<number> {
  const pids = new Set(tops);
  // The set grows while it is walked: each process found brings its children.
  for (const pid of pids) for (const child of all) if (child.ppid === pid) pids.add(child.pid);
  return pids;
}

/** Those of `all`, with what they wait for. */
export async function membersOf(sys: Sys, all: readonly ProcessFacts[], pids: ReadonlySet<number>): Promise<readonly Member[]> {
  const members = all.filter(({ pid, kernelThread }) => pids.has(pid) && !kernelThread);
  const waits = await Promise.all(members.map(({ pid }) => readQuietly(sys, `/proc/${pid}/wchan`)));
  return members.map((member, index) => ({ ...member, waitsIn: (waits[index] ?? '').trim().replace(/^0$/, '') }));
}

/** One line per process, those without a child first: they are what the others wait for. */
export function describeMembers(members: readonly Member[]): readonly string[] {
  const parents = new Set(members.map(({ ppid }) => ppid));
  const line = ({ pid, argv, comm, waitsIn }: Member): string => {
    const command = argv.length > 0 ? argv.join(' ').slice(0, 120) : `[${comm}]`;
    return `${command} (pid ${pid}${waitsIn === '' ? '' : `, waits in ${waitsIn}`})`;
  };
  return [...members.filter(({ pid }) => !parents.has(pid)), ...members.filter(({ pid }) => parents.has(pid))].map(line);
}

export interface Ending {
  /** Who is left to end. */
  readonly look: () => Promise<readonly Member[]>;
  /** Between TERM and KILL. */
  readonly graceMs: number;
  /** KILL to all at once, where the kernel can; false where it cannot. */
  readonly killAll?: () => Promise<boolean>;
}

/** TERM to all, KILL to what is left after `graceMs`. Resolves with those that even KILL did not end: they are stuck in the kernel. */
export async function endMembers(sys: Sys, { look, graceMs, killAll }: Ending): Promise<readonly Member[]> {
  let left = await look();
  signalAll(sys, left, 'SIGTERM');
  for (const deadline = sys.uptimeMs() + graceMs; left.length > 0 && sys.uptimeMs() < deadline; left = await look()) {
    await sys.sleep(POLL_MS);
  }
  // More than one round: a member may have forked between the look and the KILL.
  for (let round = 0; left.length > 0 && round < KILL_ROUNDS; round += 1) {
    await killAll?.();
    signalAll(sys, left, 'SIGKILL');
    await sys.sleep(POLL_MS);
    left = await look();
  }
  return left;
}

/** A stopped process takes a signal only once it goes on. */
function signalAll(sys: Sys, members: readonly Member[], signal: NodeJS.Signals): void {
  for (const { pid } of members) {
    sys.kill(pid, signal);
    if (signal === 'SIGTERM') sys.kill(pid, 'SIGCONT');
  }
}

/** proc_pid_stat(5): state, ppid, pgrp, session follow the name, which may hold blanks and parentheses. Zombies have no say. */
async function sessionOf(sys: Sys, pid: number): Promise<number | undefined> {
  const stat = await readQuietly(sys, `/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : Number(fields[3]);
}

/** A process may end while it is looked at (ESRCH), its files with it. */
async function readQuietly(sys: Sys, path: string): Promise<string> {
  try {
    return (await sys.readText(path)) ?? '';
  } catch {
    return '';
  }
}
