/** Steps that several scenarios share: waiting for the marks of a boot and reading what the machine says of itself. */
import assert from 'node:assert/strict';
import type { BootState, ScriptState } from '../../src/sys/boot-state.ts';
import type { ConsoleEvent } from '../console-log.ts';
import { checkDisk, type Disk } from '../disk.ts';
import type { Machine } from '../machine.ts';
import type { SshResult } from '../ssh-client.ts';

/** Deadlines for an emulated guest on a busy host; a healthy run needs a fifth of them. */
export const DOOR_MS = 90_000;
export const BOOT_MS = 280_000;
export const LOGIN_MS = 60_000;
export const DOWN_MS = 150_000;

/** Waits for the verdict and insists on it. */
export async function expectVerdict(machine: Machine, outcome: 'good' | 'bad'): Promise<ConsoleEvent> {
  const verdict = await machine.console.waitEvent({ subject: 'verdict' }, { deadlineMs: BOOT_MS });
  assert.equal(verdict.what, outcome, `verdict ${verdict.what} (${verdict.detail}), not ${outcome}\n${machine.console.lastLines()}`);
  return verdict;
}

/** The state as `lifeboot status --json` gives it over the rescue door. */
export async function bootState(machine: Machine): Promise<BootState> {
  return JSON.parse(await machine.sh('cat /run/lifeboot/state.json', { deadlineMs: LOGIN_MS })) as BootState;
}

export const scriptsOf = (state: BootState): readonly ScriptState[] => state.tiers.flatMap((tier) => tier.scripts);

const HEALTHY_SERVICES = 20;

/** Every script of the server started, but for the one that has no hardware here, and its services answer. */
export function assertServicesWell(state: BootState): void {
  const unwell = scriptsOf(state).filter(({ name, status }) => name !== 'smartmontools' && !['started', 'built-in'].includes(status));
  assert.deepEqual(unwell, [], 'every script started, but for the one that has no hardware here');
  assert.ok(state.health.filter((check) => check.healthy).length >= HEALTHY_SERVICES, `healthy: ${JSON.stringify(state.health)}`);
}

/** The script's state; fails when the boot knows no such script. */
export function scriptNamed(state: BootState, name: string): ScriptState {
  const script = scriptsOf(state).find((one) => one.name === name);
  assert.ok(script, `no script ${name} in the state`);
  return script;
}

/** Runs a `lifeboot …` command as an operator would. */
export async function operate(machine: Machine, ...argv: readonly string[]): Promise<string> {
  const result = await machine.ssh(['lifeboot', ...argv], { deadlineMs: LOGIN_MS });
  assert.equal(result.code, 0, `lifeboot ${argv.join(' ')}: exit ${result.code}\n${result.stdout}${result.stderr}`);
  return result.stdout;
}

/** `lifeboot status` and its exit codes: 0 good or under way, 1 bad, 3 held. */
export async function expectStatus(machine: Machine, code: 0 | 1 | 3): Promise<string> {
  const result = await machine.ssh(['lifeboot', 'status'], { deadlineMs: LOGIN_MS });
  assert.equal(result.code, code, `lifeboot status: exit ${result.code}, not ${code}\n${result.stdout}${result.stderr}`);
  return result.stdout;
}

/** The kernel's own name for this boot: the same before and after, and no reboot happened. */
export const kernelBootId = (machine: Machine): Promise<string> =>
  machine.sh('cat /proc/sys/kernel/random/boot_id', { deadlineMs: LOGIN_MS });

const findAgent = (word: string): string =>
  `for d in /proc/[0-9]*; do tr '\\0' ' ' <$d/cmdline 2>/dev/null | grep -q 'agent.mjs ${word} *$' && echo \${d#/proc/}; done 2>/dev/null`;

/** Kills `lifeboot boot`, found and hit in one login, so that it is still doing what it did; gives its pid. */
export async function killBootAgent(machine: Machine): Promise<number> {
  return onePid(await machine.ssh(['sh', '-c', `pids=$(${findAgent('boot')}); echo $pids; kill -9 $pids`], { deadlineMs: LOGIN_MS }));
}

export const rescuePid = async (machine: Machine): Promise<number> =>
  onePid(await machine.ssh(['sh', '-c', findAgent('rescue')], { deadlineMs: LOGIN_MS }));

function onePid({ stdout, stderr }: SshResult): number {
  assert.match(stdout, /^\d+\n/, `one agent expected, found: ${stdout}${stderr}`);
  return Number(stdout);
}

/** The root is that device, of that type, read-write. Gives its options. */
export async function assertRootAt(machine: Machine, device: string, type: string): Promise<string> {
  const mounted = await machine.sh('awk \'$2 == "/" { print $1, $3, $4 }\' /proc/mounts', { deadlineMs: LOGIN_MS });
  assert.match(mounted, new RegExp(`^${device} ${type} rw\\b`));
  return mounted;
}

export const assertOneKernel = (machine: Machine): void =>
  assert.equal(machine.console.lines.filter(({ text }) => /\bLinux version \d/.test(text)).length, 1, 'one kernel boot');

export async function powerOff(machine: Machine): Promise<void> {
  await machine.ssh(['lifeboot', 'poweroff'], { deadlineMs: LOGIN_MS });
  await machine.ended(DOWN_MS);
}

/** Writes for ever from now on, and is seen to do so: for a power cut with writes in flight. */
export async function keepWriting(machine: Machine): Promise<void> {
  const marker = machine.console.lines.length;
  const writer = 'i=0; while :; do i=$((i+1)); cp -r /usr/share/doc/openssh-server /root/copy$i; echo $i >/dev/console; done';
  await machine.sh(`sync; (${writer}) >/dev/null 2>&1 </dev/null & echo writing`, { deadlineMs: LOGIN_MS });
  await machine.console.expect(/^\d+$/, { deadlineMs: LOGIN_MS, since: marker });
}

/** Asserts that the events stand in this order on the console, each `subject name: what`. */
export function assertOrder(machine: Machine, expected: readonly string[]): void {
  const told = machine.console.events.map((event) => `${event.subject} ${event.name}: ${event.what}`);
  let from = 0;
  for (const one of expected) {
    const at = told.indexOf(one, from);
    assert.ok(at >= 0, `no "${one}" after "${told[from - 1] ?? 'the start'}" among:\n${told.join('\n')}`);
    from = at + 1;
  }
}

/** A tier's scripts all end before the next tier's begin. */
export function assertBarriers(machine: Machine): void {
  const tiers = machine.console.events.filter((event) => event.subject === 'tier');
  const open = new Set<string>();
  for (const event of tiers) {
    if (event.what === 'started') {
      assert.equal(open.size, 0, `tier ${event.name} started while ${[...open].join(' ')} still ran`);
      open.add(event.name);
    } else if (event.what === 'done') open.delete(event.name);
  }
  assert.equal(open.size, 0, `tiers that never ended: ${[...open].join(' ')}`);
  assert.ok(tiers.length > 0, 'no tier was told of');
}

/** Initramfs mode, with the root entered: the drivers in memory are gone, and one that the initramfs never had is loaded from the root. Gives what is left in memory. */
export async function expectModulesFreed(machine: Machine): Promise<string> {
  const [link, loaded, ...memory] = (
    await machine.sh('cd /run/lifeboot; readlink lib/modules; modprobe dummy && ls -d /sys/module/dummy; df -k .', { deadlineMs: LOGIN_MS })
  ).split('\n');
  assert.equal(link, '../sysroot/lib/modules');
  assert.equal(loaded, '/sys/module/dummy');
  return memory.join('\n');
}

/** The root was unmounted, not merely synced. */
export async function assertClean(disk: Disk): Promise<void> {
  const after = await checkDisk(disk);
  assert.equal(after.code, 0, after.output);
  assert.equal(after.superblock.get('Filesystem state'), 'clean');
  assert.doesNotMatch(after.superblock.get('Filesystem features') ?? '', /needs_recovery/);
}
