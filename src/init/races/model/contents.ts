/** What each script left in each file, where the recording tells which writes were the same. */

export interface Contents {
  /** The script opened the file and made it empty, or made it. */
  emptied(path: string, script: number): void;
  /** `content`: of the recording; undefined: unknown. */
  wrote(path: string, script: number, content: number | undefined): void;
  /** All of it moved to another name. */
  moved(path: string, toPath: string, script: number): void;
  /** Undefined: not known, or not the same each time. Equal texts are equal contents, within one recording. */
  leftBy(path: string, script: number): string | undefined;
}

/** Writes since the file was last empty; undefined: some of them are unknown. */
type Version = readonly number[] | undefined;

/** They keep what is written last; what the kernel shows elsewhere does something when it is written to, and may refuse it the second time. */
const SETTING = /^\/proc\/sys\/(?!fs\/binfmt_misc\/)/;
const DOOR = /^\/(proc|sys)\//;

export function openContents(): Contents {
  const logs = new Map<string, Version[]>();
  const keyOf = (path: string, script: number): string => `${script} ${path}`;
  const logOf = (key: string): Version[] => {
    const log = logs.get(key) ?? [];
    logs.set(key, log);
    return log;
  };
  return {
    emptied(path, script) {
      if (!DOOR.test(path)) logOf(keyOf(path, script)).push([]);
    },
    wrote(path, script, content) {
      const log = logOf(keyOf(path, script));
      if (SETTING.test(path)) log.push(content === undefined ? undefined : [content]);
      else {
        const written = DOOR.test(path) || content === undefined ? undefined : log.pop();
        log.push(written === undefined || content === undefined ? undefined : [...written, content]);
      }
    },
    moved(path, toPath, script) {
      const key = keyOf(path, script);
      logOf(keyOf(toPath, script)).push(logs.get(key)?.at(-1));
      logs.delete(key);
    },
    leftBy(path, script) {
      const [first, ...others] = logs.get(keyOf(path, script)) ?? [];
      const text = first?.join(' ');
      // Something may have come into an empty file in a way that no call shows.
      return text !== '' && others.every((version) => version?.join(' ') === text) ? text : undefined;
    },
  };
}
