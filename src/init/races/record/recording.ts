/** The recording of one boot: begun before its first tier, written down once its verdict is there. Nothing of it ever harms the boot. */
import type { BootState } from '../../../sys/boot-state.ts';
import { emit } from '../../../sys/events.ts';
import { readMounts } from '../../../sys/mountinfo.ts';
import { paths, TOOLBOX } from '../../../sys/paths.ts';
import type { RaceRecording } from '../../../sys/race-recording.ts';
import type { Sys } from '../../../sys/sys.ts';
import type { BootContext } from '../../boot-context.ts';
import { scriptPaths } from '../../script-paths.ts';
import type { TraceHead } from '../trace/trace.ts';
import { disarmRecording, isArmed } from './arm-recording.ts';
import { beginRecording } from './begin-recording.ts';
import { type Counts, stopRecording, writeTrace } from './end-recording.ts';
import { measureCost } from './measure-cost.ts';
import { findRootLinks } from './root-links.ts';
import { readTracedTiers } from './trace-head.ts';
import { clearTracing } from './tracefs.ts';

type Context = Pick<BootContext, 'sys' | 'store' | 'cmdline' | 'operator' | 'plannedTiers'>;

/** Daemons go on with their start when their scripts have ended: they are looked at a little longer. */
const GRACE_MS = 15_000;
/** How long the way down waits for a disk that may be dead. */
const LAST_MS = 60_000;
const SUFFIX = '.trace.gz';
/** What was there when the recording began: links and mounts that come later are in the trace itself. */
const BEFORE = `${TOOLBOX}/races.before`;
type Before = Pick<TraceHead, 'links' | 'mounts' | 'shared' | 'readOnly'>;

/**
 * Begins what was wished for, on the command line or by `lifeboot races record`. INVARIANT: it is in the state before the mark of the
 * wish is gone, and counts as begun only when everything is switched on: an agent that is killed in between begins it anew, since no
 * script runs before this resolves.
 */
export async function beginWishedRecording(context: Context): Promise<void> {
  try {
    const { status } = context.store.current().races ?? {};
    if (status === undefined ? await isWished(context) : status === 'starting') await begin(context);
  } catch (error) {
    await fail(context, error);
  }
}

async function isWished({ sys, cmdline }: Context): Promise<boolean> {
  return cmdline.races === 'record' || (await isArmed(sys));
}

async function begin(context: Context): Promise<void> {
  const { sys, store } = context;
  const file = `${paths.races}/${sys.wallClock().toISOString().slice(0, 19).replaceAll(':', '-')}${SUFFIX}`;
  const races: RaceRecording = { status: 'starting', sinceMs: sys.uptimeMs(), file, missing: [] };
  await store.update((state) => ({ ...state, races }));
  // A mark that stays would have every boot recorded.
  await disarmRecording(sys);
  const all = await readMounts(sys);
  const mounts = all.map(({ mountPoint }) => mountPoint);
  const shared = all
    .filter(({ propagation }) => propagation.some((each) => each.startsWith('shared:')))
    .map(({ mountPoint }) => mountPoint);
  const readOnly = all
    .filter(({ options, superOptions }) => options.includes('ro') || superOptions.includes('ro'))
    .map(({ mountPoint }) => mountPoint);
  await sys.writeAtomic(BEFORE, JSON.stringify({ links: await findRootLinks(sys), mounts, shared, readOnly } satisfies Before));
  const begun = await beginRecording(sys);
  if (!begun.ok) throw new Error(begun.why);
  const { missing } = begun;
  await store.update((state) => ({ ...state, races: { ...races, status: 'recording', missing, sinceMs: sys.uptimeMs() } }));
  const detail = missing.length === 0 ? file : `${file}; not seen: ${missing.join(', ')}`;
  await emit(sys, { subject: 'races', name: 'record', what: 'started', detail, data: { missing, tookMs: sys.uptimeMs() - races.sinceMs } });
}

export interface AttendedRecording {
  /** Resolves when it is written down, or when the machine that is to end has waited long enough for it. Never rejects. */
  end(): Promise<void>;
}

/** Called when the phases of the boot are over. Goes on with what an earlier agent of this boot recorded. */
export function attendRecording(context: Context): AttendedRecording {
  const running = finish(context).catch((error: unknown) => fail(context, error));
  return {
    async end() {
      const written = new AbortController();
      await Promise.race([running.then(() => written.abort()), context.sys.sleep(LAST_MS, written.signal)]);
    },
  };
}

async function finish(context: Context): Promise<void> {
  const { sys, store, operator } = context;
  const { races, verdict } = store.current();
  // An earlier agent may have been killed before it had tidied up.
  if (races?.status === 'written') await clearTracing(sys);
  if (races?.status !== 'recording') return;
  const untilMs = (verdict?.atMs ?? sys.uptimeMs()) + GRACE_MS;
  await sys.sleep(Math.max(0, untilMs - sys.uptimeMs()), operator.endingSignal);
  const eventMs = await measureCost(sys);
  const counts = await stopRecording(sys);
  await writeTrace(sys, races.file, await makeHead(context, races, counts));
  const { size = 0 } = (await sys.facts(races.file)) ?? {};
  const { events, dropped } = counts;
  const costMs = Math.round(eventMs * events);
  await store.update((state) => withRecording(state, { status: 'written', events, dropped, bytes: size, costMs }));
  const unclear = await clearTracing(sys);
  const detail = `${races.file}: ${events} events, which took about ${(costMs / 1000).toFixed(1)} s of the processors' time${dropped === 0 ? '' : `, void: ${dropped} more had no room`}`;
  const data = { file: races.file, events, dropped, bytes: size, costMs };
  await emit(sys, { subject: 'races', name: 'record', what: dropped === 0 ? 'written' : 'void', detail, data });
  if (unclear !== undefined) await emit(sys, { subject: 'races', name: 'record', what: 'left', detail: unclear });
}

async function makeHead(context: Context, { file, missing }: RaceRecording, { dropped, missed }: Counts): Promise<TraceHead> {
  const { sys, store, plannedTiers } = context;
  const { tiers, verdict } = store.current();
  const early = verdict === undefined ? ['the end of the boot: the machine was ended before its verdict'] : [];
  return {
    version: 1,
    kernel: ((await sys.readText('/proc/sys/kernel/osrelease')) ?? '').trim(),
    name: file.slice(file.lastIndexOf('/') + 1, -SUFFIX.length),
    tiers: await readTracedTiers(sys, scriptPaths, await plannedTiers(), tiers),
    missing: [...missing, ...missed, ...early],
    dropped,
    ...(await readBefore(sys)),
  };
}

async function readBefore(sys: Sys): Promise<Before> {
  const text = await sys.readText(BEFORE);
  if (text === undefined) throw new Error(`${BEFORE} is gone`);
  return JSON.parse(text) as Before;
}

async function fail(context: Context, error: unknown): Promise<void> {
  const { sys, store } = context;
  const why = error instanceof Error ? error.message : String(error);
  const left = await clearTracing(sys);
  await store.update((state) => withRecording(state, { status: 'failed', why }));
  await emit(sys, { subject: 'races', name: 'record', what: 'failed', detail: left === undefined ? why : `${why}; left: ${left}` });
}

function withRecording(state: BootState, change: Partial<RaceRecording>): BootState {
  const before: RaceRecording = state.races ?? { status: 'failed', sinceMs: 0, file: '', missing: [] };
  return { ...state, races: { ...before, ...change } };
}
