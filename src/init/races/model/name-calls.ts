/** Calls about names: the rows of the table, applied to the names that this process means. */
import type { Call } from '../trace/trace.ts';
import { CLEANS, QUIET, REPLACES, SETS_ALL, TAKES_PLACE, TOLERANT } from './access-list.ts';
import { type Outcome, outcomeOf } from './errors.ts';
import { type MicroOperation, microOperations, unfollowed } from './micro-operations.ts';
import { changeMounts, hidesNothing, mountPoint, spreadMounts } from './mount-calls.ts';
import type { Name } from './name-tree.ts';
import { isRemount, remount } from './remounts.ts';
import { isRemover } from './removers.ts';
import { type Moment, mountOf, nameOf, use, writableAt } from './scene.ts';

const STDERR = 2;
const AT_SYMLINK_NOFOLLOW = 0x100;
const MS_KEPT = 0x20000 | 0x40000 | 0x80000 | 0x100000;

interface CalledNames {
  readonly path: Name | undefined;
  readonly to: Name | undefined;
}

/** Notes what the call did to names. False: the table has no row for it. */
export function nameCall(moment: Moment, call: Call): boolean {
  const rows = microOperations[call.call];
  if (rows === undefined) return false;
  const names = namesOf(moment, call);
  const outcome = outcomeOf(call.result);
  const { path } = names;
  if (path !== undefined && isPrivate(path)) return true;
  if (isRemount(call)) {
    if (path !== undefined) remount(moment, call, path, outcome);
    return true;
  }
  if (call.call === 'mount' && outcome === 'ok' && mountsNothing(moment, call, path)) return true;
  const point = path !== undefined && isMount(call) ? mountPoint(moment, path) : undefined;
  if (outcome === 'read-only' && path !== undefined) wantWritable(moment, path);
  if (outcome === 'busy' && TAKES.includes(call.call)) {
    const taken = call.call === 'rename' ? names.to : path;
    if (taken !== undefined) use(moment, moment.scene.objects.ofName('mount', taken), 'below', { failed: true, flags: TAKES_PLACE });
  }
  const flags = flagsOf(moment, call, path, outcome);
  for (const micro of rows[outcome] ?? []) apply(moment, call, micro, { names, point, failed: outcome !== 'ok', flags });
  if (outcome === 'missing' && (flags & CLEANS) !== 0) cleanAll(moment, path);
  keepState(moment, call, names, outcome);
  if (path !== undefined && outcome === 'ok' && isMount(call)) changeMounts(moment, call, path);
  return true;
}

/** EBUSY: something is mounted there. */
const TAKES: readonly Call['call'][] = ['rename', 'unlink', 'rmdir'];

/** It changes whom mounts reach, or shows what was there: all that it needs is its place. */
function mountsNothing(moment: Moment, call: Call, path: Name | undefined): boolean {
  const { flags = 0 } = call;
  if ((flags & MS_KEPT) !== 0) {
    if (path !== undefined) spreadMounts(moment, flags, path);
    return true;
  }
  if (path === undefined) return false;
  const isOwn = mountPoint(moment, path) !== path;
  const hides = !hidesNothing(moment, call, path);
  if (isOwn || !hides) use(moment, moment.scene.objects.ofName('name', path), 'look');
  return !hides;
}

const isMount = ({ call }: Call): boolean => call === 'mount' || call === 'umount';

/** Names below /proc/PID are of one process; what others do to them is told by the calls about processes. */
export const isPrivate = ({ path }: Name): boolean => /^\/proc\/\d+(\/|$)/.test(path);

function namesOf(moment: Moment, call: Call): CalledNames {
  const { path, dirFd, fd, flags = 0, toPath, toDirFd } = call;
  const follow = !unfollowed.has(call.call) && (call.call !== 'look' || (flags & AT_SYMLINK_NOFOLLOW) === 0);
  const file = fd === undefined ? undefined : moment.task.process.files.get(fd)?.name;
  const to = toPath === undefined || !['rename', 'link'].includes(call.call) ? undefined : nameOf(moment, toPath, toDirFd, false);
  return { path: path === undefined || path === '' ? file : nameOf(moment, path, dirFd, follow), to };
}

function flagsOf(moment: Moment, call: Call, path: Name | undefined, outcome: Outcome): number {
  if (call.call === 'mkdir' && path !== undefined) return makesParents(moment, call, path, outcome) ? TOLERANT : 0;
  if (call.call === 'rename') return REPLACES;
  if (call.call === 'unlink' || call.call === 'rmdir' || isRemover(moment.task.process)) return CLEANS;
  return setsAll(moment, call, path) ? SETS_ALL : 0;
}

const SETTERS = /^(chmod|chown|chgrp|setfacl)$/;
/** Directories that a program has gone through. */
const goneThrough = new WeakMap<object, Set<Name>>();

/** `chmod -R`: all that is in a directory which it has listed, whatever that is. */
function setsAll({ task: { process } }: Moment, { call }: Call, path: Name | undefined): boolean {
  if (path === undefined || !SETTERS.test(process.comm)) return false;
  const seen = goneThrough.get(process) ?? new Set();
  if (call === 'list') goneThrough.set(process, seen.add(path));
  return call === 'list' || (path.parent !== undefined && seen.has(path.parent));
}

const lastParents = new WeakMap<object, Name>();

/** `mkdir -p` tries the directories above first, and is as content with a directory that is there. */
function makesParents(moment: Moment, call: Call, path: Name, outcome: Outcome): boolean {
  const { process } = moment.task;
  const before = lastParents.get(process);
  // What is there may be a link to a directory.
  if (outcome === 'exists') lastParents.set(process, nameOf(moment, call.path ?? '', call.dirFd, true));
  if (outcome === 'ok') lastParents.set(process, path);
  return before !== undefined && path.parent === before;
}

/** `rm -f /run/x/*` where nothing is: the shell has left the star, and would have named all that is there. */
function cleanAll(moment: Moment, path: Name | undefined): void {
  if (path?.parent === undefined || !path.base.includes('*')) return;
  use(moment, moment.scene.objects.ofName('list', path.parent), 'list', { flags: CLEANS });
}

interface Applied {
  readonly names: CalledNames;
  /** What is mounted on. */
  readonly point: Name | undefined;
  readonly failed: boolean;
  readonly flags: number;
}

function apply(moment: Moment, call: Call, micro: MicroOperation, { names, point, failed, flags }: Applied): void {
  const at = micro.on === 'path' || micro.on === 'directory' ? names.path : names.to;
  const said = micro.on === 'directory' || micro.on === 'to-directory' ? at?.parent : at;
  const name = micro.facet === 'mount' ? (point ?? said) : said;
  if (name === undefined) return;
  const operation = micro.operation === 'create' && (flags & TOLERANT) !== 0 ? 'ensure' : micro.operation;
  const value = leftBehind(moment, call, micro, names);
  const own = micro.operation === 'create' ? quietly(moment) : 0;
  if (micro.facet === 'data') keepContents(moment, call, names);
  else if (micro.operation === 'create') keepMade(moment, call, names);
  use(moment, moment.scene.objects.ofName(micro.facet, name), operation, { value, failed, flags: flags | own });
}

/** QUIET: its complaints go nowhere. */
export const quietly = ({ task }: Moment): number => (task.process.files.get(STDERR)?.name?.path === '/dev/null' ? QUIET : 0);

function leftBehind({ tick }: Moment, call: Call, { value }: MicroOperation, { path, to }: CalledNames): string {
  switch (value) {
    case 'base':
      return path?.base ?? '';
    case 'to-base':
      return to?.base ?? '';
    case 'bits':
      return `${call.mode ?? ''} ${call.detail ?? ''}`;
    case 'nothing':
      return '';
    case 'kind':
      return kindOf(call);
    case 'link':
      return path?.link === undefined ? `#${tick}` : `-> ${path.link}`;
    default:
      return `#${tick}`;
  }
}

/** Of what only one can make. */
const kindOf = ({ call, detail = 'device' }: Call): string => (call === 'mkdir' ? 'directory' : call === 'mknod' ? detail : call);

function keepContents({ scene, task }: Moment, { call }: Call, { path, to }: CalledNames): void {
  const { script } = task.process;
  if (path === undefined) return;
  if (call === 'rename' && to !== undefined) scene.contents.moved(path.path, to.path, script);
  else scene.contents.wrote(path.path, script, undefined);
}

/** Also of what was refused: it would have been there. */
function keepMade({ scene: { contents }, task }: Moment, { call, toPath = '' }: Call, { path, to }: CalledNames): void {
  const { script } = task.process;
  if (call === 'link' && path !== undefined && to !== undefined) contents.linked(path.path, to.path, script);
  if (call === 'symlink' && path !== undefined) contents.pointed(path.path, toPath, script);
}

/** What stands where from now on, and what the call shows of before. */
function keepState(moment: Moment, call: Call, { path, to }: CalledNames, outcome: Outcome): void {
  if (path === undefined) return;
  const { scene, tick } = moment;
  const { presence, tree } = scene;
  const makes = ['mkdir', 'mknod', 'symlink'].includes(call.call);
  const takes = ['unlink', 'rmdir', 'rename'].includes(call.call);
  if (outcome === 'missing') presence.found(path, tick, false);
  if (outcome === 'exists') presence.found(to ?? path, tick, true);
  if (outcome !== 'ok') return;
  if (makes || takes) scene.fifos.became(path, call.detail === 'fifo');
  if (makes) presence.became(path, tick, true, false);
  else if (takes) presence.became(path, tick, false, true);
  else presence.found(path, tick, true);
  if (to !== undefined) presence.became(to, tick, true, call.call === 'link' ? false : undefined);
  if (call.call === 'symlink') tree.setLink(path, call.toPath);
  if (call.call === 'rename') {
    if (to !== undefined) tree.setLink(to, path.link);
    tree.setLink(path, undefined);
  }
  if (call.call === 'unlink') {
    tree.setLink(path, undefined);
    scene.spaces.unpin(path);
  }
  keepDirectory(moment, call, path);
}

function keepDirectory({ task, scene }: Moment, { call }: Call, path: Name): void {
  const { process } = task;
  if (call === 'chdir') process.cwd = path;
  if (call !== 'chroot') return;
  process.root = path;
  scene.presence.found(path, 0, true);
}

/** What must become writable before the call can work. */
export function wantWritable(moment: Moment, name: Name): void {
  const { scene, tick } = moment;
  const mount = mountOf(scene, name);
  use(moment, scene.objects.ofName('writable', mount), 'look', { failed: true });
  scene.presence.found(writableAt(scene, mount), tick, false);
}
