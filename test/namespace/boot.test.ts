import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { startMachine } from './machine.ts';

const scripts = { one: 'echo one up', two: 'sleep 0.1; echo two up', three: 'echo three up' };
const links = ['rcS.d/S01one', 'rc2.d/S01two', 'rc2.d/S02three', 'rc0.d/K01three', 'rc6.d/K01three'];

test('lifeboot boot brings a machine up, judges it and takes it down clean', async () => {
  await using machine = await startMachine({ scripts, links });
  await machine.expect(/phase verdict: done \(good\)/);
  const order = [...machine.console().matchAll(/lifeboot [\d.]+ phase (\S+): (done|failed|skipped)/g)].map(
    (match) => `${match[1]} ${match[2]}`,
  );
  expect(order).toEqual(
    ['open-door', 'find-root', 'release-root', 'check-root', 'mount-root', 'enter-root', 'early-tiers', 'tiers', 'verdict'].map(
      (name) => `${name} done`,
    ),
  );
  expect(machine.inside('cat /proc/mounts')).toMatch(/^\/dev\/loop\d+ \/ ext4 rw/m);
  machine.end('lifeboot poweroff');
  expect(await machine.ended).toBeDefined();
  expect(machine.kernelLog().match(/lifeboot: [\d.]+ verdict boot: good/g)).toHaveLength(1);
  expect(machine.console()).toContain('stopped three');
  execFileSync('e2fsck', ['-fn', machine.image]);
});

test('lifeboot boot holds on damage that preen refuses, and goes on in the same kernel once it is repaired over ssh', async () => {
  await using machine = await startMachine({ scripts, links, damage: spoilBeyondPreen });
  await machine.expect(/hold check-root: held/);
  const status = machine.ssh('lifeboot status');
  expect(status.code).toBe(3);
  expect(status.stdout).toMatch(/UNEXPECTED INCONSISTENCY/);
  expect(machine.ssh('lifeboot continue').code).toBe(0);
  await machine.expect(/cannot continue: e2fsck -n/);
  expect(machine.ssh('e2fsck -fy "$(sed -n s/root_source=//p /run/lifeboot/stage1)"').code & 4).toBe(0);
  expect(machine.ssh('lifeboot retry').code).toBe(0);
  await machine.expect(/verdict boot: good/);
});

test('lifeboot boot takes an open ssh session along through both pivots', async () => {
  await using machine = await startMachine({ scripts, links, cmdline: 'lifeboot.hold=release-root' });
  await machine.expect(/hold release-root: held/);
  const session = machine.openSession();
  session.write('echo pid-$$-before\n');
  await session.expect(/pid-\d+-before/);
  session.write('lifeboot retry\n');
  await machine.expect(/verdict boot: good/);
  session.write('echo pid-$$-after; ls /etc/rc2.d; lifeboot poweroff\n');
  const text = await session.expect(/S02three/);
  const [before, after] = ['before', 'after'].map((when) => new RegExp(`pid-(\\d+)-${when}`).exec(text)?.[1]);
  expect(after).toBe(before);
  await session.expect(/going down \(poweroff/);
  await machine.expect(/phase leave-root: done/);
  await machine.ended;
  expect(recordingOn(machine.image)).toMatch(/pid-\d+-before.*pid-\d+-after.*"m","the machine goes down"\]\n$/s);
});

test('lifeboot boot keeps on the root what was recorded before there was one', async () => {
  await using machine = await startMachine({ scripts, links, cmdline: 'lifeboot.hold=release-root' });
  await machine.expect(/hold release-root: held/);
  const session = machine.openSession();
  session.write('echo rec""orded; exit\n');
  await session.expect(/recorded/);
  expect(machine.ssh('lifeboot retry').code).toBe(0);
  await machine.expect(/verdict boot: good/);
  const kept = '/var/log/lifeboot/sessions';
  const [line = ''] = machine
    .ssh(`until ls ${kept}/*.cast 2>/dev/null && [ -z "$(ls /run/lifeboot/sessions)" ]; do sleep 0.1; done; stat -c %a ${kept} ${kept}/*`)
    .stdout.split('\n');
  expect(machine.ssh(`stat -c %a ${kept} ${line}; ls /run/lifeboot/sessions`).stdout).toBe('700\n600\n');
  const listed = machine.ssh('lifeboot sessions list').stdout;
  expect(listed).toMatch(/^ID .*\n\S+ .* closed {2,}exit 0 {2,}127\.0\.0\.1 /);
  expect(machine.ssh('lifeboot sessions play last --speed 100').stdout).toContain('recorded');
});

test('lifeboot boot killed again and again starts every script exactly once', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `script${index}`);
  await using machine = await startMachine({
    scripts: Object.fromEntries(names.map((name) => [name, `echo ${name} >>/var/started; sleep 0.2`])),
    links: names.map((name, index) => `${index < 6 ? 'rcS.d' : 'rc2.d'}/S0${1 + (index % 4)}${name}`),
  });
  let kills = 0;
  while (!/verdict boot: (good|bad)/.test(machine.console()) && kills < 25) {
    await machine.expect(new RegExp(`(boot agent: (started|resumed)[^]*?){${kills + 1}}`), 30_000);
    // Later and later in its life, so that it dies in every phase.
    await new Promise((resolve) => setTimeout(resolve, 40 * kills));
    machine.killAgent('boot');
    kills += 1;
  }
  await machine.expect(/verdict boot: good/, 60_000);
  expect(kills).toBeGreaterThan(3);
  expect(machine.inside('sort /var/started').trim().split('\n')).toEqual([...names].sort());
});

test('lifeboot boot names a script that hangs, ends it, and brings the rest up', async () => {
  await using machine = await startMachine({
    scripts: { ...scripts, hang: '(setsid sleep 1001 &); trap "" TERM; echo I wait for Godot; sleep 1000', lives: '(setsid sleep 1002 &)' },
    links: [...links, 'rc2.d/S01hang', 'rc2.d/S01lives'],
    cmdline: 'lifeboot.timeout=2 lifeboot.verbose',
  });
  await machine.expect(/script hang: timed-out/, 30_000);
  await machine.expect(/verdict boot: bad \(hang timed out/, 30_000);
  expect(machine.inside('cat /run/lifeboot/verdict.json')).toContain('"bad"');
  expect(machine.console()).toMatch(/tier rc2.d\/S02: done/);
  // While it hung, and not with its last lines only.
  expect(machine.console()).toMatch(/\nhang: I wait for Godot\n(?:.*\n)*.*script hang: timed-out/);
  // Its daemon has gone with it; who let go of one and ended well keeps it, in its own group.
  const groups = '/run/lifeboot/cgroup/lifeboot';
  const told = machine.inside(
    `ps | grep -c '[s]leep 100[0-9]'; cat ${groups}/hang/cgroup.procs | wc -l; cat ${groups}/lives/cgroup.procs | wc -l`,
  );
  expect(told).toBe('1\n0\n1\n');
  expect(machine.inside('lifeboot log hang')).toMatch(/start: not done in time.*\n.*\n *\d+ \d+ S \S+: .*hang start\n/);
});

test('lifeboot boot holds for a script that must not fail, and passes it when told to', async () => {
  const header = '### BEGIN INIT INFO\n# Provides: vital\n# X-On-Failure: hold\n### END INIT INFO\n';
  await using machine = await startMachine({
    scripts: { ...scripts, vital: `#!/bin/sh\n${header}echo no disk array; exit 1\n` },
    links: [...links, 'rcS.d/S02vital'],
  });
  await machine.expect(/hold early-tiers: held/);
  expect(machine.console()).toContain('vital: no disk array');
  machine.inside('lifeboot skip');
  await machine.expect(/verdict boot: bad/);
  expect(machine.console()).toMatch(/tier rc2.d\/S02: done/);
});

test('lifeboot reboot ends the machine while a script hangs', async () => {
  await using machine = await startMachine({ scripts: { ...scripts, hang: 'sleep 1000' }, links: [...links, 'rc2.d/S01hang'] });
  await machine.expect(/script hang: started/);
  machine.end('lifeboot reboot');
  await machine.ended;
  expect(machine.console()).toContain('boot end: reboot');
  execFileSync('e2fsck', ['-fn', machine.image]);
});

test('lifeboot reboot leaves the root clean although a rescue session writes to it', async () => {
  await using machine = await startMachine({ scripts, links });
  await machine.expect(/phase verdict: done/);
  const session = machine.openSession();
  session.write('exec 5>/root/open; echo written >&5; echo re""ady\n');
  await session.expect(/ready/);
  machine.end('lifeboot reboot');
  await machine.ended;
  execFileSync('e2fsck', ['-fn', machine.image]);
});

test('lifeboot down leaves the root clean when only PID 1 is told, and the agent is dead', async () => {
  await using machine = await startMachine({ scripts, links });
  await machine.expect(/verdict boot: good/);
  machine.killAgent('boot');
  machine.end('kill -TERM 1');
  await machine.ended;
  expect(machine.console()).toContain('stopped three');
  execFileSync('e2fsck', ['-fn', machine.image]);
});

test('PID 1 brings the door back within 3 s of kill -9, and the boot does not notice', async () => {
  await using machine = await startMachine({ scripts, links, cmdline: 'lifeboot.hold=tiers' });
  await machine.expect(/hold tiers: held/);
  machine.killAgent('rescue');
  await machine.expect(/rescue sshd: listening[\s\S]*rescue sshd: listening/, 3_000);
  expect(machine.ssh('echo in').stdout).toBe('in\n');
  machine.inside('lifeboot retry');
  await machine.expect(/verdict boot: good/);
  expect(machine.console()).not.toContain('agent: resumed');
});

test('SIGHUP to PID 1 after the pivot takes neither agent away', async () => {
  await using machine = await startMachine({
    scripts,
    links,
    files: { '/etc/inittab': 'id:2:initdefault:\nsi::sysinit:/etc/init.d/rcS\nca:12345:ctrlaltdel:/sbin/shutdown -t1 -a -r now\n' },
  });
  await machine.expect(/phase verdict: done/);
  machine.inside('kill -HUP 1');
  // It ends with TERM, and five seconds later with KILL, what it thinks it has to.
  await new Promise((resolve) => setTimeout(resolve, 6_000));
  machine.killAgent('rescue');
  await machine.expect(/rescue sshd: listening[\s\S]*rescue sshd: listening/, 10_000);
});

/** Two directories that claim to be files and a wrong link count: exit 4 for e2fsck -p, and for a person's -y no problem. */
function spoilBeyondPreen(image: string): void {
  for (const request of ['mkdir /var/baddir', 'sif /var/baddir mode 0100644', 'sif /etc/fstab links_count 7', 'ssv state 2'])
    execFileSync('debugfs', ['-w', '-R', request, image], { stdio: 'ignore' });
}

/** The only recording on the image of a machine that has ended. */
function recordingOn(image: string): string {
  const directory = '/var/log/lifeboot/sessions';
  const debugfs = (command: string) =>
    execFileSync('debugfs', ['-R', command, image], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const names = debugfs(`ls -p ${directory}`).match(/[^/\s]+\.cast/g) ?? [];
  expect(names).toHaveLength(1);
  return debugfs(`cat ${directory}/${names[0]}`);
}
