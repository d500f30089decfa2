/** lifeboot's own work in the place of Debian's checkfs.sh and mountall.sh: all of fstab but the root. */

import type { CheckWish } from '../fsck/filesystems/check-filesystem.ts';
import { checkFilesystems } from '../fsck/filesystems/check-filesystems.ts';
import { type Checked, mayMount, readCheckReport } from '../fsck/filesystems/check-report.ts';
import { mountFilesystems } from '../fsck/filesystems/mount-filesystems.ts';
import type { FstabEntry } from '../fsck/fstab.ts';
import type { Sys } from '../sys/sys.ts';
import type { BootContext } from './boot-context.ts';
import type { CheckWord } from './operator.ts';

/** What of the boot's context the work on fstab needs. */
export interface FstabContext {
  /** `image`: the scripts of the image do it, as they would without lifeboot. */
  readonly owner: 'lifeboot' | 'image';
  /** What a filesystem that fails its check, or cannot be mounted, does to the boot. */
  readonly onFailure: 'degrade' | 'hold';
  readonly check: CheckWish;
  /** The checks that run take the operator's words until disposed. */
  readonly attend: (listener: (word: CheckWord) => void) => Disposable;
  /** Recorded for good: the operator went on without a check. */
  readonly override: (what: string) => Promise<void>;
}

/** The scripts whose place this takes. */
export const fstabScripts: ReadonlySet<string> = new Set(['checkfs.sh', 'mountall.sh']);

/** What did not work, in one sentence and with its evidence. */
export interface FstabFailure {
  readonly why: string;
  readonly evidence: readonly string[];
}

export function fstabContext({ config, operator, store, signal }: BootContext): FstabContext {
  const { mode, repair, silence_hours, undo_directory, filesystems, failed_filesystem } = config.fsck;
  return {
    owner: filesystems,
    onFailure: failed_filesystem,
    check: {
      mode: store.current().round?.fsck ? 'force' : mode,
      repair,
      silenceMs: silence_hours * 3_600_000,
      undoDirectory: undo_directory,
      signal,
    },
    attend: (listener) => operator.attendCheck(listener),
    override: (what) => store.update((state) => ({ ...state, overrides: [...state.overrides, what] })),
  };
}

/** Checks what has a pass number; /forcefsck and /fastboot are honoured and removed. Undefined when all of it may be mounted. */
export async function checkInPlace(
  sys: Sys,
  root: string,
  entries: readonly FstabEntry[],
  context: FstabContext,
): Promise<FstabFailure | undefined> {
  const has = async (flag: string): Promise<boolean> => (await sys.facts(`${root}/${flag}`)) !== undefined;
  const forced = (await has('forcefsck')) && context.check.mode === 'auto' ? { mode: 'force' as const } : {};
  const fast = (await has('fastboot')) && context.check.mode === 'auto' ? { mode: 'skip' as const } : {};
  const checked = await attended(context, (wish) => checkFilesystems(sys, entries, { ...wish, ...forced, ...fast }));
  for (const flag of ['fastboot', 'forcefsck']) await sys.remove(`${root}/${flag}`);
  return failureOf(
    checked.filter((each) => !mayMount(each) && !each.nofail).map((each) => ({ name: each.mountPoint, why: each.reason, ...each })),
  );
}

/** Mounts what is to be mounted at boot, and switches swap on. Undefined when all that fstab does not call `nofail` is there. */
export async function mountInPlace(sys: Sys, entries: readonly FstabEntry[], context: FstabContext): Promise<FstabFailure | undefined> {
  const report = await readCheckReport(sys);
  // Held, somebody may have repaired it since: it is checked once more.
  const checked = context.onFailure === 'hold' ? report.filter(mayMount) : report;
  const missing = await attended(context, (check) => mountFilesystems(sys, entries, { checked, check }));
  return failureOf(missing.filter(({ nofail }) => !nofail));
}

/** While it runs the operator may cancel the checks, skip them (recorded), or bear with their silence. */
async function attended<T>(context: FstabContext, work: (wish: CheckWish) => Promise<T>): Promise<T> {
  const stopped = new AbortController();
  const extend: (() => void)[] = [];
  let told: CheckWord | undefined;
  using _words = context.attend((word) => {
    if (word === 'extend') {
      for (const again of extend) again();
      return;
    }
    told = word;
    stopped.abort();
  });
  const { signal } = context.check;
  const result = await work({
    ...context.check,
    signal: signal === undefined ? stopped.signal : AbortSignal.any([signal, stopped.signal]),
    skipped: () => told === 'skip',
    onStart: (again) => void extend.push(again),
  });
  if (told === 'skip') await context.override('checks of fstab skipped by the operator while they ran: those filesystems may have errors');
  return result;
}

type Failed = Pick<Checked, 'evidence'> & { readonly name: string; readonly why: string };

function failureOf(failed: readonly Failed[]): FstabFailure | undefined {
  if (failed.length === 0) return undefined;
  return {
    why: failed.map(({ name, why }) => `${name}: ${why}`).join('; '),
    evidence: failed.flatMap(({ name, why, evidence }) => [`${name}: ${why}`, ...evidence.map((line) => `  ${line}`)]),
  };
}
