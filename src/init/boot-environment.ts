/** What every initscript finds in its environment because somebody set it for this boot: as sysvinit's init and Debian's `rc` hand it on. */
import type { Sys } from '../sys/sys.ts';

export type Environment = Readonly<Record<string, string>>;

/** Set by the shell of stage 1 or by busybox, or given to each script by us: see scriptEnvironment. */
const ours: ReadonlySet<string> = new Set([
  ...['PATH', 'HOME', 'TERM', 'PWD', 'OLDPWD', 'SHLVL', 'SHELL', 'USER', 'LOGNAME', '_'],
  ...['CONSOLE', 'INIT_VERSION', 'RUNLEVEL', 'PREVLEVEL', 'runlevel', 'previous'],
]);

/**
 * The kernel gives words of its command line that it does not know to init, `DEBUG=1` or `BOOT_IMAGE=…` (bootparam(7)), and rc exports
 * VERBOSE of /etc/default/rcS. What cannot be read is not there.
 */
export async function readBootEnvironment(sys: Sys, root: string): Promise<Environment> {
  const [initial, defaults] = await Promise.all([quietly(sys, '/proc/1/environ'), quietly(sys, `${root}/etc/default/rcS`)]);
  const verbose = parseVerbose(defaults);
  return { ...parseInitial(initial), ...(verbose !== undefined && { VERBOSE: verbose }) };
}

/** proc_pid_environ(5): entries end with a zero byte. */
export function parseInitial(text: string): Environment {
  const entries = text.split('\0').flatMap((entry) => {
    const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(entry) ?? [];
    return name === undefined || value === undefined || ours.has(name) ? [] : [[name, value] as const];
  });
  return Object.fromEntries(entries);
}

/** The last assignment of VERBOSE, if it is a plain word. */
export function parseVerbose(text: string): string | undefined {
  return [...text.matchAll(/^[ \t]*(?:export[ \t]+)?VERBOSE=(["']?)(\w*)\1[ \t]*(?:[#;].*)?$/gm)].at(-1)?.[2];
}

async function quietly(sys: Sys, path: string): Promise<string> {
  return (await sys.readText(path).catch(() => undefined)) ?? '';
}
