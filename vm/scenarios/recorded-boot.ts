import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTrace } from '../../src/init/races/trace/read-trace.ts';
import type { Call, Trace } from '../../src/init/races/trace/trace.ts';
import { createLinuxSys } from '../../src/sys/linux.ts';
import type { Machine } from '../machine.ts';
import { addScripts } from './extra-script.ts';
import type { Scenario } from './scenario.ts';
import { assertServicesWell, BOOT_MS, bootState, expectStatus, expectVerdict, LOGIN_MS, operate, scriptsOf } from './steps.ts';

/** The trace is compressed and written with what the machine has left. */
const WRITTEN_MS = 200_000;
const ABSENT = '/run/lifeboot-scenario-absent';

export const recordedBoot: Scenario = {
  name: 'recorded-boot',
  story:
    'lifeboot races record arms one boot: its trace has every script with its calls, failed ones and binds too, nothing was dropped, and the boot after it is not recorded.',
  isLong: true,
  async run({ copy, start, say }) {
    await using disk = await copy();
    await addScripts(disk, [{ name: 'looks-for-it', tier: 'S02', start: `[ -e ${ABSENT} ] || exit 0` }]);
    say('a boot without recording arms the next one');
    await using plain = await start(disk);
    const plainMs = await tiersMs(plain);
    assert.deepEqual(plain.console.eventsLike({ subject: 'races' }), []);
    assert.match(await operate(plain, 'races', 'record'), /the next boot is recorded/);
    await plain.ssh(['lifeboot', 'reboot'], { deadlineMs: LOGIN_MS });
    await plain.ended(BOOT_MS);

    say('the recorded boot');
    await using recorded = await start(disk);
    const recordedMs = await tiersMs(recorded);
    const written = await recorded.console.waitEvent({ subject: 'races' }, { deadlineMs: WRITTEN_MS, since: startedAt(recorded) });
    assert.equal(written.what, 'written', `${written.detail}\n${recorded.console.lastLines()}`);
    const state = await bootState(recorded);
    assertServicesWell(state);
    assert.match(await expectStatus(recorded, 0), /races .*\.trace\.gz: \d+ events/);
    const trace = await fetchTrace(recorded, state.races?.file ?? '');
    assertWhole(
      trace,
      scriptsOf(state)
        .filter(({ status }) => status === 'started')
        .map(({ name }) => name),
    );
    await assertTidy(recorded);
    const slower = ((recordedMs / plainMs - 1) * 100).toFixed(0);
    say(
      `tiers took ${(plainMs / 1000).toFixed(1)} s, recorded ${(recordedMs / 1000).toFixed(1)} s (${slower} % longer), ${trace.events.length} events`,
    );
    await recorded.ssh(['lifeboot', 'reboot'], { deadlineMs: LOGIN_MS });
    await recorded.ended(BOOT_MS);

    say('the boot after it is not recorded');
    await using after = await start(disk);
    await expectVerdict(after, 'good');
    assert.deepEqual(after.console.eventsLike({ subject: 'races' }), []);
  },
};

/** From the first tier to the verdict. */
async function tiersMs(machine: Machine): Promise<number> {
  const first = await machine.console.waitEvent({ subject: 'tier', what: 'started' }, { deadlineMs: BOOT_MS });
  const verdict = await expectVerdict(machine, 'good');
  return verdict.uptimeMs - first.uptimeMs;
}

/** Behind the word that it began. */
const startedAt = (machine: Machine): number =>
  1 + machine.console.events.findIndex(({ subject, what }) => subject === 'races' && what === 'started');

async function fetchTrace(machine: Machine, file: string): Promise<Trace> {
  const directory = await mkdtemp(join(tmpdir(), 'lifeboot-trace-'));
  try {
    const copy = join(directory, 'boot.trace.gz');
    const text = await machine.sh(`stat -c %a ${file} && base64 ${file}`, { deadlineMs: LOGIN_MS });
    const [mode, ...lines] = text.split('\n');
    assert.equal(mode, '600');
    await writeFile(copy, Buffer.from(lines.join(''), 'base64'));
    const parsed = await readTrace(createLinuxSys(), copy);
    assert.ok(parsed.ok, parsed.ok ? '' : parsed.problem.message);
    return parsed.trace;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Every script that ran has its first process, and files that it opened; what must be in any boot of this image is there. */
function assertWhole({ head, events }: Trace, started: readonly string[]): void {
  assert.deepEqual(head.missing, [], 'everything could be seen and read');
  assert.equal(head.dropped, 0);
  const owners = ownersOf({ head, events });
  const calls = events.filter((event): event is Call => event.kind === 'call');
  const opened = new Set(calls.filter(({ call }) => call === 'open').map(({ tid }) => owners.get(tid)));
  assert.deepEqual(
    started.filter((name) => !opened.has(name)),
    [],
    'every script has its opens',
  );
  const looked = calls.filter(({ call, path }) => call === 'look' && path === ABSENT);
  assert.deepEqual([looked.length, looked[0]?.result, owners.get(looked[0]?.tid ?? 0)], [1, -2, 'looks-for-it'], 'the failed look');
  const bound = calls.filter(({ call, address, result }) => call === 'bind' && result === 0 && address === 'tcp:0.0.0.0:22');
  assert.deepEqual(
    bound.map(({ tid }) => owners.get(tid)),
    ['ssh'],
    'the bind of sshd',
  );
}

/** Task to script, through the forks. */
function ownersOf({ head, events }: Trace): ReadonlyMap<number, string> {
  const owners = new Map(
    head.tiers.flatMap(({ scripts }) => scripts.flatMap(({ pid, name }) => (pid === undefined ? [] : [[pid, name] as const]))),
  );
  for (const event of events) {
    const owner = event.kind === 'fork' ? owners.get(event.tid) : undefined;
    if (event.kind === 'fork' && owner !== undefined) owners.set(event.child, owner);
  }
  return owners;
}

/** Nothing of the recording stays in the kernel. */
async function assertTidy(machine: Machine): Promise<void> {
  const script =
    'grep -c lifeboot-tracing /proc/mounts; mount -t tracefs t /mnt && ls /mnt/instances && cat /mnt/dynamic_events; umount /mnt';
  assert.equal(await machine.sh(script, { deadlineMs: LOGIN_MS }), '0\n');
}
