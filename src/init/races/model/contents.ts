/** What each script left in each file, where the recording tells which writes were the same. */

export interface Contents {
  /** The script opened the file and made it empty, or made it. */
  emptied(path: string, script: number): void;
  /** `content`: of the recording; undefined: unknown. */
  wrote(path: string, script: number, content: number | undefined, part?: Part): void;
  /** All that another file had in it then. */
  copied(path: string, script: number, fromPath: string): void;
  /** All of it moved to another name. */
  moved(path: string, toPath: string, script: number): void;
  /** All of it was given another name, or would have been if that had been free. */
  linked(path: string, toPath: string, script: number): void;
  /** A symbolic link was made, or would have been. */
  pointed(path: string, target: string, script: number): void;
  /** Undefined: not known, or not the same each time. Equal texts are equal contents, within one recording. */
  leftBy(path: string, script: number): string | undefined;
  /** Where the script wrote into the file; undefined: not known, or it did something else to the whole of it. */
  partsOf(path: string, script: number): readonly Part[] | undefined;
}

/** Bytes of a file: from the first one to behind the last one. */
export type Part = readonly [from: number, until: number];

/** What two scripts left, in one recording or in two. `other`: it is known to differ. */
export function compareLeft(one: string, other: string, isOneRecording: boolean): 'same' | 'other' | undefined {
  const isSame = one === other;
  if (isOneRecording) return isSame ? 'same' : 'other';
  if (![one, other].every(isLasting)) return undefined;
  if (isSame) return 'same';
  const keys = new Set(`${one} ${other}`.split(' ').flatMap((part) => DIGEST.exec(part)?.[1] ?? []));
  return keys.size < 2 ? 'other' : undefined;
}

/** Its key. */
const DIGEST = /^~([0-9a-f]+):[0-9a-f]+$/;
/** A number, or a file that was changed in this boot, is another thing in another recording. */
const isLasting = (left: string): boolean => left.split(' ').every((part) => !/^\d+$|@[1-9]\d*$/.test(part));

/** Writes since the file was last empty; undefined: some of them are unknown. */
type Version = readonly string[] | undefined;

/** What is written last is kept, whoever writes it. */
export const isSetting = (path: string): boolean => SETTING.test(path);

/** They keep what is written last; what the kernel shows elsewhere does something when it is written to, and may refuse it the second time. */
const SETTING = /^\/proc\/sys\/(?!fs\/binfmt_misc\/)/;
const DOOR = /^\/(proc|sys)\//;

/** `digests`: of the recording, by the numbers of contents. */
export function openContents(digests: ReadonlyMap<number, string> = new Map()): Contents {
  const logs = new Map<string, Version[]>();
  /** How often each file was changed, by whomever. */
  const changes = new Map<string, number>();
  const parts = new Map<string, Part[] | undefined>();
  const keyOf = (path: string, script: number): string => `${script} ${path}`;
  const logOf = (path: string, script: number, part?: Part): Version[] => {
    changes.set(path, (changes.get(path) ?? 0) + 1);
    const key = keyOf(path, script);
    const known = parts.has(key) ? parts.get(key) : [];
    parts.set(key, part === undefined || known === undefined ? undefined : known.concat([part]));
    const log = logs.get(key) ?? [];
    logs.set(key, log);
    return log;
  };
  function add(path: string, script: number, part: string | undefined, place?: Part): void {
    const log = logOf(path, script, DOOR.test(path) ? undefined : place);
    if (SETTING.test(path)) log.push(part === undefined ? undefined : [part]);
    else {
      const written = DOOR.test(path) || part === undefined ? undefined : log.pop();
      log.push(written === undefined || part === undefined ? undefined : [...written, part]);
    }
  }
  const nameOf = (content: number): string => {
    const digest = digests.get(content);
    return digest === undefined ? `${content}` : `~${digest}`;
  };
  const last = (path: string, script: number): Version => logs.get(keyOf(path, script))?.at(-1);
  return {
    emptied(path, script) {
      if (!DOOR.test(path)) logOf(path, script).push([]);
    },
    wrote: (path, script, content, part) => add(path, script, content === undefined ? undefined : nameOf(content), part),
    // What the kernel shows may be another thing each time.
    copied: (path, script, fromPath) => add(path, script, DOOR.test(fromPath) ? undefined : `${fromPath}@${changes.get(fromPath) ?? 0}`),
    moved(path, toPath, script) {
      logOf(toPath, script).push(last(path, script));
      logs.delete(keyOf(path, script));
    },
    linked: (path, toPath, script) => void logOf(toPath, script).push(last(path, script)),
    pointed: (path, target, script) => void logOf(path, script).push([`-> ${target}`]),
    leftBy(path, script) {
      const [first, ...others] = logs.get(keyOf(path, script)) ?? [];
      const text = first?.join(' ');
      // Something may have come into an empty file in a way that no call shows.
      return text !== '' && others.every((version) => version?.join(' ') === text) ? text : undefined;
    },
    partsOf: (path, script) => parts.get(keyOf(path, script)),
  };
}
