/** The shell of single-user mode on the console: what the image's inittab has for level S, Debian's `sulogin --force`. */
import { emit } from '../../sys/events.ts';
import { paths, SCRIPT_PATH } from '../../sys/paths.ts';
import type { BootContext } from '../boot-context.ts';
import { parseStartTicks } from '../gettys.ts';
import { planInittabProcess, readInittab } from '../inittab.ts';
import { endMembers, membersOf, treesOf } from '../processes/session.ts';
import { consoleShells } from './end-processes.ts';
import { levelOf } from './level-state.ts';

const NOBODY = { pid: 0, startTicks: 0 };
const STOP_MS = 3_000;
const SULOGIN = '/sbin/sulogin';
const RUNS_FOR_IT: readonly string[] = ['wait', 'once', 'respawn', 'ondemand'];
/** What opens the console has it as its terminal: the shell leads a session. The agent is spared by the OOM killer, people's work is not. */
const ENTER = 'echo 0 >/proc/self/oom_score_adj; exec "$@" </dev/console >/dev/console 2>&1';

/** Starts it unless it runs. Without such a program the console stays dark, and rescue ssh stands for it. */
export async function openSingleUser(context: BootContext): Promise<void> {
  const { sys, store, config } = context;
  if (levelOf(store.current(), config.scripts.runlevel).single !== undefined) return;
  const argv = await singleUserProgram(context);
  if (argv === undefined) {
    const detail = `no entry of /etc/inittab for level S, and no ${SULOGIN}: rescue ssh stands for it; lifeboot runlevel 2 leaves it`;
    return doWithout(context, detail);
  }
  const processes = await sys.processes();
  if (consoleShells(processes).length > 0) {
    // Two who read from one terminal get half of what is typed each.
    return doWithout(context, 'the rescue shell has the console already; lifeboot runlevel 2 leaves single-user mode');
  }
  // An agent that was killed before it wrote it down.
  const orphan = processes.find((process) => process.argv.join('\0') === argv.join('\0'));
  if (orphan !== undefined) return remember(context, { pid: orphan.pid, startTicks: orphan.startTicks });
  const env = { PATH: SCRIPT_PATH, HOME: '/root', TERM: 'linux', CONSOLE: '/dev/console', RUNLEVEL: 'S', PREVLEVEL: '1' };
  const pid = await sys.launch([paths.busybox, 'sh', '-c', ENTER, 'single', ...argv], { env, cwd: '/' });
  const startTicks = parseStartTicks(await sys.readText(`/proc/${pid}/stat`)) ?? 0;
  await remember(context, { pid, startTicks });
  await emit(sys, { subject: 'runlevel', name: 'S', what: 'shell', detail: argv.join(' ') });
}

/** False when somebody has left it. */
export async function isSingleUserOpen({ sys, store, config }: BootContext): Promise<boolean> {
  const { single } = levelOf(store.current(), config.scripts.runlevel);
  if (single === undefined || single.pid === NOBODY.pid) return true;
  return parseStartTicks(await sys.readText(`/proc/${single.pid}/stat`)) === single.startTicks;
}

/** Ends it with all that was started in it: TERM, after three seconds KILL, which shells need. */
export async function closeSingleUser(context: BootContext): Promise<void> {
  const { sys, store, config } = context;
  const { single } = levelOf(store.current(), config.scripts.runlevel);
  if (single === undefined) return;
  if (single.pid !== NOBODY.pid && (await isSingleUserOpen(context))) {
    // The shell outlives the TERM that ends sulogin above it: who was in the tree once counts until it is gone.
    const seen = new Map([[single.pid, single.startTicks]]);
    const look = async () => {
      const all = await sys.processes();
      const left = all.filter(({ pid, startTicks }) => seen.get(pid) === startTicks).map(({ pid }) => pid);
      const members = await membersOf(sys, all, treesOf(all, left));
      for (const { pid, startTicks } of members) seen.set(pid, startTicks);
      return members;
    };
    await endMembers(sys, { look, graceMs: STOP_MS });
  }
  await remember(context, undefined);
}

/** Told once: whoever is in the level without a shell leaves it over rescue ssh. */
async function doWithout(context: BootContext, detail: string): Promise<void> {
  await remember(context, NOBODY);
  await emit(context.sys, { subject: 'runlevel', name: 'S', what: 'no-shell', detail });
}

async function remember({ store, config }: BootContext, single: { pid: number; startTicks: number } | undefined): Promise<void> {
  await store.update((state) => {
    const { single: _, ...runlevel } = levelOf(state, config.scripts.runlevel);
    return { ...state, runlevel: single === undefined ? runlevel : { ...runlevel, single } };
  });
}

async function singleUserProgram({ sys }: BootContext): Promise<readonly string[] | undefined> {
  const inittab = await readInittab(sys).catch(() => undefined);
  const entry = inittab?.entries.find(
    ({ action, runlevels }) => runlevels.includes('S') && runlevels.length === 1 && RUNS_FOR_IT.includes(action),
  );
  if (entry !== undefined) return planInittabProcess(entry.process);
  return (await sys.facts(SULOGIN)) === undefined ? undefined : [SULOGIN, '--force'];
}
