/** Notices initscripts that are run beside us, waits for their end, and takes what they did for what is wanted. */
import { emit } from '../../sys/events.ts';
import { readClaim } from '../claims.ts';
import { cgroupOf, makeCgroup } from '../processes/cgroup.ts';
import { actionOf, descendsFrom, lookAt, type Notice, parseNotice } from './notice.ts';
import type { OperateContext } from './operate-context.ts';
import { busyStatus, findRow, type Wish, wellEnded, withRow } from './operation.ts';

/** inotify tells at once; where it cannot, a notice waits for this long. */
const LOOK_MS = 30_000;
/** How long a notice may be half written. */
const WRITE_MS = 1000;
const POLL_MS = 200;

/**
 * Until disposed. A notice stays on the tmpfs until its action is settled, so that the next agent goes on with it. What it says of the
 * outcome is the action alone: nobody can ask for the exit code of a process that is not a child. The monitor looks at the rest.
 */
export async function watchNotices(context: OperateContext): Promise<AsyncDisposable> {
  const { sys, paths } = context;
  const end = new AbortController();
  const signal = AbortSignal.any([end.signal, ...(context.signal === undefined ? [] : [context.signal])]);
  await sys.makeDir(paths.notices, 0o700).catch((error: Error) => sys.console(`lifeboot: ${error.message}`));
  const following = new Map<string, Followed>();
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      // The watch stands before the look, so that no notice falls between the two.
      const change = sys.waitForChange(paths.notices, LOOK_MS, signal);
      for (const file of ((await sys.listDir(paths.notices).catch(() => undefined)) ?? []).filter((name) => !following.has(name))) {
        const followed: Followed = { work: follow({ ...context, signal }, file, following) };
        following.set(file, followed);
        followed.work = followed.work
          .catch((error: Error) => sys.console(`lifeboot: notice ${file}: ${error.message}`))
          .finally(() => following.delete(file));
      }
      await change;
    }
  };
  const looping = loop();
  return {
    [Symbol.asyncDispose]: async () => {
      end.abort();
      await looping;
      await Promise.all([...following.values()].map(({ work }) => work));
    },
  };
}

interface Followed {
  work: Promise<void>;
  notice?: Notice;
}

async function follow(context: OperateContext, file: string, following: ReadonlyMap<string, Followed>): Promise<void> {
  const { sys, paths, operations, signal } = context;
  const notice = await readNotice(context, file);
  const followed = following.get(file);
  if (followed !== undefined && notice !== undefined) followed.notice = notice;
  if (notice === undefined || !(await isForeign(context, notice, following))) return sys.remove(`${paths.notices}/${file}`);
  const { script, pid } = notice;
  const process = await lookAt(sys, pid);
  const action = actionOf(notice.action, findRow(context.state(), script)?.status === 'started');
  if (action === undefined) return sys.remove(`${paths.notices}/${file}`);
  const wish: Wish = { script, action, by: `${notice.caller} (pid ${pid})` };
  const startedMs = sys.uptimeMs();
  await makeCgroup(sys, paths, script);
  if (process !== undefined) await sys.appendLine(`${cgroupOf(paths, script)}/cgroup.procs`, String(pid)).catch(() => undefined);
  await operations.turns(script, () => settle(context, wish, { pid, startTicks: process?.startTicks }, startedMs));
  if (!signal?.aborted) await sys.remove(`${paths.notices}/${file}`);
}

async function readNotice({ sys, paths }: OperateContext, file: string): Promise<Notice | undefined> {
  for (const untilMs = sys.uptimeMs() + WRITE_MS; ; ) {
    const text = (await sys.readText(`${paths.notices}/${file}`)) ?? '';
    const notice = parseNotice(file, text);
    if (notice !== undefined || sys.uptimeMs() >= untilMs) return notice;
    await sys.sleep(POLL_MS / 10);
  }
}

/** Not a run of our own, and not a script that calls itself: that is one action. */
async function isForeign(
  context: OperateContext,
  { script, pid, ppid, session }: Notice,
  following: ReadonlyMap<string, Followed>,
): Promise<boolean> {
  const { sys, paths } = context;
  for (const claim of ((await sys.listDir(paths.scripts)) ?? []).filter((name) => name.startsWith(`${script}.`)))
    if ((await readClaim(sys, paths, claim).catch(() => undefined))?.pid === session) return false;
  for (const { notice } of following.values())
    if (notice?.script === script && notice.pid !== pid && (await descendsFrom(sys, ppid, notice.pid))) return false;
  return true;
}

/** In the turn of the script. A row that the boot has yet to come to stays: what is started too early may not be up for good. */
async function settle(
  context: OperateContext,
  wish: Wish,
  process: { readonly pid: number; readonly startTicks: number | undefined },
  startedMs: number,
): Promise<void> {
  const { sys } = context;
  const { script, action, by } = wish;
  const before = findRow(context.state(), script);
  const isBoots = before === undefined ? context.state().verdict === undefined : ['waiting', 'starting'].includes(before.status);
  const data = { action, by, pid: process.pid };
  await emit(sys, { subject: 'script', name: script, what: 'asked', quiet: true, detail: `${action} by ${by}`, data });
  const busy = busyStatus[action];
  if (busy !== undefined && !isBoots) await context.change((state) => withRow(state, script, { status: busy, startedMs, by }));
  const over = await waitForEnd(context, process, startedMs);
  if (over === undefined) return;
  const endedMs = sys.uptimeMs();
  await context.change((state) => {
    const up = { status: action === 'stop' ? 'stopped' : 'started', startedMs, endedMs, by } as const;
    const row = over ? up : before;
    return row === undefined || busy === undefined || isBoots ? state : withRow(state, script, row);
  });
  const late = `${action} by ${by}: still at it; it is left alone`;
  const told = over ? { what: wellEnded[action], detail: `by ${by}` } : ({ what: 'timed-out', detail: late } as const);
  await emit(sys, { subject: 'script', name: script, ...told, data: { ...data, durationMs: Math.round(endedMs - startedMs) } });
}

/** False when it takes longer than any start and stop may; undefined when the machine goes down meanwhile. */
async function waitForEnd(
  { sys, signal, startTimeoutMs, stopTimeoutMs }: OperateContext,
  { pid, startTicks }: { readonly pid: number; readonly startTicks: number | undefined },
  startedMs: number,
): Promise<boolean | undefined> {
  const untilMs = startedMs + startTimeoutMs + stopTimeoutMs;
  while (startTicks !== undefined && (await lookAt(sys, pid))?.startTicks === startTicks) {
    if (signal?.aborted) return undefined;
    if (sys.uptimeMs() >= untilMs) return false;
    await sys.sleep(POLL_MS, signal);
  }
  return signal?.aborted ? undefined : true;
}
