/** What the kernel does in answer to a call: it makes names when a module comes, and tells watchers of changes. */
import { FAILED } from './access-list.ts';
import { missedSignals } from './missed-signals.ts';
import type { SharedObject } from './object-table.ts';
import type { RawAccess } from './object-use.ts';
import { type Operation, operations } from './operations.ts';
import type { OpenFile, Process } from './process-table.ts';
import { runningPrograms } from './running.ts';
import type { Watch } from './scene.ts';
import type { Walked } from './walk.ts';

export function deriveAccesses(walked: Walked): readonly RawAccess[] {
  return [...kernelNames(walked), ...tellings(walked), ...listeners(walked), ...runningPrograms(walked.scene), ...missedSignals(walked)];
}

/** Sockets of netlink that somebody still has open: the others were there to ask something. */
export function listening({ scene }: Walked): readonly Watch[] {
  const open = new Set<OpenFile>();
  for (const { files } of scene.processes()) for (const file of files.values()) open.add(file);
  return scene.watches.filter(({ file, script }) => script >= 0 && open.has(file));
}

function listeners(walked: Walked): readonly RawAccess[] {
  const { scene } = walked;
  return listening(walked).map(({ events, net, script, segment, tick }) => {
    return { object: scene.objects.of('events', events, net), operation: 'watch', script, segment, tick, value: '', locks: '', flags: 0 };
  });
}

interface Made {
  readonly index: number;
  readonly tick: number;
  readonly module: string | undefined;
  /** It makes an interface. */
  readonly isNew: boolean;
  /** Of the network where it does. */
  readonly label: string;
}

/** Names that nobody's call made: a module, an interface, a device brought them. */
function kernelNames(walked: Walked): readonly RawAccess[] {
  const { accesses, scene } = walked;
  const makers = findMakers(walked);
  if (makers.length === 0) return [];
  const names = new Map<number, SharedObject>();
  scene.objects.list.forEach((object, number) => {
    if (object.facet === 'name' && /^\/(proc\/sys|dev|sys)\/./.test(object.text)) names.set(number, object);
  });
  const seen = lookedAt(walked, names);
  for (const stored of storedNames(walked)) seen.delete(stored);
  const firstFound = interfacesFound(walked);
  const derived: RawAccess[] = [];
  for (const [object, { missedAt, foundAt }] of seen) {
    const shared = names.get(object);
    if (shared === undefined) continue;
    const near = makers.filter(({ module, label }) => module !== undefined || label === shared.label);
    const maker = findMaker(near, shared.text, missedAt, foundAt) ?? findInterface(near, firstFound, shared.text, foundAt);
    if (maker === undefined) continue;
    const { index } = maker;
    derived.push({
      object,
      operation: 'ensure',
      script: accesses.script[index] as number,
      segment: accesses.segment[index] as number,
      tick: maker.tick,
      value: '',
      locks: '',
      flags: 0,
      wasThere: false,
    });
  }
  return derived;
}

function findMakers({ accesses, scene }: Walked): readonly Made[] {
  const makers: Made[] = [];
  for (let index = 0; index < accesses.object.length; index += 1) {
    const object = scene.objects.list[accesses.object[index] as number];
    const operation = operations[accesses.operation[index] as number];
    const tick = accesses.tick[index] as number;
    if (object?.facet === 'module' && operation === 'ensure')
      makers.push({ index, tick, module: object.text, isNew: false, label: object.label });
    const made = object?.facet === 'net' && operation === 'create' ? /^interface ([^\s{]+)(\{.*\})?$/.exec(object.text)?.[1] : undefined;
    if (object !== undefined && made !== undefined && ((accesses.flags[index] as number) & FAILED) === 0)
      makers.push({ index, tick, module: made.replaceAll('-', '_'), isNew: true, label: object.label });
    if (object?.facet === 'interfaces' && operation === 'append') {
      const isNew = (accesses.texts[accesses.value[index] as number] ?? '').startsWith('#new');
      makers.push({ index, tick, module: undefined, isNew, label: object.label });
    }
  }
  return makers;
}

/** It comes to a name because the kernel has told it of it. */
const followsKernel = (actor: Process | undefined): boolean => actor !== undefined && /udev|mdev|hotplug/.test(actor.comm);

interface Seen {
  missedAt: number | undefined;
  foundAt: number | undefined;
}

/** What a call made needs no other maker. */
function storedNames({ accesses }: Walked): ReadonlySet<number> {
  const stored = new Set<number>();
  accesses.operation.forEach((code, index) => {
    const operation = operations[code];
    if (operation === 'create' || operation === 'replace' || operation === 'remove') stored.add(accesses.object[index] as number);
  });
  return stored;
}

function lookedAt({ accesses, actors }: Walked, names: ReadonlyMap<number, unknown>): Map<number, Seen> {
  const seen = new Map<number, Seen>();
  for (let index = 0; index < accesses.object.length; index += 1) {
    const object = accesses.object[index] as number;
    if (!names.has(object) || followsKernel(actors[accesses.tick[index] as number])) continue;
    const known = seen.get(object) ?? { missedAt: undefined, foundAt: undefined };
    seen.set(object, known);
    const tick = accesses.tick[index] as number;
    if (((accesses.flags[index] as number) & FAILED) !== 0) known.missedAt ??= tick;
    else known.foundAt ??= tick;
  }
  return seen;
}

/** By name: `bridge` brings `/proc/sys/net/bridge`. Else the last one between a look that found nothing and one that found it. */
function findMaker(makers: readonly Made[], path: string, missedAt: number | undefined, foundAt: number | undefined): Made | undefined {
  const parts = path.split('/').map((part) => part.replaceAll('-', '_'));
  const named = makers.find(({ module }) => module !== undefined && parts.some((part) => isOf(part, module)));
  if (named !== undefined) return named;
  if (missedAt === undefined || foundAt === undefined || foundAt < missedAt) return undefined;
  return makers.findLast(({ tick }) => tick > missedAt && tick < foundAt);
}

/** The interface that a name is of. */
const INTERFACE =
  /^\/(?:proc\/sys\/net(?:\{[^/]*\})?\/ipv[46]\/(?:conf|neigh)|sys\/(?:class|devices\/virtual)\/net(?:\{[^/]*\})?)\/([^/]+)/;
const ALWAYS = ['lo', 'all', 'default'];

/** When each interface was first seen to be there. */
function interfacesFound({ accesses, scene }: Walked): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (let index = 0; index < accesses.object.length; index += 1) {
    const object = scene.objects.list[accesses.object[index] as number];
    const name = object?.facet === 'name' ? INTERFACE.exec(object.text)?.[1] : undefined;
    if (name === undefined || ((accesses.flags[index] as number) & FAILED) !== 0 || found.has(name)) continue;
    found.set(name, accesses.tick[index] as number);
  }
  return found;
}

/** Nobody had seen the interface before somebody made one. */
function findInterface(
  makers: readonly Made[],
  firstFound: ReadonlyMap<string, number>,
  path: string,
  foundAt: number | undefined,
): Made | undefined {
  const name = INTERFACE.exec(path)?.[1];
  const first = name === undefined ? undefined : firstFound.get(name);
  if (name === undefined || first === undefined || foundAt === undefined || ALWAYS.includes(name)) return undefined;
  return makers.findLast(({ tick, isNew }) => isNew && tick < first);
}

const isOf = (part: string, module: string): boolean =>
  part === module || (part.startsWith(module) && /^[_\d]/.test(part.slice(module.length)));

/** A change of a directory, to whoever watches it. */
function tellings({ accesses, scene }: Walked): readonly RawAccess[] {
  const watched = new Map<number, number>();
  scene.objects.list.forEach(({ facet, name }, object) => {
    if (facet !== 'watch' || name === undefined) return;
    watched.set(scene.objects.ofName('list', name), object);
    watched.set(scene.objects.ofName('data', name), object);
  });
  if (watched.size === 0) return [];
  const derived: RawAccess[] = [];
  const tells: readonly (Operation | undefined)[] = ['change', 'write', 'append'];
  for (let index = 0; index < accesses.object.length; index += 1) {
    const object = watched.get(accesses.object[index] as number);
    if (object === undefined || !tells.includes(operations[accesses.operation[index] as number])) continue;
    const number = (column: readonly number[]): number => column[index] as number;
    const [script, segment, tick] = [number(accesses.script), number(accesses.segment), number(accesses.tick)];
    derived.push({ object, operation: 'emit', script, segment, tick, value: '', locks: '', flags: 0 });
  }
  return derived;
}
