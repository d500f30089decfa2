/** One action of one initscript: begun at most once in a boot, waited for with a deadline, ended when it is late. */
import { type Sys, SysError } from '../sys/sys.ts';
import { type Action, claimedMs, claimName, markTimeout, readClaim, readEnded, readTimeout } from './claims.ts';
import type { EndedWatch } from './ended-watch.ts';
import { cgroupOf, makeCgroup } from './processes/cgroup.ts';
import { allProcessesOf, endProcesses } from './processes/script-processes.ts';
import { describeMembers, endMembers, sessionMembers } from './processes/session.ts';
import { takeSnapshot } from './processes/snapshot.ts';
import { awaitReady, prepareReady } from './ready/await-ready.ts';
import type { ReadyWish } from './ready/ready-wish.ts';
import type { ScriptPaths } from './script-paths.ts';

export interface ScriptJob {
  readonly name: string;
  /** The file that is run. */
  readonly path: string;
  readonly action: Action;
  readonly timeoutMs: number;
  readonly env: Readonly<Record<string, string>>;
  /** Names a run beside the one that each action has in a boot. */
  readonly claim?: string;
  /** The file of its output; absent: that of the claim. */
  readonly log?: string;
  /** It is started when its daemon says so, and not before. */
  readonly ready?: ReadyWish | undefined;
  /** Talks to a person: gets the console as input and output, and leaves no output behind. */
  readonly interactive: boolean;
}

export type ScriptEnd = { readonly startedMs: number; readonly endedMs: number } & (
  | { readonly kind: 'exited'; readonly code: number }
  /** Too late, and ended. `stuck` could not be ended. Lines as describeMembers makes them. */
  | { readonly kind: 'timed-out'; readonly waitedFor: readonly string[]; readonly stuck: readonly string[] }
  /** Its runner could not be started, or was killed. */
  | { readonly kind: 'lost'; readonly why: string }
  /** The wait was called off; the script goes on. */
  | { readonly kind: 'aborted' }
);

export interface ScriptRunContext {
  readonly sys: Sys;
  readonly paths: ScriptPaths;
  readonly watch: EndedWatch;
  /** Between TERM and KILL. */
  readonly killAfterMs: number;
}

const CONSOLE = '/dev/console';
const LAST_WORD_MS = 2000;

/** Runs it, or joins the run that an earlier agent of this boot began. `onStarted` is called only by the agent that begins it. */
export async function runScript(context: ScriptRunContext, job: ScriptJob, onStarted: () => Promise<void>): Promise<ScriptEnd> {
  const { sys, paths, watch } = context;
  const claim = job.claim ?? claimName(job.name, job.action);
  const earlier = await readClaim(sys, paths, claim);
  const startedMs = (earlier && claimedMs(earlier)) ?? sys.uptimeMs();
  if (earlier === undefined) {
    const why = await launch(context, job, claim);
    if (why !== undefined) return { kind: 'lost', why, startedMs, endedMs: sys.uptimeMs() };
    await onStarted();
  }
  const waited = await watch.until(claim, startedMs + job.timeoutMs);
  const times = { startedMs, endedMs: sys.uptimeMs() };
  switch (waited.kind) {
    case 'aborted':
      return { kind: 'aborted', ...times };
    case 'vanished':
      return { kind: 'lost', why: 'the shell that ran it was killed', ...times };
    case 'overdue':
      return endLate(context, job, claim, startedMs);
    case 'ended': {
      const waitedFor = await readTimeout(sys, paths, claim);
      if (waitedFor !== undefined) return { kind: 'timed-out', waitedFor, stuck: [], ...times };
      if (job.ready !== undefined && waited.code === 0) return endReady(context, job, claim, startedMs);
      return { kind: 'exited', code: waited.code, ...times };
    }
  }
}

async function launch({ sys, paths }: ScriptRunContext, job: ScriptJob, claim: string): Promise<string | undefined> {
  const [input, output] = job.interactive ? [CONSOLE, CONSOLE] : ['/dev/null', `${paths.output}/${job.log ?? claim}`];
  const argv = [paths.busybox, 'sh', paths.runScript, paths.scripts, input, output, cgroupOf(paths, job.name), claim, job.path, job.action];
  await makeCgroup(sys, paths, job.name);
  try {
    const ready = job.ready === undefined ? {} : await prepareReady(sys, paths, { script: job.name, claim, wish: job.ready });
    await sys.launch(argv, { env: { ...job.env, ...ready }, cwd: '/' });
    return undefined;
  } catch (error) {
    if (error instanceof SysError) return error.message;
    throw error;
  }
}

/** The script has ended well; its daemon has the rest of the time to say that it is ready. */
async function endReady(context: ScriptRunContext, job: ScriptJob, claim: string, startedMs: number): Promise<ScriptEnd> {
  const { sys, paths, watch, killAfterMs } = context;
  if (job.ready === undefined) return { kind: 'exited', code: 0, startedMs, endedMs: sys.uptimeMs() };
  const run = { script: job.name, claim, wish: job.ready };
  const readiness = await awaitReady(sys, paths, run, { deadlineMs: startedMs + job.timeoutMs, signal: watch.signal });
  const times = { startedMs, endedMs: sys.uptimeMs() };
  switch (readiness.kind) {
    case 'ready':
      return { kind: 'exited', code: 0, ...times };
    case 'aborted':
      return { kind: 'aborted', ...times };
    case 'gone':
      return { kind: 'lost', why: readiness.why, ...times };
    case 'overdue': {
      await markTimeout(sys, paths, claim, [readiness.waitedFor]);
      const stuck = await endProcesses(sys, paths, job.name, killAfterMs);
      return { kind: 'timed-out', waitedFor: [readiness.waitedFor], stuck: describeMembers(stuck), startedMs, endedMs: sys.uptimeMs() };
    }
  }
}

/**
 * The whole of the script, daemons that it forked already included: what could not finish its start leaves nothing behind. A daemon that
 * was only to read its configuration goes on with the old one.
 */
async function endLate(
  { sys, paths, watch, killAfterMs }: ScriptRunContext,
  { name, action }: ScriptJob,
  claim: string,
  startedMs: number,
): Promise<ScriptEnd> {
  const runner = await readClaim(sys, paths, claim);
  const look = async () => (runner?.pid === undefined ? [] : sessionMembers(sys, runner.pid));
  const marked = await readTimeout(sys, paths, claim);
  const waitedFor = marked ?? describeMembers(await look());
  if (marked === undefined) await takeSnapshot(sys, paths, claim, await allProcessesOf(sys, paths, name));
  await markTimeout(sys, paths, claim, waitedFor);
  const stuck = await (action === 'reload' ? endMembers(sys, { look, graceMs: killAfterMs }) : endProcesses(sys, paths, name, killAfterMs));
  // The runner writes its line now: the list `ended` is complete before anybody goes on.
  if (runner !== undefined && stuck.length === 0 && !(await readEnded(sys, paths)).has(claim))
    await watch.until(claim, sys.uptimeMs() + LAST_WORD_MS);
  return { kind: 'timed-out', waitedFor, stuck: describeMembers(stuck), startedMs, endedMs: sys.uptimeMs() };
}
