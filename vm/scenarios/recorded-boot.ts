import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readTrace } from '../../src/init/races/trace/read-trace.ts';
import type { Call, Trace } from '../../src/init/races/trace/trace.ts';
import type { BootState } from '../../src/sys/boot-state.ts';
import { createLinuxSys } from '../../src/sys/linux.ts';
import type { Machine } from '../machine.ts';
import { addScripts, type ExtraScript } from './extra-script.ts';
import type { Scenario } from './scenario.ts';
import {
  assertServicesWell,
  BOOT_MS,
  bootState,
  DOWN_MS,
  expectStatus,
  expectVerdict,
  killBootAgent,
  LOGIN_MS,
  operate,
  scriptsOf,
} from './steps.ts';

/** The trace is compressed and written with what the machine has left. */
const WRITTEN_MS = 200_000;
const ABSENT = '/run/lifeboot-scenario-absent';
/** It must not be in any trace. */
const SECRET = 'correct-horse-battery';
const LOOKS: ExtraScript = {
  name: 'looks-for-it',
  tier: 'S02',
  start: `[ -e ${ABSENT} ]
  echo ${SECRET} >/run/scenario-1
  echo ${SECRET} >/run/scenario-2
  echo not-${SECRET} >/run/scenario-3`,
};

export const recordedBoot: Scenario = {
  name: 'recorded-boot',
  story:
    'lifeboot races record arms one boot: its trace has every script with its calls, failed ones and binds too, and which writes are the same but not what was written, nothing was dropped, and the boot after it is not recorded.',
  isLong: true,
  async run({ copy, start, say }) {
    await using disk = await copy();
    await addScripts(disk, [LOOKS]);
    say('a boot without recording arms the next one');
    await using plain = await start(disk);
    const before = await tiersTook(plain);
    assert.deepEqual(plain.console.eventsLike({ subject: 'races' }), []);
    assert.match(await operate(plain, 'races', 'record'), /the next boot is recorded/);
    await plain.ssh(['lifeboot', 'reboot'], { deadlineMs: LOGIN_MS });
    await plain.ended(BOOT_MS);

    say('the recorded boot');
    await using recorded = await start(disk);
    const during = await tiersTook(recorded);
    const trace = await expectTrace(recorded, 0);
    assert.match(await expectStatus(recorded, 0), /races .*\.trace\.gz: \d+ events/);
    await assertTidy(recorded);
    const ratio = (during.computedMs / before.computedMs).toFixed(2);
    const [plainTime, recordedTime] = [before, during].map(
      ({ clockMs, computedMs }) => `${seconds(clockMs)} (computed ${seconds(computedMs)})`,
    );
    say(`tiers took ${plainTime}, recorded ${recordedTime}: ratio ${ratio} of what was computed, ${trace.events.length} events`);
    await recorded.ssh(['lifeboot', 'reboot'], { deadlineMs: LOGIN_MS });
    await recorded.ended(BOOT_MS);

    say('the boot after it is not recorded');
    await using after = await start(disk);
    await expectVerdict(after, 'good');
    assert.deepEqual(after.console.eventsLike({ subject: 'races' }), []);
  },
};

export const recordedBootKilled: Scenario = {
  name: 'recorded-boot-killed',
  story:
    'A boot with lifeboot.races=record whose agent is killed while scripts start: one trace is written, and it is whole; so is that of the soft reboot after it.',
  isLong: true,
  async run({ copy, start, say }) {
    await using disk = await copy();
    await addScripts(disk, [LOOKS]);
    await using machine = await start(disk, { cmdline: ['lifeboot.races=record'] });
    await machine.console.waitEvent({ subject: 'tier', name: 'rc2.d/S02', what: 'started' }, { deadlineMs: BOOT_MS });
    say(`kill -9 ${await killBootAgent(machine)}, which was lifeboot boot`);
    await expectVerdict(machine, 'good');
    const first = await expectTrace(machine, 0);
    assert.equal((await bootState(machine)).agentStarts, 2);

    say('a soft reboot is a boot of its own');
    const since = machine.console.events.length;
    await machine.ssh(['lifeboot', 'soft-reboot'], { deadlineMs: LOGIN_MS });
    await machine.console.waitEvent({ subject: 'verdict', what: 'good' }, { deadlineMs: DOWN_MS + BOOT_MS, since });
    const second = await expectTrace(machine, since);
    assert.notEqual(second.head.name, first.head.name);
    const kept = (await machine.sh("cd /var/log/lifeboot/races && stat -c '%a %n' *", { deadlineMs: LOGIN_MS })).trim().split('\n');
    assert.deepEqual([kept.filter((line) => !line.endsWith('.trace.gz')), kept.length], [['600 key'], 3]);
    assert.deepEqual(digestsOf(second), digestsOf(first), 'what one script writes in two boots is known to be the same');
    await assertTidy(machine);
  },
};

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** It is begun once and written once; gives what it holds. */
async function expectTrace(machine: Machine, since: number): Promise<Trace> {
  const written = await machine.console.waitEvent({ subject: 'races', what: 'written' }, { deadlineMs: WRITTEN_MS, since });
  const told = machine.console.events.slice(since).filter(({ subject }) => subject === 'races');
  assert.deepEqual(
    told.map(({ what }) => what),
    ['started', 'written'],
    written.detail,
  );
  const state = await bootState(machine);
  assertServicesWell(state);
  const trace = await fetchTrace(machine, state.races?.file ?? '');
  assertWhole(trace, startedScripts(state));
  return trace;
}

const startedScripts = (state: BootState): readonly string[] =>
  scriptsOf(state)
    .filter(({ status }) => status === 'started')
    .map(({ name }) => name);

/** From the first tier to the verdict: by the clock, and what QEMU itself computed, which a busy host does not change. */
async function tiersTook(machine: Machine): Promise<{ readonly clockMs: number; readonly computedMs: number }> {
  const first = await machine.console.waitEvent({ subject: 'tier', what: 'started' }, { deadlineMs: BOOT_MS });
  const before = await computedMs(machine);
  const verdict = await expectVerdict(machine, 'good');
  return { clockMs: verdict.uptimeMs - first.uptimeMs, computedMs: (await computedMs(machine)) - before };
}

/** proc_pid_stat(5): utime and stime, in hundredths of a second. */
async function computedMs({ pid }: Machine): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const [, user = '0', system = '0'] = /\) \S(?: \S+){10} (\d+) (\d+)/.exec(stat) ?? [];
  return (Number(user) + Number(system)) * 10;
}

async function fetchTrace(machine: Machine, file: string): Promise<Trace> {
  const directory = await mkdtemp(join(tmpdir(), 'lifeboot-trace-'));
  try {
    const copy = join(directory, 'boot.trace.gz');
    const text = await machine.sh(`stat -c %a ${file} && base64 ${file}`, { deadlineMs: LOGIN_MS });
    const [mode, ...lines] = text.split('\n');
    assert.equal(mode, '600');
    const bytes = Buffer.from(lines.join(''), 'base64');
    await writeFile(copy, bytes);
    const plain = gunzipSync(bytes);
    for (const hidden of [SECRET, ...wordsOf(SECRET)]) assert.ok(!plain.includes(hidden), `${hidden} is in the trace`);
    const parsed = await readTrace(createLinuxSys(), copy);
    assert.ok(parsed.ok, parsed.ok ? '' : parsed.problem.message);
    return parsed.trace;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** As the kernel shows memory: eight bytes a word, the last one first. */
function wordsOf(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  return Array.from({ length: Math.floor(bytes.length / 8) }, (_, word) => bytes.readBigUInt64LE(word * 8).toString(16));
}

function digestsOf({ events, digests }: Trace): readonly string[] {
  const written = events.flatMap((event) => (event.kind === 'call' && event.comm === LOOKS.name ? (event.content ?? []) : []));
  const known = written.flatMap((content) => digests?.get(content) ?? []);
  assert.equal(known.length, 3, 'three writes whose contents can be compared over boots');
  return known;
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
  const written = calls.flatMap(({ comm, content }) => (content !== undefined && comm === LOOKS.name ? [content] : []));
  assert.equal(written.length, 3, 'three writes whose contents can be compared');
  assert.deepEqual([written[0] === written[1], written[0] === written[2]], [true, false], 'the first two are the same');
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

/** Nothing of the recording stays in the kernel, nor what was in files in memory. */
async function assertTidy(machine: Machine): Promise<void> {
  const script =
    'ls /run/lifeboot/races.head /run/lifeboot/races.contents 2>/dev/null | wc -l; grep -c lifeboot-tracing /proc/mounts; mount -t tracefs t /mnt && ls /mnt/instances && cat /mnt/dynamic_events; umount /mnt';
  assert.equal(await machine.sh(script, { deadlineMs: LOGIN_MS }), '0\n0\n');
}
