/** The ways in which people and hardware ask for the end of a whole machine, with Debian's own shutdown, and without one. */
import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Machine, startMachine } from './machine.ts';
import { placeSysvinitTools } from './sysvinit-tools.ts';

const inittab = (ca: string) => `id:2:initdefault:
${ca}
pf::powerwait:/bin/power failing
pn::powerfailnow:/bin/absent now
po::powerokwait:/bin/power ok
`;
const options = {
  scripts: { one: 'echo one up' },
  links: ['rc2.d/S01one', 'rc0.d/K01one', 'rc6.d/K01one'],
  files: { '/etc/inittab': inittab('ca:12345:ctrlaltdel:/sbin/shutdown -t1 -a -r now') },
  prepare: placeSysvinitTools,
};
const program = (root: string, path: string, text: string) => {
  writeFileSync(join(root, path), `#!/bin/sh\n${text}\n`);
  chmodSync(join(root, path), 0o755);
};
/** What the kernel does with the three keys. */
const press = (machine: Machine) => machine.inside('kill -INT 1');
const isClean = (machine: Machine) => execFileSync('e2fsck', ['-fn', machine.image]);

test('shutdown(8) of Debian warns, forbids logins, is called off, and ends the machine', async () => {
  await using machine = await startMachine(options);
  await machine.expect(/verdict boot: good/);
  machine.inside(
    '/bin/sh -c "setsid /sbin/shutdown -h +4 for a new fan >/dev/null 2>&1 &"; until test -s /run/nologin; do sleep 0.1; done',
  );
  expect(machine.inside('cat /run/nologin')).toMatch(/going down/i);
  machine.inside('/sbin/shutdown -c; until ! test -e /run/nologin && ! pidof shutdown; do sleep 0.1; done');
  // -k only warns.
  machine.inside('/sbin/shutdown -k now nothing comes of it');
  expect(machine.inside('lifeboot status')).toContain('boot good');
  machine.end('/sbin/shutdown -r now');
  await machine.ended;
  expect(machine.console()).toMatch(/boot reboot: started \(by initctl run level 6\)/);
  isClean(machine);
});

test('lifeboot poweroff +M tells everybody, survives the agent, is called off, and comes in time', async () => {
  await using machine = await startMachine({ scripts: options.scripts, links: options.links });
  await machine.expect(/verdict boot: good/);
  const session = machine.openSession();
  session.write('echo re""ady\n');
  await session.expect(/ready/);
  machine.inside('lifeboot reboot +2 for a new kernel');
  await session.expect(/for a new kernel[\s\S]*going down in 2 minutes \(reboot, asked by lifeboot reboot\)/);
  expect(machine.inside('cat /run/nologin; lifeboot status')).toMatch(
    /going down in 2 minutes[\s\S]*shutdown +reboot in 1 min [1-5]\d s, asked by lifeboot reboot: for a new kernel/,
  );
  machine.killAgent('boot');
  await machine.expect(/boot agent: resumed/);
  machine.inside('until lifeboot shutdown -c not today; do sleep 0.2; done 2>/dev/null');
  await session.expect(/not today[\s\S]*The reboot of the machine is called off, by lifeboot shutdown/);
  expect(machine.inside('ls /run/nologin; lifeboot status || true')).not.toMatch(/shutdown +reboot|nologin/);
  expect(() => machine.inside('lifeboot halt noon')).toThrow(/no time "noon": now, \+MINUTES or HH:MM/);
  // A full minute that is 10 s away at least: the time of day is kept, too.
  machine.inside('lifeboot poweroff $(date -d @$(($(date +%s) + 70)) +%H:%M) now it is');
  await machine.expect(/boot poweroff: started \(by lifeboot poweroff\)/, 90_000);
  expect(await machine.ended).toBe('signal 2');
  isClean(machine);
}, 150_000);

test('ctrl-alt-del runs what the inittab says', async () => {
  await using machine = await startMachine(options);
  await machine.expect(/verdict boot: good/);
  press(machine);
  await machine.ended;
  expect(machine.console()).toMatch(/boot reboot: started \(by initctl run level 6\)/);
  isClean(machine);
});

test('ctrl-alt-del does nothing where shutdown.allow forbids it or the inittab has no entry, and reboots where its program is gone', async () => {
  const allow = { ...options.files, '/etc/shutdown.allow': 'nobody-at-all\n' };
  await using machine = await startMachine({ ...options, files: allow });
  await machine.expect(/verdict boot: good/);
  press(machine);
  await machine.expect(/boot ctrl-alt-del: refused \(\/sbin\/shutdown -t1 -a -r now: exit 1\)/);
  machine.inside('sed -i /^ca:/d /etc/inittab');
  press(machine);
  await machine.expect(/boot ctrl-alt-del: refused \(\/etc\/inittab has no ctrlaltdel for run level 2/);
  machine.inside('echo ca:12345:ctrlaltdel:/sbin/not-there >>/etc/inittab');
  press(machine);
  await machine.ended;
  expect(machine.console()).toMatch(/boot reboot: started \(by ctrl-alt-del\)/);
  isClean(machine);
});

test('ctrl-alt-del reboots a machine that holds before its root', async () => {
  await using held = await startMachine({ ...options, cmdline: 'lifeboot.hold=release-root' });
  await held.expect(/hold release-root: held/);
  press(held);
  await held.ended;
  expect(held.console()).toMatch(/boot reboot: started \(by ctrl-alt-del\)/);
  isClean(held);
});

test('power messages over initctl run the entries of inittab, and a signal of the power supply ends PID 1 clean', async () => {
  const prepare = async (root: string) => {
    await placeSysvinitTools(root);
    program(root, 'bin/power', 'echo "$1 $RUNLEVEL" >>/var/power');
  };
  await using machine = await startMachine({ ...options, prepare });
  await machine.expect(/verdict boot: good/);
  for (const command of [2, 3, 4]) {
    machine.inside(
      `printf '\\151\\031\\011\\003\\00${command}\\000\\000\\000' >/tmp/request; head -c 376 /dev/zero >>/tmp/request; cat /tmp/request >/run/initctl`,
    );
  }
  await machine.expect(/power: refused \(failing-now: \/bin\/absent now is not there\)/);
  machine.inside('until grep -q ok /var/power && grep -q failing /var/power; do sleep 0.1; done');
  expect(machine.inside('sort /var/power')).toBe('failing 2\nok 2\n');
  // busybox init takes SIGPWR for a wish to halt, and says so to nobody: the hook still leaves the root clean.
  machine.end('kill -PWR 1');
  await machine.ended;
  expect(machine.console()).toMatch(/by a signal to PID 1/);
  isClean(machine);
});

test('/etc/rc.local is the last that is started, ended when it does not end, and not run on the way down', async () => {
  const prepare = async (root: string) => program(root, 'etc/rc.local', 'echo "local $1" >>/var/local; sleep 1000');
  await using machine = await startMachine({ scripts: options.scripts, links: ['rc2.d/S01one'], prepare, cmdline: 'lifeboot.timeout=2' });
  await machine.expect(/tier rc2.d\/S01: done[\s\S]*script rc.local: timed-out/, 30_000);
  await machine.expect(/verdict boot: bad \(rc.local timed out/);
  machine.end('lifeboot poweroff');
  await machine.ended;
  expect(execFileSync('debugfs', ['-R', 'cat /var/local', machine.image], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })).toBe(
    'local start\n',
  );
  expect(machine.console()).toContain('stopped one');
});

test('a script that hangs when it is stopped is named, ended by its deadline, and the machine ends clean', async () => {
  const clings = `#!/bin/sh
### BEGIN INIT INFO
# Provides: clings
# X-Timeout-Stop: 2
### END INIT INFO
[ "$1" = start ] || { trap "" TERM; while :; do sleep 1000; done; }
`;
  const links = [...options.links, 'rc2.d/S01clings', 'rc0.d/K01clings', 'rc0.d/K02one'].filter((link) => link !== 'rc0.d/K01one');
  await using machine = await startMachine({ scripts: { ...options.scripts, clings }, links });
  await machine.expect(/verdict boot: good/);
  machine.end('lifeboot poweroff');
  expect(await machine.ended).toBe('signal 2');
  expect(machine.console()).toMatch(/script clings: timed-out \(not done after 2 s; it waited for [\s\S]*tier rc0.d\/K02: done/);
  expect(machine.console()).toContain('stopped one');
  isClean(machine);
});
