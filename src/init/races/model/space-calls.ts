/** Who leaves a namespace, enters another one, or keeps one by a file. */
import type { Call } from '../trace/trace.ts';
import type { Name } from './name-tree.ts';
import { type OpenFile, ownFiles, type Process } from './process-table.ts';
import { type Moment, nameOf } from './scene.ts';
import { type Space, type SpaceKind, spaceFlags, spaceKinds } from './spaces.ts';

/** proc(5) */
const SPACE_FILE = /^\/proc\/(\d+)\/ns\/([a-z]+?)(?:_for_children)?$/;

/** Notes what the call did. False: it is about something else. */
export function spaceCall(moment: Moment, call: Call): boolean {
  switch (call.call) {
    case 'unshare':
      if (call.result >= 0) leaveSpaces(moment, moment.task.process, call.flags ?? 0);
      return true;
    case 'setns':
      if (call.result >= 0) enterSpaces(moment, call);
      return true;
    case 'pidfd':
      if (call.result >= 0) keepProcess(moment, call);
      return true;
    case 'pivot-root':
      if (call.result >= 0) changeRoot(moment, call);
      return true;
    default:
      return false;
  }
}

/** `flags`: CLONE_NEW*. The process is in new ones from now on. */
export function leaveSpaces({ scene, task, tick }: Moment, process: Process, flags: number): void {
  const { script } = process;
  const name = scene.stages[script]?.script.name ?? process.comm;
  process.spaces = scene.spaces.unshare(process.spaces, flags, { name, script, segment: task.segment, tick });
}

/** The namespace that a file leads to, where it is known: one of a process, or one that somebody has bound there. */
export function spaceOf({ scene }: Moment, name: Name): Space | undefined {
  const [, pid, kind = ''] = SPACE_FILE.exec(name.path) ?? [];
  if (pid === undefined) return scene.spaces.pinned(name);
  return isKind(kind) ? (findProcess(scene.processes(), Number(pid))?.spaces ?? scene.spaces.own)[kind] : undefined;
}

const isKind = (text: string): text is SpaceKind => Object.hasOwn(spaceFlags, text);

function findProcess(processes: Iterable<Process>, pid: number): Process | undefined {
  for (const process of processes) if (process.pid === pid) return process;
  return undefined;
}

function enterSpaces(moment: Moment, { fd = -1, flags = 0 }: Call): void {
  const { scene, task } = moment;
  const { process } = task;
  const entered = spacesBehind(moment, process.files.get(fd), flags);
  process.spaces = scene.spaces.enter(process.spaces, entered);
  if (!entered.some(({ kind }) => kind === 'mnt')) return;
  process.root = process.spaces.mnt.root;
  process.cwd = process.root;
}

/** setns(2): `flags` says of which kind the file must be, or which ones of a process are meant. */
function spacesBehind({ scene }: Moment, file: OpenFile | undefined, flags: number): readonly Space[] {
  if (file?.process !== undefined) {
    const { spaces } = file.process;
    return spaceKinds.filter((kind) => (flags & spaceFlags[kind]) !== 0).map((kind) => spaces[kind]);
  }
  if (file?.space !== undefined) return [file.space];
  if (file?.name === undefined) return [];
  const kind = spaceKinds.find((each) => spaceFlags[each] === flags) ?? (/netns/.test(file.name.path) ? 'net' : undefined);
  return kind === undefined ? [] : [scene.spaces.byFile(file.name, kind)];
}

function keepProcess({ scene, task }: Moment, { target = -1, result }: Call): void {
  const process = findProcess(scene.processes(), target);
  const file: OpenFile = { flags: 0, listens: false, wrote: false, ...(process !== undefined && { process }) };
  ownFiles(task.process).set(result, file);
}

/** pivot_root(2), in mounts of one's own: all that had the old root have the new one. */
function changeRoot(moment: Moment, { path, toPath }: Call): void {
  const { scene, task } = moment;
  const { mnt } = task.process.spaces;
  if (mnt === scene.spaces.own.mnt || path === undefined) return;
  const [old, root] = [task.process.root, nameOf(moment, path, undefined, true)];
  const kept = toPath === undefined ? root : nameOf(moment, toPath, undefined, true);
  if (kept !== root) mnt.seen.set(kept, old);
  mnt.root = root;
  mnt.changes += 1;
  for (const process of scene.processes()) {
    if (process.spaces.mnt !== mnt) continue;
    if (process.root === old) process.root = root;
    if (process.cwd === old) process.cwd = root;
  }
}
