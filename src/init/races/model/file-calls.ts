/** Opens, descriptors and what is read and written through them. */
import type { Call } from '../trace/trace.ts';
import type { Part } from './contents.ts';
import { errorName, type Outcome, outcomeOf } from './errors.ts';
import { endOf } from './fifos.ts';
import { kindOf, ownerOf, textOf } from './held-locks.ts';
import { listedIn } from './kernel-tables.ts';
import { isPrivate, quietly, wantWritable } from './name-calls.ts';
import type { Name } from './name-tree.ts';
import { type OpenFile, ownFiles } from './process-table.ts';
import { writesProgram } from './program-writes.ts';
import { type Moment, nameOf, use } from './scene.ts';

/** open(2), on every architecture that lifeboot runs on but for DIRECTORY and NOFOLLOW. */
const O_ACCMODE = 3;
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const O_TRUNC = 0o1000;
const O_APPEND = 0o2000;
const O_DIRECTORY = 0o200000;
const O_NOFOLLOW = 0o400000;
const O_CLOEXEC = 0o2000000;
const O_PATH = 0o10000000;
const O_TMPFILE = 0o20000000;

/** Some can be open once only: who is refused tells. */
const DEVICE = /^\/dev\/(?!null$|zero$|full$|u?random$|tty|pts\/)/;

/** Notes what a call about a descriptor did. False: it is about something else. */
export function fileCall(moment: Moment, call: Call): boolean {
  switch (call.call) {
    case 'open':
      openCall(moment, call);
      return true;
    case 'close':
      closeFile(moment, call.fd ?? -1);
      return true;
    case 'dup':
      return duplicate(moment, call);
    case 'fchdir':
      return enterDirectory(moment, call);
    case 'write':
      writeFile(moment, fileOf(moment, call), call);
      return true;
    case 'truncate':
      if (call.path !== undefined) return false;
      if (call.result >= 0) writeFile(moment, fileOf(moment, call));
      return true;
    case 'lock':
      lockCall(moment, call);
      return true;
    default:
      return false;
  }
}

const fileOf = ({ task }: Moment, { fd = -1 }: Call): OpenFile | undefined => task.process.files.get(fd);

/** exec(3): what is closed by it. */
export function closeOnExec({ task }: Moment): void {
  const { process } = task;
  const closed = [...process.files].filter(([, { flags }]) => (flags & O_CLOEXEC) !== 0);
  if (closed.length > 0) for (const [fd] of closed) ownFiles(process).delete(fd);
}

function openCall(moment: Moment, call: Call): void {
  const { path, flags = 0, dirFd, result } = call;
  if (path === undefined) return;
  const exclusive = (flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0;
  const name = nameOf(moment, path, dirFd, (flags & O_NOFOLLOW) === 0 && !exclusive);
  const outcome = outcomeOf(result);
  const own = isPrivate(name);
  if (outcome === 'ok') {
    const isFifo = moment.scene.fifos.is(name, call.inode) && (flags & O_PATH) === 0;
    const opener = moment.task.process;
    const file: OpenFile = { name, flags, listens: false, wrote: false, opener, ...(isFifo && { isFifo }) };
    ownFiles(opener).set(result, file);
    readTables(moment, name);
    if (own || (flags & O_TMPFILE) !== 0) return;
    useName(moment, call, name, { exclusive, outcome });
    if (DEVICE.test(name.path)) use(moment, moment.scene.objects.ofName('lock', name), 'below');
    if ((flags & O_ACCMODE) !== 0 && !exclusive && call.created !== true && !isFifo) writesProgram(moment, name, false);
    if (isFifo) useFifo(moment, name, flags, false);
    else if ((flags & (O_DIRECTORY | O_PATH)) === 0) useContents(moment, file, exclusive || call.created === true);
  } else if (!own && errorName(result) === 'ENXIO' && endOf(flags) === 'tries' && !DEVICE.test(name.path)) {
    useName(moment, call, name, { exclusive, outcome: 'ok' });
    useFifo(moment, name, flags, true);
  } else if (!own) {
    if (outcome === 'read-only') wantWritable(moment, name);
    if (errorName(result) === 'ETXTBSY') writesProgram(moment, name, true);
    else if (outcome === 'busy') use(moment, moment.scene.objects.ofName('lock', name), 'try-lock', { failed: true });
    useName(moment, call, name, { exclusive, outcome });
  }
}

function readTables(moment: Moment, { path }: Name): void {
  const { mnt, net } = moment.task.process.spaces;
  for (const facet of listedIn(path)) {
    const space = facet === 'mount' ? mnt : facet === 'module' ? undefined : net;
    use(moment, moment.scene.objects.of('table', facet, space), 'read');
  }
}

interface Opened {
  readonly exclusive: boolean;
  readonly outcome: Outcome;
}

function useName(moment: Moment, { flags = 0, created }: Call, name: Name, { exclusive, outcome }: Opened): void {
  const { scene, tick } = moment;
  const { objects, presence } = scene;
  const object = objects.ofName('name', name);
  // The kernel's own files are not made by opening them.
  const creates = (flags & O_CREAT) !== 0 && !/^\/(proc|sys)\//.test(name.path);
  if (outcome === 'missing') {
    // With O_CREAT it is the directory that is not there.
    const missing = creates && name.parent !== undefined ? name.parent : name;
    use(moment, objects.ofName('name', missing), 'look', { failed: true });
    presence.found(missing, tick, false);
    return;
  }
  if (outcome === 'exists') {
    use(moment, object, 'create', { failed: true, flags: quietly(moment) });
    presence.found(name, tick, true);
    return;
  }
  if (outcome !== 'ok') return;
  const was = created === undefined ? presence.at(name, tick) : !created;
  const isMade = exclusive && creates;
  use(moment, object, isMade ? 'create' : creates ? 'ensure' : 'look', { flags: isMade ? quietly(moment) : 0 });
  if (exclusive && creates) presence.became(name, tick, true, false);
  else if (creates) presence.became(name, tick, true, was);
  else presence.found(name, tick, true);
  if (creates && was !== true && name.parent !== undefined) {
    use(moment, objects.ofName('list', name.parent), 'change', { value: name.base });
  }
}

/** fifo(7): who opens an end and does not wait, is refused or unheard when nobody is at the other. */
function useFifo(moment: Moment, name: Name, flags: number, failed: boolean): void {
  const end = endOf(flags);
  const readers = moment.scene.objects.ofName('readers', name);
  if (end === 'reader') use(moment, readers, 'listen');
  if (end === 'tries') use(moment, readers, 'emit', { failed });
}

/** O_RDWR */
const READ_WRITE = 2;
/** What it writes into it opens for both, and reads nothing of it. */
const WRITES_ONLY = /^dd$/;

/** Without records of writes, who opens for writing has written. */
function useContents(moment: Moment, file: OpenFile, isNew: boolean): void {
  const { name, flags } = file;
  if (name === undefined) return;
  const { scene, task } = moment;
  const data = scene.objects.ofName('data', name);
  const access = flags & O_ACCMODE;
  if (access !== 1 && !(access === READ_WRITE && WRITES_ONLY.test(task.process.comm))) file.readAs = use(moment, data, 'read');
  if ((flags & O_TRUNC) !== 0 && access !== 0) use(moment, data, 'write', { value: '' });
  if (isNew || ((flags & O_TRUNC) !== 0 && access !== 0)) scene.contents.emptied(name.path, task.process.script);
  if (access !== 0 && !scene.sees.write) writeFile(moment, file);
}

/** Without a call: it is not known what was written. The first write tells all: what comes later changes the same contents. */
function writeFile(moment: Moment, file: OpenFile | undefined, call?: Call): void {
  if (file?.name === undefined || file.isFifo || isPrivate(file.name)) return;
  const { scene, task } = moment;
  const isAppended = (file.flags & O_APPEND) !== 0;
  const failed = call !== undefined && call.result < 0;
  // What never was to be compared, and was refused, is tried in another way.
  if (failed && call.content === undefined) return;
  const source = isAppended || failed ? undefined : sourceOf(moment, call);
  if (source === undefined)
    scene.contents.wrote(
      file.name.path,
      task.process.script,
      isAppended || failed ? undefined : call?.content,
      isAppended ? undefined : partOf(call),
    );
  else if (file.copyOf !== source) scene.contents.copied(file.name.path, task.process.script, source.name.path);
  if (source !== undefined) file.copyOf = source;
  else delete file.copyOf;
  if (file.wrote) return;
  file.wrote = true;
  use(moment, scene.objects.ofName('data', file.name), isAppended ? 'append' : 'write', { value: `#${moment.tick}` });
}

const partOf = ({ at, bytes }: Partial<Call> = {}): Part | undefined =>
  at === undefined || bytes === undefined ? undefined : [at, at + bytes];

/** A file that is copied from its beginning: cp(1) and cat(1) let the kernel do that, in a loop until nothing is left. */
function sourceOf({ task: { process } }: Moment, call: Call | undefined): (OpenFile & { readonly name: Name }) | undefined {
  const source = process.files.get(call?.fromFd ?? -1);
  if (source?.name === undefined || source.opener !== process || source.isFifo || isPrivate(source.name)) return undefined;
  return source as OpenFile & { readonly name: Name };
}

function closeFile({ task, scene }: Moment, fd: number): void {
  const { process } = task;
  const file = process.files.get(fd);
  if (file === undefined) return;
  ownFiles(process).delete(fd);
  if (!scene.locked.has(file)) return;
  for (const each of scene.processes()) for (const other of each.files.values()) if (other === file) return;
  scene.locked.delete(file);
}

function duplicate({ task }: Moment, { fd = -1, result }: Call): boolean {
  const file = task.process.files.get(fd);
  if (result < 0) return true;
  if (file !== undefined) ownFiles(task.process).set(result, file);
  else if (task.process.files.has(result)) ownFiles(task.process).delete(result);
  return true;
}

function enterDirectory(moment: Moment, call: Call): boolean {
  const name = fileOf(moment, call)?.name;
  if (name !== undefined && call.result >= 0) moment.task.process.cwd = name;
  return true;
}

/** flock(2) */
const LOCK_NB = 4;
/** fcntl(2): F_SETLK and F_OFD_SETLK do not wait. */
const setLock = [6, 37];

function lockCall(moment: Moment, call: Call): void {
  const { scene } = moment;
  const file = fileOf(moment, call);
  const { detail = 'exclusive', flags = 0, result } = call;
  const object =
    file?.name !== undefined ? scene.objects.ofName('lock', file.name) : call.inode && scene.objects.of('lock', `inode ${call.inode}`);
  if (object === undefined || object === '') return;
  if (detail === 'unlock') {
    if (file !== undefined) scene.locked.delete(file);
    return;
  }
  const failed = result < 0;
  const tries = failed || setLock.includes(flags) || (!(flags === 7 || flags === 38) && (flags & LOCK_NB) !== 0);
  use(moment, object, tries ? 'try-lock' : 'lock', { failed });
  if (failed || file === undefined) return;
  const { process } = moment.task;
  const text = scene.objects.list[object]?.text ?? '';
  const hold = { file, text, kind: kindOf(flags), isShared: detail === 'shared', owner: ownerOf(flags, process) };
  scene.locked.set(file, hold);
  // Its reads are not seen: who locks what it has opened and not written yet, reads it then.
  if (file.readAs !== undefined && file.readAs >= 0 && !file.wrote) scene.accesses.hold(file.readAs, textOf([hold]));
}
