/** Waits for a daemon's own word that it is ready, after the script that starts it has ended: `exit` says only that it was begun. */
import type { Sys } from '../../sys/sys.ts';
import { cgroupOf, isPopulated } from '../processes/cgroup.ts';
import type { ScriptPaths } from '../script-paths.ts';
import { parseNotified } from './notices.ts';
import type { ReadyWish } from './ready-wish.ts';

export interface ReadyRun {
  readonly script: string;
  readonly claim: string;
  readonly wish: ReadyWish;
}

export type Readiness =
  | { readonly kind: 'ready' | 'aborted' }
  /** `waitedFor` names what did not come. */
  | { readonly kind: 'overdue'; readonly waitedFor: string }
  /** It has ended, or said that it will not be ready. */
  | { readonly kind: 'gone'; readonly why: string };

/** Where what it says is kept. Both outlive the agent. */
export const readyFile = ({ scripts }: ScriptPaths, claim: string): string => `${scripts}/${claim}.ready`;
const socketOf = ({ notify }: ScriptPaths, script: string): string => `${notify}/${script}`;

/** A daemon may take its time, but not for ever. */
const MOST_MS = 24 * 3_600_000;
const LOOK_MS = 1000;
const LISTENER_MS = 5000;

/** Makes ready to hear it, before the script runs. Resolves with what the script gets into its environment. Throws SysError. */
export async function prepareReady(
  sys: Sys,
  paths: ScriptPaths,
  { script, claim, wish }: ReadyRun,
): Promise<Readonly<Record<string, string>>> {
  const file = readyFile(paths, claim);
  await sys.remove(file);
  if (wish.kind === 'fd') return { LIFEBOOT_READY_FD: String(wish.fd), LIFEBOOT_READY_FILE: file };
  const socket = socketOf(paths, script);
  await sys.makeDir(paths.notify);
  // An older listener knows by this that its time is over.
  await sys.remove(socket);
  await sys.launch([paths.notifyListen, socket, file, cgroupOf(paths, script)], { env: {}, cwd: '/' });
  for (const untilMs = sys.uptimeMs() + LISTENER_MS; (await sys.facts(socket)) === undefined && sys.uptimeMs() < untilMs; ) {
    await sys.waitForChange(paths.notify, 100);
  }
  return { NOTIFY_SOCKET: socket };
}

/** Resolves when it has said so, has ended, or the time is over; EXTEND_TIMEOUT_USEC makes it longer. Can be called again after a crash. */
export async function awaitReady(
  sys: Sys,
  paths: ScriptPaths,
  { script, claim, wish }: ReadyRun,
  { deadlineMs, signal }: { readonly deadlineMs: number; readonly signal?: AbortSignal | undefined },
): Promise<Readiness> {
  const beganMs = sys.uptimeMs();
  for (;;) {
    const end = new AbortController();
    const change = sys.waitForChange(paths.scripts, LOOK_MS, signal === undefined ? end.signal : AbortSignal.any([end.signal, signal]));
    const text = (await sys.readText(readyFile(paths, claim))) ?? '';
    const said = wish.kind === 'notify' ? parseNotified(text) : undefined;
    const isReady = said === undefined ? text.includes('\n') : said.readyMs !== undefined;
    const isGone = (await isPopulated(sys, paths, script)) === false;
    const untilMs = Math.min(beganMs + MOST_MS, Math.max(deadlineMs, said?.untilMs ?? 0));
    const result = settle({ isReady, isGone, aborted: signal?.aborted ?? false, isLate: sys.uptimeMs() >= untilMs }, wish, said);
    if (result === undefined) {
      await change;
      continue;
    }
    end.abort();
    return result;
  }
}

interface Facts {
  readonly isReady: boolean;
  readonly isGone: boolean;
  readonly aborted: boolean;
  readonly isLate: boolean;
}

function settle(
  { isReady, isGone, aborted, isLate }: Facts,
  wish: ReadyWish,
  said: ReturnType<typeof parseNotified> | undefined,
): Readiness | undefined {
  if (isReady) return { kind: 'ready' };
  if (aborted) return { kind: 'aborted' };
  const status = said?.status === undefined ? '' : `, it last said ${JSON.stringify(said.status.slice(0, 200))}`;
  const strangers =
    said === undefined || said.refused.length === 0 ? '' : `, process ${said.refused.join(', ')} is none of its own and was not heard`;
  if (said?.gaveUp !== undefined) return { kind: 'gone', why: `it said ${said.gaveUp} before it was ready${status}` };
  if (isGone) return { kind: 'gone', why: `all its processes ended before it was ready${status}${strangers}` };
  if (!isLate) return undefined;
  const word = wish.kind === 'notify' ? 'READY=1 by sd_notify' : `a newline on descriptor ${wish.fd}`;
  return { kind: 'overdue', waitedFor: `${word}${status}${strangers}` };
}
