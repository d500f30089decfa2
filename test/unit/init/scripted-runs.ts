/** Initscripts for FakeSys: what run-script would leave behind, without running anything. */
import { expect } from 'vitest';
import { roomFor } from '../../../src/init/bounded.ts';
import { claimName } from '../../../src/init/claims.ts';
import type { InitScript, Tier } from '../../../src/init/init-script.ts';
import { interpretFields, type LsbHeader } from '../../../src/init/lsb-header.ts';
import { type ScriptPaths, scriptPaths } from '../../../src/init/script-paths.ts';
import type { TierContext } from '../../../src/init/tier-context.ts';
import type { Tiers } from '../../../src/init/tier-state.ts';
import type { FakeSys } from '../../fake/fake-sys.ts';

export const paths: ScriptPaths = scriptPaths;

export function script(name: string, header: Partial<LsbHeader> = {}): InitScript {
  const path = `/etc/init.d/${name}`;
  return { name, path, header: { ...interpretFields([], { name, file: path }).header, ...header } };
}

export const tier = (name: string, ...scripts: readonly (InitScript | string)[]): Tier => ({
  name,
  runlevel: name.startsWith('rcS') ? 'S' : '2',
  scripts: scripts.map((each) => (typeof each === 'string' ? script(each) : each)),
});

export interface Scripted {
  readonly action?: 'start' | 'stop';
  readonly code?: number;
  /** Infinity: it hangs until it is killed. */
  readonly takesMs?: number;
  readonly output?: string;
  readonly interactive?: boolean;
  /** `TERM` is not enough. */
  readonly stubborn?: boolean;
}

/** Lets one action of a script be launched exactly once, as run-script would do it. */
export function scripted(sys: FakeSys, name: string, run: Scripted = {}): FakeSys {
  const { action = 'start', code = 0, takesMs = 0, output = '', interactive = false, stubborn = false } = run;
  const claim = claimName(name, action);
  const [input, to] = interactive ? ['/dev/console', '/dev/console'] : ['/dev/null', `${paths.output}/${claim}`];
  const where = [paths.scripts, input, to, `${paths.cgroups}/${name}`];
  const command = [paths.busybox, 'sh', paths.runScript, ...where, claim, `/etc/init.d/${name}`, action].join(' ');
  const end = (how: number): void => {
    const ended = `${paths.scripts}/ended`;
    void sys.readText(ended).then((text) => sys.file(ended, `${text ?? ''}${claim} ${how}\n`));
  };
  const effect = (): void => {
    const runner = sys.journal.length + 10_000;
    const ticks = Math.round(sys.uptimeMs() / 10);
    sys.file(`${paths.scripts}/${claim}`, `${runner} ${ticks}\n`).file(`/proc/${runner}/stat`, stat(runner, 'busybox', 1, runner, ticks));
    if (output !== '') sys.file(`${paths.output}/${claim}`, output);
    if (takesMs === Number.POSITIVE_INFINITY) hang(sys, runner, stubborn, end);
    else void sys.sleep(takesMs).then(() => end(code));
  };
  return sys.launchable(command, { times: 1, effect });
}

function hang(sys: FakeSys, runner: number, stubborn: boolean, end: (code: number) => void): void {
  const child = runner + 1;
  sys.process({ pid: child, ppid: runner, comm: 'sleep', argv: ['sleep', '9999'] }, { ignores: stubborn ? ['SIGTERM'] : [] });
  sys.answer(`${paths.busybox} grep -H . /proc/${child}/stack`, { stdout: `/proc/${child}/stack:[<0>] hrtimer_nanosleep+0x9c/0x120\n` });
  sys.file(`/proc/${child}/stat`, stat(child, 'sleep', runner, runner, 5)).file(`/proc/${child}/wchan`, 'hrtimer_nanosleep');
  const look = async (): Promise<void> => {
    // Bounded: a test may end before the script does.
    for (let looks = 0; looks < 10_000 && (await sys.processes()).some(({ pid }) => pid === child); looks += 1) await sys.sleep(50);
    end(stubborn ? 137 : 143);
  };
  void look();
}

export const stat = (pid: number, comm: string, ppid: number, session: number, ticks: number, state = 'S'): string =>
  `${pid} (${comm}) ${state} ${ppid} ${session} ${session} 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 ${ticks} 0\n`;

/** A context whose state lives in `kept`, as the state store of the agent would. */
export function context(sys: FakeSys, options: Partial<TierContext> = {}, kept: { tiers: Tiers } = { tiers: [] }): TierContext {
  return {
    sys,
    paths,
    root: '',
    timeoutMs: 90_000,
    killAfterMs: 5000,
    room: roomFor(Number.POSITIVE_INFINITY),
    tierFailures: 0,
    failedNeed: 'start',
    skip: [],
    tiers: () => kept.tiers,
    update: async (change) => {
      kept.tiers = change(kept.tiers);
    },
    ...options,
  };
}

/** `name status` of every script. */
export const outcomes = (tiers: Tiers): readonly string[] =>
  tiers.flatMap(({ scripts }) => scripts.map(({ name, status }) => `${name} ${status}`));

/** How often each script was launched. */
export function launches(sys: FakeSys): readonly string[] {
  return sys.journal.filter((line) => line.startsWith('launch ')).map((line) => line.split(' ').at(-3) ?? '');
}

export function expectNothingUnscripted(sys: FakeSys): void {
  expect(sys.unscripted).toEqual([]);
}
