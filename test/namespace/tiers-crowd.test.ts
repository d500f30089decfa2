import { readdirSync, readFileSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { roomFor } from '../../src/init/bounded.ts';
import { endProcesses } from '../../src/init/processes/script-processes.ts';
import { readTiers, startDirectories } from '../../src/init/read-tiers.ts';
import { runTiers } from '../../src/init/run-tiers.ts';
import { OUTPUT_LIMIT_BYTES } from '../../src/init/script-output.ts';
import { stopTiers } from '../../src/init/stop-tiers.ts';
import type { Tiers } from '../../src/init/tier-state.ts';
import { createTierMachine, eventually, type TierMachine, tierContext } from './tier-machine.ts';

const TIERS = 21;
const WIDTH = 96;

interface Kind {
  readonly body: (index: number) => string;
  readonly outcome: (index: number) => string;
  /** What is left of it after a stop that does not care. */
  readonly leaves?: true;
}

const code = (index: number): number => (index * 7) % 120;
const exited = (index: number): string => {
  const status = { 0: 'started', 5: 'skipped', 6: 'skipped' }[code(index)] ?? 'failed';
  return `${status} ${code(index)}`;
};

/** How scripts misbehave. Each says in its name what it is, so that a failure of this test does, too. */
const kinds: Readonly<Record<string, Kind>> = {
  quick: { body: (index) => `exit ${code(index)}`, outcome: exited },
  forks: { body: (index) => `for i in 1 2 3 4; do (exit $i) & done; wait; exit ${code(index)}`, outcome: exited },
  daemon: { body: () => `(setsid sh -c 'exec sleep 900' &)`, outcome: () => 'started 0', leaves: true },
  zombies: { body: () => 'for i in 1 2 3 4 5 6; do (exit $i) & done; exec sleep 0.01', outcome: () => 'started 0' },
  closed: { body: (index) => `exec <&- >&- 2>&-; (sleep 0.01 &); exit ${code(index)}`, outcome: exited },
  talks: {
    body: (index) => `head -c ${index % 160 === 5 ? 10_485_760 : 2000} /dev/zero | tr '\\0' x; exit ${code(index)}`,
    outcome: exited,
  },
  keeps: { body: (index) => `sleep 900 & echo up; exit ${code(index)}`, outcome: exited, leaves: true },
  killed: { body: () => 'kill -KILL $$', outcome: () => 'failed 137' },
};
const names = Object.keys(kinds);

/** Ten in all, with a deadline of their own: nothing but KILL ends them, and what they let go of before. */
const DEAF = `### BEGIN INIT INFO
# Provides: deaf
# X-Timeout-Start: 2s
### END INIT INFO
trap '' TERM; (setsid sh -c 'trap "" TERM; while :; do sleep 1; done' &); while :; do sleep 1; done`;

function furnish(machine: TierMachine): ReadonlyMap<string, string> {
  const expected = new Map<string, string>();
  for (let index = 0; index < TIERS * WIDTH; index += 1) {
    const name = names[index % names.length] ?? '';
    const kind = kinds[name] as Kind;
    const script = `${name}${index}`;
    machine.script(`rc2.d/S${10 + (index % TIERS)}${script}`, `[ "$1" = stop ] && exit 0\n${kind.body(index)}`);
    expected.set(script, kind.outcome(index));
  }
  for (let index = 0; index < 10; index += 1) {
    machine.script(`rc2.d/S${40}deaf${index}`, `[ "$1" = stop ] && exit 0\n${DEAF}`);
    expected.set(`deaf${index}`, 'timed-out undefined');
  }
  return expected;
}

/** Zombies are children of somebody who does not wait: of us there must be none. */
function zombies(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => readOr(`/proc/${pid}/stat`))
    .filter((stat) => {
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return state === 'Z' && Number(parent) === process.pid;
    });
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

test('2,000 scripts that fork, let go, close, talk, die and hang: exact exit codes, and nothing of them is left', {
  timeout: 300_000,
}, async () => {
  using machine = createTierMachine();
  const expected = furnish(machine);
  await machine.sys.waitForChange(machine.root, 1);
  // inotify is open now, once and for good; the log will be.
  const fds = readdirSync('/proc/self/fd').length + 1;
  const { tiers } = await readTiers(machine.sys, startDirectories(2), { root: machine.root });
  const kept: { tiers: Tiers } = { tiers: [] };
  const context = tierContext(machine, { room: roomFor(24), killAfterMs: 300 }, kept);

  expect(await runTiers(context, tiers)).toEqual({ kind: 'done' });
  const rows = kept.tiers.flatMap(({ scripts }) => scripts);
  expect(new Map(rows.map(({ name, status, exitCode }) => [name, `${status} ${exitCode}`]))).toEqual(expected);
  expect(rows.length).toBeGreaterThan(2000);

  // The deaf ones left nothing, daemons of theirs included; who may live, lives.
  const living = rows.filter(({ name }) => kinds[name.replace(/\d+$/, '')]?.leaves);
  expect(machine.groups()).toHaveLength(rows.length);
  const populated = machine.groups().filter((group) => readOr(`${machine.paths.cgroups}/${group}/cgroup.events`).includes('populated 1'));
  expect(populated.toSorted()).toEqual(living.map(({ name }) => name).toSorted());
  for (const file of readdirSync(machine.paths.output)) {
    expect(statSync(`${machine.paths.output}/${file}`).size, file).toBeLessThanOrEqual(OUTPUT_LIMIT_BYTES);
  }

  expect(await stopTiers(context, '0', tiers, '2')).toEqual({ kind: 'done' });
  for (const { name } of living)
    expect(kept.tiers.flatMap(({ scripts }) => scripts).find((row) => row.name === name)?.detail).toContain('still there: sleep 900');
  for (const { name } of living.slice(0, 20)) expect(await endProcesses(machine.sys, machine.paths, name, 2000)).toEqual([]);
  const alive = machine.groups().filter((group) => readOr(`${machine.paths.cgroups}/${group}/cgroup.events`).includes('populated 1'));
  expect(alive).toHaveLength(living.length - 20);
  expect(machine.groups().toSorted()).toEqual(living.map(({ name }) => name).toSorted());
  await eventually(() => zombies().length === 0 && readdirSync('/proc/self/fd').length <= fds);
});
