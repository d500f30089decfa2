/** Symbolic links that names go through before the first script runs: those to directories, and those to where boots write. */
import { paths } from '../../../sys/paths.ts';
import type { Sys } from '../../../sys/sys.ts';
import type { TraceHead } from '../trace/trace.ts';

const FIND_MS = 60_000;

/** Lines `FROM<TAB>TO`. Each filesystem by itself: what is below /proc, /sys and the toolbox belongs to nobody's script. */
const FIND = `for top in / /dev /etc /run /var; do
  find "$top" -xdev -maxdepth 2 -type l
done | sort -u | while read -r from; do
  to=$(readlink -f "$from") || continue
  case $to in /run/* | /var/* | /tmp/* | /dev/* | /proc/*) ;; *) [ -d "$from" ] || continue ;; esac
  printf '%s\\t%s\\n' "$from" "$to"
done
exit 0`;

/** Longest first. A root that cannot be searched has none. */
export async function findRootLinks(sys: Sys): Promise<TraceHead['links']> {
  const ran = await sys.run([paths.busybox, 'sh', '-c', FIND], { timeoutMs: FIND_MS });
  return parseLinks(ran.stdout);
}

export function parseLinks(text: string): TraceHead['links'] {
  return text
    .split('\n')
    .flatMap((line) => {
      const [from, told, more] = line.split('\t');
      // Who asked was a process of its own.
      const to = told?.replace(/^\/proc\/\d+(?=\/)/, '/proc/self');
      return from?.startsWith('/') && to?.startsWith('/') && more === undefined && from !== to ? [{ from, to }] : [];
    })
    .sort((a, b) => b.from.length - a.from.length || (a.from < b.from ? -1 : 1));
}
