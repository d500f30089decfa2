/** What a script that is too late was doing: its processes, their open files, where in the kernel they sleep. Taken before the first signal. */
import type { Sys } from '../../sys/sys.ts';
import type { ScriptPaths } from '../script-paths.ts';
import type { Member } from './session.ts';
import { parseSockets } from './socket-names.ts';

export interface SeenProcess extends Member {
  /** `D`, `S` … of proc_pid_stat(5). */
  readonly state: string;
  /** `0 /dev/null`, `3 tcp 10.0.2.15:1 to 10.0.2.2:2049, established`. */
  readonly files: readonly string[];
  /** Frames of its kernel stack, innermost first; empty where the kernel does not show them. */
  readonly stack: readonly string[];
}

const MAX_PROCESSES = 40;
const MAX_FILES = 32;
const MAX_FRAMES = 10;
const LINE_LENGTH = 160;
/** For the kernel stacks: their files wait for a lock that a process stuck in execve(2) does not give. */
const STACK_MS = 2000;

/** Where the snapshot of a run is kept. */
export const snapshotFile = ({ scripts }: ScriptPaths, claim: string): string => `${scripts}/${claim}.snapshot`;

/** Looks at the processes and keeps what it saw. Never throws and takes at most seconds: what cannot be read is left out. */
export async function takeSnapshot(sys: Sys, paths: ScriptPaths, claim: string, members: readonly Member[]): Promise<void> {
  try {
    const lines = formatSnapshot(await seeProcesses(sys, paths, members.slice(0, MAX_PROCESSES)), members.length);
    await sys.writeAtomic(snapshotFile(paths, claim), `${lines.join('\n')}\n`);
  } catch {
    // A full tmpfs: the run is ended all the same.
  }
}

/** The lines of a kept snapshot; empty when none was taken. */
export async function readSnapshot(sys: Sys, paths: ScriptPaths, claim: string): Promise<readonly string[]> {
  const text = await sys.readText(snapshotFile(paths, claim)).catch(() => undefined);
  return (text ?? '').split('\n').filter((line) => line !== '');
}

/** The tree first, children below their parents, then the stacks and the files of each. */
export function formatSnapshot(processes: readonly SeenProcess[], all: number): readonly string[] {
  const pids = new Set(processes.map(({ pid }) => pid));
  const treeFrom = (parent: number | undefined, depth: number): readonly string[] =>
    processes
      .filter(({ ppid }) => (parent === undefined ? !pids.has(ppid) : ppid === parent))
      .flatMap((process) => [treeLine(process, depth), ...treeFrom(process.pid, depth + 1)]);
  return [
    'pid ppid state waits in: command',
    ...treeFrom(undefined, 0),
    ...(all > processes.length ? [`… and ${all - processes.length} processes more`] : []),
    ...processes.flatMap(({ pid, stack }) => stack.map((frame) => `stack of ${pid}: ${frame}`)),
    ...processes.flatMap(({ pid, files }) => files.map((file) => `file of ${pid}: ${file}`)),
  ].map((line) => line.slice(0, LINE_LENGTH));
}

function treeLine({ pid, ppid, state, waitsIn, argv, comm }: SeenProcess, depth: number): string {
  const command = argv.length > 0 ? argv.join(' ') : `[${comm}]`;
  return `${'  '.repeat(depth)}${pid} ${ppid} ${state} ${waitsIn === '' ? '-' : waitsIn}: ${command}`;
}

async function seeProcesses(sys: Sys, paths: ScriptPaths, members: readonly Member[]): Promise<readonly SeenProcess[]> {
  const links = new Map<number, readonly string[]>();
  for (const { pid } of members) links.set(pid, await openFiles(sys, pid));
  const sockets = [...links.values()].flat().some((file) => file.includes('socket:[')) ? await readSockets(sys) : new Map<string, string>();
  const stacks = await readStacks(sys, paths, members);
  const seen: SeenProcess[] = [];
  for (const member of members) {
    const stat = (await sys.readText(`/proc/${member.pid}/stat`).catch(() => undefined)) ?? '';
    const files = (links.get(member.pid) ?? []).map((file) =>
      file.replace(/socket:\[(\d+)\]$/, (link, inode: string) => sockets.get(inode) ?? link),
    );
    seen.push({ ...member, state: stat.charAt(stat.lastIndexOf(')') + 2) || '?', files, stack: stacks.get(member.pid) ?? [] });
  }
  return seen;
}

/** readlink(2) of these follows nothing: a dead network filesystem does not hold it up. */
async function openFiles(sys: Sys, pid: number): Promise<readonly string[]> {
  const names = (await sys.listDir(`/proc/${pid}/fd`).catch(() => undefined)) ?? [];
  const numbers = names.map(Number).sort((a, b) => a - b);
  const files: string[] = [];
  for (const fd of numbers.slice(0, MAX_FILES)) {
    const target = (await sys.facts(`/proc/${pid}/fd/${fd}`).catch(() => undefined))?.target;
    if (target !== undefined) files.push(`${fd} ${target}`);
  }
  return numbers.length > MAX_FILES ? [...files, `… and ${numbers.length - MAX_FILES} more`] : files;
}

async function readSockets(sys: Sys): Promise<ReadonlyMap<string, string>> {
  const read = async (name: string): Promise<string> => (await sys.readText(`/proc/net/${name}`).catch(() => undefined)) ?? '';
  const [tcp, tcp6, udp, udp6, unix] = await Promise.all([read('tcp'), read('tcp6'), read('udp'), read('udp6'), read('unix')]);
  return parseSockets({ tcp, tcp6, udp, udp6, unix });
}

/** By another process, which can be ended when it is stuck as well. Lines `/proc/12/stack:[<0>] do_wait+0x5c/0xd0`. */
async function readStacks(sys: Sys, paths: ScriptPaths, members: readonly Member[]): Promise<ReadonlyMap<number, readonly string[]>> {
  const stacks = new Map<number, readonly string[]>();
  if (members.length === 0) return stacks;
  const files = members.map(({ pid }) => `/proc/${pid}/stack`);
  const ran = await sys.run([paths.busybox, 'grep', '-H', '.', ...files], { timeoutMs: STACK_MS }).catch(() => undefined);
  for (const line of ran?.stdout.split('\n') ?? []) {
    const [, pid, frame] = /^\/proc\/(\d+)\/stack:(?:\[<[0-9a-f]+>\] )?(.+)$/.exec(line) ?? [];
    const known = stacks.get(Number(pid)) ?? [];
    if (frame !== undefined && known.length < MAX_FRAMES) stacks.set(Number(pid), [...known, frame]);
  }
  return stacks;
}
