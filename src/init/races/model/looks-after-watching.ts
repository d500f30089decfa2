/** Who begins to watch, and then looks at what is there already: not because it was told to, but of its own accord. */
import { listening } from './derived-accesses.ts';
import type { SharedObject } from './object-table.ts';
import type { Digest } from './object-use.ts';
import { isStore, operations } from './operations.ts';

/** Whether the script was seen to do so in some recording. `watched`: a path, or `interfaces`. */
export type LooksAfterWatching = (script: number, watched: string) => boolean;

interface Watcher {
  readonly script: number;
  readonly since: number;
  /** Something has changed since: what it looks at from now on, it may have been told of. */
  isTold: boolean;
}

const INTERFACES = 'interfaces';
const LOOKS = ['list', 'read', 'look'];

export function openLooksAfterWatching(digests: readonly Digest[]): LooksAfterWatching {
  const looks = new Set<string>();
  for (const digest of digests) for (const each of looksOf(digest)) looks.add(each);
  return (script, watched) => looks.has(`${script} ${watched}`);
}

function looksOf(digest: Digest): ReadonlySet<string> {
  const { walked, scriptOf } = digest;
  const { accesses, scene } = walked;
  const looks = new Set<string>();
  const watchers = findWatchers(digest);
  if (watchers.size === 0) return looks;
  for (let index = 0; index < accesses.object.length; index += 1) {
    const object = scene.objects.list[accesses.object[index] as number] as SharedObject;
    const operation = operations[accesses.operation[index] as number];
    if (operation === undefined) continue;
    const script = scriptOf(accesses.script[index] as number);
    const tick = accesses.tick[index] as number;
    for (const watched of LOOKS.includes(operation) ? seenBy(object, operation) : isStore(operation) ? toldBy(object) : []) {
      for (const watcher of watchers.get(watched) ?? []) {
        if (tick <= watcher.since) continue;
        if (isStore(operation)) watcher.isTold ||= script !== watcher.script;
        else if (script === watcher.script && !watcher.isTold) looks.add(`${script} ${watched}`);
      }
    }
  }
  return looks;
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

/** What may be watched of which this look sees something. */
function seenBy({ facet, text }: SharedObject, operation: string): readonly string[] {
  const ofInterfaces = facet === INTERFACES || facet === 'net-list' || text.startsWith('/sys/class/net') ? [INTERFACES] : [];
  return [text, ...(operation === 'look' ? [parentOf(text)] : []), ...ofInterfaces];
}

const toldBy = ({ facet, text }: SharedObject): readonly string[] =>
  facet === INTERFACES || facet === 'net-list' ? [INTERFACES] : facet === 'list' || facet === 'data' ? [text] : [];

function findWatchers({ walked, scriptOf }: Digest): ReadonlyMap<string, readonly Watcher[]> {
  const { accesses, scene } = walked;
  const watchers = new Map<string, Watcher[]>();
  const add = (watched: string, script: number, since: number): void => {
    const known = watchers.get(watched) ?? [];
    watchers.set(watched, known);
    if (!known.some((each) => each.script === script)) known.push({ script, since, isTold: false });
  };
  for (const { script, events, tick } of listening(walked)) add(events, scriptOf(script), tick);
  accesses.operation.forEach((code, index) => {
    if (operations[code] !== 'watch') return;
    const object = scene.objects.list[accesses.object[index] as number] as SharedObject;
    add(object.text, scriptOf(accesses.script[index] as number), accesses.tick[index] as number);
  });
  return watchers;
}
