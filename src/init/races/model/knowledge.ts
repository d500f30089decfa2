/** What all recordings together tell of a script or a name. */
import type { TraceEvent } from '../trace/trace.ts';
import { WAITED } from './access-list.ts';
import { openBehindWaits } from './behind-wait.ts';
import { listening } from './derived-accesses.ts';
import { eachAccess } from './each-access.ts';
import { openFileKnowledge } from './file-knowledge.ts';
import { findGuards } from './guards.ts';
import { listedNames } from './listed-names.ts';
import { openLooksAfterWatching } from './looks-after-watching.ts';
import { maskName } from './mask.ts';
import type { Facet, SharedObject } from './object-table.ts';
import type { Digest, Use } from './object-use.ts';
import { once } from './once.ts';
import { isStore, operations } from './operations.ts';
import { openRounds } from './rounds.ts';
import type { Knowledge } from './rule-knowledge.ts';
import { openDeeds } from './same-by-either.ts';
import { openSpared } from './spared-names.ts';

export interface AllKnowledge extends Knowledge {
  /** A path without what differs from boot to boot. */
  readonly mask: (path: string) => string;
  /** Two scripts held one address at one time. */
  readonly holdTogether: (address: string, a: number, b: number) => boolean;
}

/** What is only held for a while, or follows from what else is left. */
const HELD: ReadonlySet<Facet> = new Set(['list', 'lock', 'watch', 'events', 'writable']);

export function openKnowledge(digests: readonly Digest[], stageOf: (script: number) => number): AllKnowledge {
  const pids = new Set(digests.flatMap(({ walked }) => walked.actors.flatMap((actor) => actor?.pid ?? [])));
  const masks = new Map<string, string>();
  const mask = (path: string): string => {
    const known = masks.get(path) ?? maskName(path, (pid) => pids.has(pid));
    masks.set(path, known);
    return known;
  };
  /** By its path, whatever of it; what has none, by what it is. */
  const waitedAs = ({ facet, text }: SharedObject): string => (/^(\{.*)?$/.test(text) ? `${facet}${text}` : mask(text));
  const touched = once(() => {
    const names = new Set<string>();
    eachAccess(digests, ({ object, script }) => {
      if (object.facet === 'name') names.add(`${script} ${mask(object.text)}`);
    });
    return names;
  });
  const directories = once(() => {
    const seen = new Set<string>();
    for (const entry of touched()) seen.add(entry.slice(0, entry.lastIndexOf('/')));
    return seen;
  });
  /** Names of directories that somebody changes, which were there when a script listed the directory. */
  const listed = once(() => {
    const seen = new Set<string>();
    for (const { walked, scriptOf } of digests)
      for (const { script, path } of listedNames(walked)) seen.add(`${scriptOf(script)} ${mask(path)}`);
    return seen;
  });
  const endedBehind = once(() => {
    const waits = new Set<string>();
    eachAccess(digests, ({ digest, index, object, script, flags }) => {
      if ((flags & WAITED) === 0) return;
      const { order, accesses } = digest.walked;
      const opens = order.barriers.after(order.before[accesses.segment[index] as number] as number);
      if (opens < Number.MAX_SAFE_INTEGER) waits.add(`${script} ${waitedAs(object)}`);
    });
    return waits;
  });
  const waited = once(() => {
    const waits = new Set<string>();
    eachAccess(digests, ({ object, script, flags }) => {
      if ((flags & WAITED) !== 0) waits.add(`${script} ${waitedAs(object)}`);
    });
    return waits;
  });
  const leftBehind = once(() => {
    const left = new Map<string, Set<string>>();
    eachAccess(digests, ({ digest, object: { facet, text }, script, operation, failed }) => {
      if (!isStore(operation) || HELD.has(facet) || mask(text) !== text) return;
      const key = `${digest.trace} ${script}`;
      const own = left.get(key) ?? new Set();
      left.set(key, own);
      const what = facet === 'name' || facet === 'data' ? text : `${facet} ${text}`;
      if (operation !== 'remove') own.add(what);
      else if (!failed) own.delete(what);
    });
    return left;
  });
  const firstMade = once(() => {
    const made = new Map<string, number>();
    eachAccess(digests, ({ digest, object, script, operation, failed, tick }) => {
      if (object.facet !== 'name' || operation !== 'create' || failed) return;
      const key = `${digest.trace} ${script} ${object.text}`;
      if (!made.has(key)) made.set(key, tick);
    });
    return made;
  });
  const readByAll = once(() => {
    const read = new Map<string, Set<string>>();
    eachAccess(digests, ({ digest: { trace }, object: { facet, text }, script, operation }) => {
      if (facet !== 'data' || operation !== 'read' || mask(text) !== text) return;
      const key = `${trace} ${script}`;
      read.set(key, (read.get(key) ?? new Set()).add(text));
    });
    return read;
  });
  const deeds = once(() => openDeeds(digests));
  const guards = once(() => findGuards(digests));
  const rounds = once(() => openRounds(digests, ({ facet, text }) => `${facet} ${mask(text)}`));
  const waitsFor = (script: number, object: SharedObject): boolean => waited().has(`${script} ${waitedAs(object)}`);
  const behindWaits = once(() =>
    openBehindWaits(digests, (asking, changing, object) => waitsFor(asking, object) || rounds()(asking, changing, object)),
  );
  const spared = once(() => openSpared(digests, mask));
  const looksAfter = once(() => openLooksAfterWatching(digests));
  const listenSince = once(() => {
    const since = new Map<string, number>();
    const note = (key: string, tick: number): void => void since.set(key, Math.min(tick, since.get(key) ?? tick));
    for (const { walked, trace, scriptOf } of digests) {
      for (const { script, tick } of listening(walked)) note(`${trace} ${scriptOf(script)} `, tick);
      const { accesses, scene } = walked;
      accesses.operation.forEach((code, index) => {
        if (operations[code] !== 'watch') return;
        const { text } = scene.objects.list[accesses.object[index] as number] as SharedObject;
        note(`${trace} ${scriptOf(accesses.script[index] as number)} ${text}`, accesses.tick[index] as number);
      });
    }
    return since;
  });
  const together = new Set(
    digests.flatMap(({ walked, scriptOf }) =>
      [...walked.scene.shared].map((entry) => {
        const [object = '', a = '', b = ''] = entry.split(' ');
        return pairKey(walked.scene.objects.list[Number(object)]?.text ?? '', scriptOf(Number(a)), scriptOf(Number(b)));
      }),
    ),
  );
  const eventOf = ({ trace, firstTick }: Use): TraceEvent => {
    const { walked } = digests[trace] as Digest;
    return walked.trace.events[walked.places[firstTick] as number] as TraceEvent;
  };
  return {
    ...openFileKnowledge(digests),
    mask,
    stageOf,
    programOf: (use) => eventOf(use).comm,
    callOf: (use) => {
      const event = eventOf(use);
      return event.kind === 'call' ? event.call : event.kind;
    },
    isPrivate: (path) => mask(path) !== path,
    ignores(script, directory, base) {
      const path = mask(directory === '/' ? `/${base}` : `${directory}/${base}`);
      return directories().has(`${script} ${mask(directory)}`) && !touched().has(`${script} ${path}`) && listed().has(`${script} ${path}`);
    },
    listens: ({ trace, script, firstTick }, directory) => (listenSince().get(`${trace} ${script} ${directory}`) ?? firstTick) < firstTick,
    guards: () => guards(),
    readOf: (trace, script) => readByAll().get(`${trace} ${script}`) ?? new Set(),
    deedsOf: (script, path) => deeds().deedsOf(script, path),
    doneBehind: ({ trace, firstTick }) => {
      const digest = digests[trace] as Digest;
      const { actors } = digest.walked;
      const done = new Map<number, string>();
      eachAccess([digest], ({ object: { facet, text }, operation, tick }) => {
        if (tick > firstTick && actors[tick] === actors[firstTick]) done.set(tick, `${operation} ${facet} ${mask(text)}`);
      });
      return done;
    },
    endedWell: (trace, script) => {
      const { walked, scriptOf } = digests[trace] as Digest;
      return walked.stages.some(({ script: { exitCode = 0 } }, own) => scriptOf(own) === script && exitCode === 0);
    },
    leftOf: (trace, script, besides) => {
      const left = leftBehind().get(`${trace} ${script}`) ?? new Set<string>();
      return new Set([...left].filter((text) => text !== besides));
    },
    hasMade: ({ trace, script, firstTick }, path) =>
      (firstMade().get(`${trace} ${script} ${path}`) ?? Number.POSITIVE_INFINITY) <= firstTick,
    spares: (cleaner, maker, path) => spared()(cleaner, maker, path),
    isBehindWait: (use, store) => behindWaits()(use, store),
    waitsInRounds: (asking, changing, object) => rounds()(asking, changing, object),
    endsBehind: (script, object) => endedBehind().has(`${script} ${waitedAs(object)}`),
    waitsFor,
    looksAgain: (script, watched) => looksAfter()(script, watched),
    holdTogether: (address, a, b) => together.has(pairKey(address, a, b)),
  };
}

const pairKey = (address: string, a: number, b: number): string => `${address} ${Math.min(a, b)} ${Math.max(a, b)}`;
