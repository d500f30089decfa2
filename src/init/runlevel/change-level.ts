/** Changes of the run level: what `init N` of sysvinit does with Debian's `rc`. An agent killed in between goes on where it was. */
import { emit } from '../../sys/events.ts';
import type { LevelChange } from '../../sys/level-change.ts';
import { accountLevel } from '../accounting/account.ts';
import type { BootContext } from '../boot-context.ts';
import { claimName, forgetRun } from '../claims.ts';
import type { Tier } from '../init-script.ts';
import { readLevelTiers } from '../rc-local.ts';
import { readTiers } from '../read-tiers.ts';
import { runTiers } from '../run-tiers.ts';
import { scriptPaths } from '../script-paths.ts';
import { stopInOrder } from '../stop-tiers.ts';
import { startContext, stopContext } from '../tier-phases.ts';
import { withTierStatus } from '../tier-state.ts';
import { endForSingleUser } from './end-processes.ts';
import { beginChange, endChange, levelOf } from './level-state.ts';
import { isEarly, KILLPROCS, planLevel, SINGLE, withAllEnded, withLevelTiers } from './plan-level.ts';

/** Makes the wish the level that the machine is on its way to. */
export async function beginLevel(context: BootContext, level: string, by: string): Promise<void> {
  const { sys, store } = context;
  const { stopping, starting } = await readLevel(context, level);
  const plan = planLevel(stopping, starting, store.current().tiers);
  await store.update((state) => ({ ...state, runlevel: beginChange(runlevelOf(context, state), { ...plan, by, prepared: false }) }));
  const detail = `from ${runlevelOf(context).previous}, by ${by}: ${plan.stop.length} to stop, ${plan.start.length} to start`;
  await emit(sys, { subject: 'runlevel', name: level, what: 'started', detail, data: { ...plan } });
}

/** Stops and starts what the change asks for. Ends early when the machine is to end, and before the next tier when another level is wished for. */
export async function runChange(context: BootContext, change: LevelChange): Promise<void> {
  const { sys, store, operator } = context;
  const { current, previous } = runlevelOf(context);
  await accountLevel(sys, current, previous);
  const { stopping, starting } = await readLevel(context, current);
  if (!change.prepared) await prepare(context, change, starting);

  const isCalledOff = () => operator.ending() !== undefined || runlevelOf(context).next !== undefined;
  const wanted = (tiers: readonly Tier[], names: readonly string[]) =>
    tiers
      .map((tier) => ({ ...tier, scripts: tier.scripts.filter(({ name }) => names.includes(name)) }))
      .filter(({ scripts }) => scripts.length > 0);
  for (const tier of wanted(stopping, change.stop)) {
    if (isCalledOff()) break;
    await stopInOrder(stopContext(context), [{ ...tier, runlevel: current }], previous);
  }
  for (const tier of starting) {
    if (isCalledOff()) break;
    if (wanted([tier], [KILLPROCS]).length > 0 && isOpen(context, tier.name)) await killProcs(context, starting);
    // Those of rcS.d come back for this level.
    await startTier(context, { ...tier, runlevel: current }, previous);
  }
  if (operator.ending() !== undefined) return;

  // An image without rc1.d has no script that asks for it.
  const asksForSingle = wanted(starting, [SINGLE]).length > 0 || starting.length === 0;
  const toSingle = current === '1' && asksForSingle && runlevelOf(context).next === undefined;
  await store.update((state) => {
    const ended = endChange(runlevelOf(context, state));
    return { ...state, runlevel: toSingle ? { ...ended, next: { level: 'S', by: `/etc/init.d/${SINGLE}` } } : ended };
  });
  const next = toSingle ? undefined : runlevelOf(context).next;
  await emit(sys, {
    subject: 'runlevel',
    name: current,
    what: next === undefined ? 'done' : 'replaced',
    ...(next === undefined ? {} : { detail: `by ${next.level}, wished for by ${next.by}` }),
  });
}

const runlevelOf = ({ store, config }: BootContext, state = store.current()) => levelOf(state, config.scripts.runlevel);
const isOpen = ({ store }: BootContext, tier: string): boolean =>
  store.current().tiers.find(({ name }) => name === tier)?.status !== 'done';

/** Level S has no scripts of its own: sysvinit starts those of rcS.d when the machine boots, and lets them be. */
async function readLevel(
  { sys, plannedTiers }: BootContext,
  level: string,
): Promise<{ stopping: readonly Tier[]; starting: readonly Tier[] }> {
  if (level === 'S') return { stopping: [], starting: [] };
  const { tiers: links } = await readTiers(sys, [{ name: `rc${level}.d`, letter: 'K', runlevel: level }]);
  const { tiers } = await readLevelTiers(sys, level);
  const starting = level === '1' ? tiers.filter((tier) => !isEarly(tier)) : tiers;
  if (level !== '1' || links.length > 0) return { stopping: links, starting };
  // An image without rc1.d: single user is what is left when all the rest has stopped.
  const late = (await plannedTiers()).filter((tier) => !isEarly(tier));
  return { stopping: late.toReversed(), starting };
}

/** From here on every script of the change is run once. The monitor goes by the rows: what is stopped is not for it to bring back. */
async function prepare(context: BootContext, { stop, start }: LevelChange, starting: readonly Tier[]): Promise<void> {
  const { sys, store } = context;
  for (const name of stop) await forgetRun(sys, scriptPaths, claimName(name, 'stop'));
  for (const name of start) {
    await forgetRun(sys, scriptPaths, claimName(name, 'start'));
    await forgetRun(sys, scriptPaths, claimName(name, 'stop'));
  }
  await store.update((state) => {
    const runlevel = runlevelOf(context, state);
    const change = runlevel.change && { ...runlevel.change, prepared: true };
    const tiers = withLevelTiers(state.tiers, starting, start);
    return { ...state, runlevel: change === undefined ? runlevel : { ...runlevel, change }, tiers };
  });
}

/** A script that must not fail cannot hold a boot that is over: it is told, as any other. */
async function startTier(context: BootContext, tier: Tier, previous: string): Promise<void> {
  const { sys, store } = context;
  const result = await runTiers({ ...startContext(context), previousLevel: previous }, [tier]);
  if (result.kind === 'done') return;
  await emit(sys, { subject: 'runlevel', name: tier.runlevel, what: 'failed', detail: result.reason });
  await store.update((state) => ({ ...state, tiers: withTierStatus(state.tiers, tier.name, 'done') }));
}

async function killProcs(context: BootContext, starting: readonly Tier[]): Promise<void> {
  const spared = starting.flatMap(({ scripts }) => scripts.map(({ name }) => name));
  await context.store.update((state) => ({ ...state, tiers: withAllEnded(state.tiers, spared) }));
  await endForSingleUser(context);
}
