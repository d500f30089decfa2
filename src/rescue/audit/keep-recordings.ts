/** Carries recordings from memory to the root, where they outlive the boot: each is there whole or not at all. */
import { emit } from '../../sys/events.ts';
import { paths } from '../../sys/paths.ts';
import { type Ran, type Sys, SysError } from '../../sys/sys.ts';
import { CAST_SUFFIX } from './parse-recording.ts';
import { planRetention, type StoredRecording } from './plan-retention.ts';
import type { Recordings } from './recordings.ts';

/** `entered`: it can be written to, though a filesystem may still be mounted over the directory. */
export type RootState = 'apart' | 'entered' | 'ready';

export interface RootNow {
  readonly state: RootState;
  /** How often this kernel has booted it before: what a soft reboot left is entered again in the next round. */
  readonly round: number;
}

export interface KeeperOptions {
  readonly recordings: Recordings;
  /** On the root. */
  readonly directory: string;
  readonly mostBytes: number;
  readonly root: () => Promise<RootNow>;
}

export interface Keeper {
  /**
   * The root is about to be left: carries there what is recorded up to now, of open recordings too, and nothing later in this round.
   * Resolves with a sentence for people. Never rejects.
   */
  keepLast(): Promise<string>;
}

const POLL_MS = 1_000;
const RETRY_MS = 60_000;
/** What a copy may take. A disk that is dead keeps the copying program, and never us. */
const COPY_MS = 60_000;
/** `$0` of our programs: how one that hangs is known. */
const NAME = 'lifeboot-keep-recordings';

/** What an earlier attempt left half is removed; the rest is listed as `SIZE NAME`. */
const SURVEY = `umask 077
mkdir -p "$1" && chmod 700 "$1" && cd "$1" || exit
rm -f .*.part
for file in *${CAST_SUFFIX}; do [ -f "$file" ] && stat -c '%s %n' "$file"; done
exit 0`;

/** Words are `-ID` to remove and `+ID:BYTES` to store the first so many bytes of. Those that are safe on the disk are listed. */
const STORE = `umask 077
from=$1 stored= failed=0
cd "$2" || exit
shift 2
for word; do
  id=\${word#?} id=\${id%:*} part=.\${word#?}.part
  case $word in
    -*) rm -f "$id${CAST_SUFFIX}" ;;
    *)
      set -- "if=$from/$id${CAST_SUFFIX}" "of=$part" "count=\${word##*:}"
      if dd "$@" bs=65536 iflag=count_bytes,fullblock conv=fsync && mv -f "$part" "$id${CAST_SUFFIX}"; then
        stored="$stored $id"
      else
        rm -f "$part"
        failed=1
      fi ;;
  esac
done
sync . || exit
echo $stored
exit $failed`;

/**
 * Begins as soon as the root is ready, and goes on whenever a recording is closed. What cannot be kept stays in memory, as long as there
 * is room. INVARIANT: one program of ours touches the disk at a time, and none while an earlier one hangs.
 */
export function startKeeper(sys: Sys, { recordings, directory, mostBytes, root }: KeeperOptions): Keeper {
  let wake = (): void => undefined;
  let left = false;
  let leftRound = -1;
  let busy: Promise<unknown> = Promise.resolve();
  let told = '';

  async function keepOn(): Promise<void> {
    for (;;) {
      const { state, round } = await root();
      if (state === 'ready' && round !== leftRound) break;
      await sys.sleep(POLL_MS);
    }
    left = false;
    while (!left) {
      const closed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const kept = await alone(() => (left ? Promise.resolve(true) : keep(recordings.closed())));
      await (kept ? closed : Promise.race([closed.then(() => sys.sleep(POLL_MS)), sys.sleep(RETRY_MS)]));
    }
  }

  async function keepRounds(): Promise<never> {
    for (;;) await keepOn();
  }

  /** One after the other. */
  function alone<T>(work: () => Promise<T>): Promise<T> {
    const next = busy.then(work);
    busy = next.catch(() => undefined);
    return next;
  }

  /** True when nothing of it waits any more. Never rejects. */
  async function keep(waiting: readonly StoredRecording[], open: readonly StoredRecording[] = []): Promise<boolean> {
    const all = [...waiting, ...open];
    if (all.length === 0) return true;
    try {
      const hangs = (await sys.processes()).some(({ argv }) => argv.includes(NAME) && argv.includes(directory));
      if (hangs) throw new Error('the disk does not answer');
      const surveyed = await runScript(SURVEY, [directory]);
      if (surveyed.code !== 0) throw new Error(wordsOf(surveyed));
      const { remove, store, drop } = planRetention(parseSurvey(surveyed.stdout), all, mostBytes);
      const sizes = new Map(all.map(({ id, bytes }) => [id, bytes]));
      const words = [...remove.map((id) => `-${id}`), ...store.map((id) => `+${id}:${sizes.get(id)}`)];
      const ran = words.length === 0 ? undefined : await runScript(STORE, [recordings.directory, directory, ...words]);
      const safe = new Set([...drop, ...(ran?.stdout.split(/\s+/) ?? [])]);
      for (const { id } of waiting) if (safe.has(id)) await recordings.drop(id);
      if (ran !== undefined && ran.code !== 0) throw new Error(wordsOf(ran));
      return true;
    } catch (error) {
      const detail = `${directory}: ${error instanceof SysError || error instanceof Error ? error.message : String(error)}`;
      if (detail !== told) void emit(sys, { subject: 'session', name: 'recordings', what: 'not-kept', detail });
      told = detail;
      return false;
    }
  }

  async function runScript(script: string, words: readonly string[]): Promise<Ran> {
    const busybox = (await sys.facts(paths.busybox)) === undefined ? 'busybox' : paths.busybox;
    return sys.run([busybox, 'sh', '-c', script, NAME, ...words], { timeoutMs: COPY_MS });
  }

  recordings.onClosed = () => wake();
  void keepRounds();
  return {
    async keepLast() {
      const { state, round } = await root();
      if (round === leftRound) return 'the root was left before';
      if (state === 'apart') return 'there is no root to keep recordings on';
      left = true;
      leftRound = round;
      wake();
      const kept = await alone(() => keep(recordings.closed(), recordings.mark('the machine goes down')));
      return kept ? 'all recordings are kept' : `not all recordings are kept: ${told}`;
    },
  };
}

function parseSurvey(text: string): readonly StoredRecording[] {
  return text.split('\n').flatMap((line) => {
    const [, bytes, id] = /^(\d+) (.+)\.cast$/.exec(line) ?? [];
    return id === undefined ? [] : [{ id, bytes: Number(bytes) }];
  });
}

/** The program's own word on its failure; dd also counts. */
function wordsOf({ stderr, timedOut, code, signal }: Ran): string {
  if (timedOut) return 'the disk does not answer';
  return stderr.split('\n').find((line) => line.includes(': ')) ?? (code === null ? `killed by ${signal}` : `exit ${code}`);
}
