import assert from 'node:assert/strict';
import type { Machine } from '../machine.ts';
import { LUKS_UUID, PASSPHRASE } from '../stack-recipes.ts';
import type { Scenario } from './scenario.ts';
import { stackedMachine } from './stacked-machine.ts';
import {
  BOOT_MS,
  bootState,
  DOOR_MS,
  DOWN_MS,
  expectModulesFreed,
  expectStatus,
  expectVerdict,
  LOGIN_MS,
  operate,
  scriptsOf,
} from './steps.ts';

const WRONG = 'tr0ub4dor&3';

export const luksRoot: Scenario = {
  name: 'luks-root',
  isLong: true,
  story:
    'The root is locked: the boot is held with the door open, a wrong passphrase is refused, the right one is typed over rescue ssh, and the boot goes on. The key leaves no trace.',
  async run(context) {
    await using stacked = await stackedMachine(context, 'luks');
    await using machine = await stacked.start('/dev/mapper/cryptroot', { cmdline: [`rd.luks.name=${LUKS_UUID}=cryptroot`] });
    await expectLocked(machine);
    await typePassphrases(machine, [WRONG, PASSPHRASE]);
    await expectVerdict(machine, 'good');
    await assertMachineWell(machine);
    await assertKnownToUdev(machine);
    await assertNoTrace(machine);
    const recordings = await machine.sh('cat /run/lifeboot/sessions/*.cast /var/log/lifeboot/sessions/*.cast 2>/dev/null || true', {
      deadlineMs: LOGIN_MS,
    });
    assert.match(recordings, /Passphrase of/, 'the session that typed it was recorded');
    context.say('a soft reboot asks for no passphrase: the device stays open');
    const since = machine.console.events.length;
    await operate(machine, 'soft-reboot', '--fsck');
    const again = await machine.console.waitEvent({ subject: 'verdict' }, { deadlineMs: DOWN_MS + BOOT_MS, since });
    assert.equal(again.what, 'good', again.detail);
    await assertKnownToUdev(machine);
    await endClean(machine, /dm-0 closed/);
  },
};

export const lvmRoot: Scenario = {
  name: 'lvm-root',
  isLong: true,
  story: 'The root is a logical volume: activated before it is checked, and the other volume of its group is there for swap.',
  async run(context) {
    await using stacked = await stackedMachine(context, 'lvm');
    await using machine = await stacked.start('/dev/vg/root');
    await expectVerdict(machine, 'good');
    await assertMachineWell(machine);
    const facts = await machine.sh('findmnt -no SOURCE /; cat /proc/swaps; ls -l /dev/vg/', { deadlineMs: LOGIN_MS });
    assert.match(facts, /^\/dev\/mapper\/vg-root$/m);
    context.say(await expectModulesFreed(machine));
    assert.match(facts, /^\/dev\/(dm-\d|mapper\/vg-swap)\s+partition/m, 'swap on the other volume');
    await endClean(machine, /dm-\d closed.*dm-\d closed/);
  },
};

export const mdRoot: Scenario = {
  name: 'md-root',
  isLong: true,
  story: 'The root is a RAID1 with both of its members: assembled, whole, and stopped clean at the end.',
  async run(context) {
    await using stacked = await stackedMachine(context, 'md');
    await using machine = await stacked.start('LABEL=root');
    await expectVerdict(machine, 'good');
    await assertMachineWell(machine);
    assert.match(await machine.sh('cat /proc/mdstat', { deadlineMs: LOGIN_MS }), /active raid1[\s\S]*\[2\/2\] \[UU\]/);
    assert.doesNotMatch(await expectStatus(machine, 0), /DEGRADED/);
    await endClean(machine, /md\d+ closed/);
  },
};

export const mdDegraded: Scenario = {
  name: 'md-degraded',
  isLong: true,
  story: 'One of two members is missing: it is waited for, then the array starts without it, and nobody can overlook that.',
  async run(context) {
    await using stacked = await stackedMachine(context, 'md');
    await using machine = await stacked.start('LABEL=root', { disks: stacked.disks.slice(0, 1) });
    const waiting = await machine.console.waitEvent({ subject: 'phase', name: 'find-root', what: 'waiting' }, { deadlineMs: DOOR_MS });
    const late = await machine.console.waitEvent({ subject: 'phase', name: 'find-root', what: 'degraded' }, { deadlineMs: BOOT_MS });
    assert.ok(late.uptimeMs - waiting.uptimeMs > 15_000, `started ${late.uptimeMs - waiting.uptimeMs} ms after it was first missed`);
    await expectVerdict(machine, 'good');
    await assertMachineWell(machine);
    assert.match(await machine.sh('cat /proc/mdstat', { deadlineMs: LOGIN_MS }), /active raid1[\s\S]*\[2\/1\]/);
    assert.match(await expectStatus(machine, 0), /runs DEGRADED, with 1 of 2 members \(\/dev\/vda\)/);
    await endClean(machine, /md\d+ closed/);
  },
};

export const luksLvmRoot: Scenario = {
  name: 'luks-lvm-root',
  isLong: true,
  story: 'LVM in LUKS: unlocking brings the volume group, whose volume is the root.',
  async run(context) {
    await using stacked = await stackedMachine(context, 'luks-lvm');
    await using machine = await stacked.start('/dev/mapper/vg-root', {
      cmdline: [`cryptdevice=UUID=${LUKS_UUID}:cryptpv`, 'rd.lvm.lv=vg/root', 'rd.lvm.lv=vg/swap'],
    });
    await expectLocked(machine);
    const typed = await machine.ssh(['lifeboot', 'unlock'], { deadlineMs: LOGIN_MS, input: `${PASSPHRASE}\n` });
    assert.equal(typed.code, 0, `${typed.stdout}${typed.stderr}`);
    await expectVerdict(machine, 'good');
    await assertMachineWell(machine);
    await assertNoTrace(machine);
    await endClean(machine, /dm-\d closed.*dm-\d closed.*dm-\d closed/);
  },
};

export const storageWithoutPrograms: Scenario = {
  name: 'storage-without-programs',
  isLong: true,
  story: 'The root is locked, on a toolbox without cryptsetup: the hold says which word of the build is missing, and so does unlock.',
  async run(context) {
    await using stacked = await stackedMachine(context, 'luks', { programs: false });
    await using machine = await stacked.start('/dev/mapper/cryptroot', { cmdline: [`rd.luks.uuid=${LUKS_UUID}`] });
    await machine.waitDoor('rescue', DOOR_MS);
    await machine.console.waitEvent({ subject: 'hold', name: 'find-root', what: 'held' }, { deadlineMs: DOOR_MS });
    assert.match(await expectStatus(machine, 3), /\/dev\/vda: cryptsetup is not in the toolbox: build it with --with luks/);
    const typed = await machine.ssh(['lifeboot', 'unlock'], { deadlineMs: LOGIN_MS, input: `${PASSPHRASE}\n` });
    assert.equal(typed.code, 1);
    assert.match(typed.stderr, /--with luks/);
  },
};

/** Held at once, not after the wait for a disk: the device is there, and only a person helps. */
async function expectLocked(machine: Machine): Promise<void> {
  await machine.waitDoor('rescue', DOOR_MS);
  const held = await machine.console.waitEvent({ subject: 'hold', name: 'find-root', what: 'held' }, { deadlineMs: DOOR_MS });
  assert.match(held.detail, /the root is locked: \/dev\/vda \(LUKS\)/);
  assert.match(await expectStatus(machine, 3), /lifeboot unlock/);
}

/** In a terminal, as an operator does. */
async function typePassphrases(machine: Machine, passphrases: readonly string[]): Promise<void> {
  await using session = machine.session();
  await session.expect(/# $/m, LOGIN_MS);
  session.send('lifeboot unlock\r');
  for (const [index, passphrase] of passphrases.entries()) {
    await session.expect(/Passphrase of \/dev\/vda: /, LOGIN_MS);
    session.send(`${passphrase}\r`);
    if (index < passphrases.length - 1) await session.expect(/that is not the passphrase/, LOGIN_MS);
  }
  const said = await session.expect(/the boot goes on/, LOGIN_MS);
  assert.match(said, /is open as \/dev\/mapper\/cryptroot/);
  assert.ok(!said.includes(PASSPHRASE), 'nothing of it is shown');
}

/** Mounted by the name people know, and the machine's own udev takes the device for what it is, though it was made before it. */
async function assertKnownToUdev(machine: Machine): Promise<void> {
  const facts = await machine.sh('findmnt -no SOURCE,FSTYPE /; udevadm info -q symlink /dev/dm-0', { deadlineMs: LOGIN_MS });
  assert.match(facts, /^\/dev\/mapper\/cryptroot\s+ext4$/m);
  assert.match(facts, /disk\/by-label\/root/);
}

/** Everything that lifeboot keeps, and every process: neither the passphrase nor the wrong one. */
async function assertNoTrace(machine: Machine): Promise<void> {
  const places = '/run/lifeboot/*.ndjson* /run/lifeboot/*.json /run/lifeboot/sessions /run/lifeboot/scripts /var/log /root /etc /run/udev';
  for (const secret of [PASSPHRASE, WRONG]) {
    // The pattern is a file, so that the search does not find its own command line.
    const found = await machine.sh(
      `cat >/tmp/secret; grep -rlF -f /tmp/secret ${places} 2>/dev/null; grep -lF -f /tmp/secret /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null; rm -f /tmp/secret`,
      { deadlineMs: LOGIN_MS, input: secret },
    );
    assert.equal(found, '', 'the passphrase was left in a file or a process');
  }
  const kept = await machine.sh(`grep -c '"subject":"session"' /run/lifeboot/events.ndjson`, { deadlineMs: LOGIN_MS });
  assert.match(kept, /^[1-9]/, 'there are events to look through');
}

/** Every script of the machine did its work beside what was open already, and its own sshd answers. */
async function assertMachineWell(machine: Machine): Promise<void> {
  await machine.waitDoor('server', LOGIN_MS);
  const unwell = scriptsOf(await bootState(machine)).filter(({ status }) => !['started', 'built-in'].includes(status));
  assert.deepEqual(unwell, [], 'every script started');
}

async function endClean(machine: Machine, closed: RegExp): Promise<void> {
  await operate(machine, 'poweroff');
  const down = await machine.console.waitEvent({ subject: 'phase', name: 'close-storage', what: 'done' }, { deadlineMs: DOWN_MS });
  assert.match(down.detail, closed);
  assert.doesNotMatch(down.detail, /left/);
  await machine.ended(DOWN_MS);
}
