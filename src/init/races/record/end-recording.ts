/** Switches the recording off and writes it down: the kernel's lines go through a shell, never through our memory. */
import { paths, TOOLBOX } from '../../../sys/paths.ts';
import type { Sys } from '../../../sys/sys.ts';
import type { TraceHead } from '../trace/trace.ts';
import { formatHead, TRACE_END } from '../trace/trace-format.ts';
import { digestContents } from './content-digests.ts';
import { HIDE_CONTENTS } from './hide-contents.ts';
import { GROUP } from './plan-recording.ts';
import { INSTANCE, TRACING, tryWrite } from './tracefs.ts';

/** How a recording went, by the kernel's own count. */
export interface Counts {
  readonly events: number;
  /** Events there was no room for. */
  readonly dropped: number;
  /** Hits of probes that came while too many others were under way, in words. */
  readonly missed: readonly string[];
}

const HEAD = `${TOOLBOX}/races.head`;
/** What was written into files, for as long as it takes to make digests of it. */
const CONTENTS = `${TOOLBOX}/races.contents`;
/** A slow disk, and a shell that compresses under emulation. */
const WRITE_MS = 300_000;
/** How many recordings are kept beside the new one. */
const KEPT = 9;

/**
 * Words: directory, name, head, ring buffer, last line, how many older ones stay, what hides contents, and where it lists them. What an earlier
 * attempt left half is removed.
 */
const WRITE = `umask 077
mkdir -p "$1" && cd "$1" || exit
rm -f .*.part
ls -1 | grep '[.]trace[.]gz$' | sort -r | tail -n "+$6" | while read -r old; do rm -f "$old"; done
{ cat "$3" && awk -v "list=$8" "$7" "$4" && echo "$5"; } | gzip -1 >".$2.part" && exit
rm -f ".$2.part"
exit 1`;
/** Words: directory, name, what follows the last line. */
const CLOSE = `cd "$1" && gzip -1 <"$3" >>".$2.part" && mv -f ".$2.part" "$2" && exit
rm -f ".$2.part"
exit 1`;

/** No event comes after this. */
export async function stopRecording(sys: Sys): Promise<Counts> {
  const why = await tryWrite(sys, `${INSTANCE}/tracing_on`, '0');
  if (why !== undefined) throw new Error(why);
  const stats: string[] = [];
  for (const cpu of (await sys.listDir(`${INSTANCE}/per_cpu`)) ?? [])
    stats.push((await sys.readText(`${INSTANCE}/per_cpu/${cpu}/stats`)) ?? '');
  return { ...countStats(stats), missed: missedHits((await sys.readText(`${TRACING}/kprobe_profile`)) ?? '') };
}

/** Of `per_cpu/cpuN/stats`. */
export function countStats(stats: readonly string[]): Pick<Counts, 'events' | 'dropped'> {
  const sum = (name: string) => stats.reduce((all, text) => all + Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1] ?? 0), 0);
  return { events: sum('entries'), dropped: sum('overrun') + sum('commit overrun') + sum('dropped events') };
}

/** Of `kprobe_profile`, which has lines `  NAME   HITS   MISSED`. */
export function missedHits(profile: string): readonly string[] {
  return [...profile.matchAll(/^ *(?:lifeboot:)?(\w+) +\d+ +(\d+)$/gm)]
    .filter(([, , missed]) => Number(missed) > 0)
    .map(([, name, missed]) => `${missed} hits of the probe ${name}, which came while too many others were under way`);
}

/** Writes it whole or not at all. Throws with the words of what failed. */
export async function writeTrace(sys: Sys, file: string, head: TraceHead): Promise<void> {
  await sys.writeAtomic(HEAD, formatHead(head));
  await sys.writeAtomic(CONTENTS, '');
  try {
    const slash = file.lastIndexOf('/');
    const place = [file.slice(0, slash), file.slice(slash + 1)];
    await runShell(sys, WRITE, [...place, HEAD, `${INSTANCE}/trace`, TRACE_END, `${KEPT + 1}`, HIDE_CONTENTS, CONTENTS]);
    // Without a key, on a disk that takes none, it is a recording that is comparable with itself.
    const digests = await digestContents(sys, (await sys.readText(CONTENTS)) ?? '').catch(() => []);
    await sys.writeAtomic(CONTENTS, digests.map((line) => `${line}\n`).join(''));
    await runShell(sys, CLOSE, [...place, CONTENTS]);
  } finally {
    await sys.remove(HEAD);
    await sys.remove(CONTENTS);
  }
}

async function runShell(sys: Sys, script: string, words: readonly string[]): Promise<void> {
  const ran = await sys.run([paths.busybox, 'sh', '-c', script, `${GROUP}-trace`, ...words], { timeoutMs: WRITE_MS });
  if (ran.code === 0) return;
  throw new Error(ran.timedOut ? 'it took too long to write' : ran.stderr.trim() || `exit ${ran.code ?? ran.signal}`);
}
