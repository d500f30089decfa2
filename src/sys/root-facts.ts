/** What stage 1 found out about the real root before it left it: `/run/lifeboot/stage1`. */
import { paths } from './paths.ts';
import type { Sys } from './sys.ts';

export interface RootFacts {
  /** Device of the real root; undefined when stage 1 did not know (initramfs mode, no root= found). */
  readonly source?: string;
  /** `ext4`, `xfs` …; undefined when the root was never mounted. */
  readonly fsType?: string;
  /** Options it was mounted with, parted by commas. */
  readonly options?: string;
  /** `/forcefsck` or `/fastboot` lay on the root: shutdown(8). */
  readonly checkWish?: 'force' | 'skip';
  /** `root`: the kernel or an initramfs had mounted it; `initramfs`: it was never mounted. */
  readonly mode: 'root' | 'initramfs';
  /** Uptime at which stage 1 began, in milliseconds. */
  readonly startedMs?: number;
  /** Uptime at which the toolbox was in memory and verified. */
  readonly copiedMs?: number;
}

/** Reads `key=value` lines; what is missing, empty or unknown is left out, and a value may hold `=`. */
export function parseRootFacts(text: string): RootFacts {
  const facts = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0 && at < line.length - 1) facts.set(line.slice(0, at).trim(), line.slice(at + 1).trim());
  }
  const source = facts.get('root_source');
  const fsType = facts.get('root_fstype');
  const options = facts.get('root_options');
  const wish = facts.get('root_check');
  const startedMs = Number.parseInt(facts.get('started_ms') ?? '', 10);
  const copiedMs = Number.parseInt(facts.get('copied_ms') ?? '', 10);
  return {
    ...(source === undefined ? {} : { source }),
    ...(fsType === undefined ? {} : { fsType }),
    ...(options === undefined ? {} : { options }),
    ...(wish === 'force' || wish === 'skip' ? { checkWish: wish } : {}),
    ...(Number.isFinite(startedMs) ? { startedMs } : {}),
    ...(Number.isFinite(copiedMs) ? { copiedMs } : {}),
    mode: facts.get('mode') === 'initramfs' ? 'initramfs' : 'root',
  };
}

/** Without the file (a toolbox that no stage 1 made) nothing is known. */
export async function readRootFacts(sys: Sys): Promise<RootFacts> {
  return parseRootFacts((await sys.readText(paths.stage1)) ?? '');
}
