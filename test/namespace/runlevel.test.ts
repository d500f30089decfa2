/** Changes of the run level on a whole machine, asked for by Debian's own telinit, with Debian's own sulogin on the console. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { type Machine, startMachine } from './machine.ts';
import { placeSysvinitTools } from './sysvinit-tools.ts';

/** A daemon that killprocs has to end: it ignores nothing, and leaves a line for each start and stop. */
const daemon = (name: string) =>
  `#!/bin/sh
case "$1" in
start) echo "$RUNLEVEL/$PREVLEVEL +${name}" >>/var/log/story 2>/dev/null; setsid sleep 8888 </dev/null >/dev/null 2>&1 & echo $! >/run/${name}.pid; until grep -q " $! $! " /proc/$!/stat; do :; done ;;
stop) echo "$RUNLEVEL/$PREVLEVEL -${name}" >>/var/log/story 2>/dev/null; kill "$(cat /run/${name}.pid)" 2>/dev/null; rm -f /run/${name}.pid ;;
esac
`;
const PRESS_MS = 1000;
const names = ['udev', 'rpcbind', 'syslog', 'web', 'cron', 'desktop'];
const options = {
  scripts: {
    ...Object.fromEntries(names.map((name) => [name, daemon(name)])),
    bootmisc: '>/run/utmp',
    killprocs: 'echo "killprocs was run" >>/var/log/story 2>/dev/null',
    single: 'echo "single was run" >>/var/log/story 2>/dev/null',
    bootlogs: 'echo bootlogs >>/var/log/story 2>/dev/null',
  },
  links: [
    ...['rcS.d/S01udev', 'rcS.d/S02rpcbind', 'rcS.d/S03bootmisc'],
    ...['rc1.d/K01web', 'rc1.d/K02syslog', 'rc1.d/K03rpcbind', 'rc1.d/S01killprocs', 'rc1.d/S02single', 'rc1.d/S03bootlogs'],
    ...['rc2.d/S01syslog', 'rc2.d/S02web', 'rc2.d/S03cron', 'rc2.d/K01desktop'],
    ...['rc3.d/S01syslog', 'rc3.d/S02desktop', 'rc3.d/S03cron', 'rc3.d/K01web'],
    ...['rc0.d/K01web', 'rc6.d/K01web'],
  ],
  files: {
    '/etc/inittab': `id:2:initdefault:
~~:S:wait:/sbin/sulogin --force
1:2345:respawn:/bin/sleep 98765431
2:3:respawn:/bin/sleep 98765432
`,
  },
  prepare: async (root: string) => {
    await placeSysvinitTools(root);
  },
};

const story = (machine: Machine) => machine.inside('cat /var/log/story').trim().split('\n');
/** killprocs may just be ending the one who kills. */
function killAgent(machine: Machine): void {
  try {
    machine.killAgent('boot');
  } catch {
    // The next one will.
  }
}
const level = (machine: Machine) => machine.inside('/sbin/runlevel').trim();
/** How many processes have a command that begins so. */
const runs = (machine: Machine, command: string) => machine.inside(`ps -o args | grep -c '^${command}'; true`).trim();
/** Those of the daemons that live; a zombie does not. */
const alive = (machine: Machine) =>
  names.filter(
    (name) =>
      machine.inside(`grep -q '^sleep.8888' /proc/$(cat /run/${name}.pid || echo none)/cmdline 2>/dev/null && echo yes; true`) !== '',
  );

test('telinit 3 stops and starts what the level says, and leaves the rest running', async () => {
  await using machine = await startMachine(options);
  await machine.expect(/verdict boot: good/);
  const cron = machine.inside('cat /run/cron.pid');
  machine.inside('/sbin/telinit 3');
  await machine.expect(/runlevel 3: done/);
  expect(story(machine)).toEqual(['S/N +udev', 'S/N +rpcbind', '2/N +syslog', '2/N +web', '2/N +cron', '3/2 -web', '3/2 +desktop']);
  expect(level(machine)).toBe('2 3');
  expect(machine.inside('cat /run/cron.pid')).toBe(cron);
  machine.inside('until ps -o args | grep -q "^/bin/sleep 98765432"; do sleep 0.1; done');
  machine.inside('/sbin/telinit 2');
  await machine.expect(/runlevel 2: done/);
  expect(story(machine).slice(7)).toEqual(['2/3 -desktop', '2/3 +web']);
  expect([level(machine), runs(machine, '/bin/sleep 98765432')]).toEqual(['3 2', '0']);
  machine.end('/sbin/telinit 6');
  await machine.ended;
  execFileSync('e2fsck', ['-fn', machine.image]);
});

/** sulogin(8) drops what is typed before it has set up its terminal, which is after its prompt: then one presses again. */
async function press(machine: Machine, key: string, comes: RegExp): Promise<void> {
  await machine.expect(/Press Enter for maintenance/);
  const again = setInterval(() => machine.type(key), PRESS_MS);
  try {
    machine.type(key);
    await machine.expect(comes);
  } finally {
    clearInterval(again);
  }
}

test('telinit 1 ends all but the door, gives the console to sulogin, and the end of that brings everything back', async () => {
  await using machine = await startMachine(options);
  await machine.expect(/verdict boot: good/);
  const session = machine.openSession();
  session.write('echo pid-$$-before; sleep 7777 &\n');
  const before = /pid-(\d+)-before/.exec(await session.expect(/pid-\d+-before/))?.[1];
  const udev = machine.inside('cat /run/udev.pid');
  machine.inside(
    '/bin/sh -c "setsid sleep 9999 </dev/null >/dev/null 2>&1 & setsid sleep 9998 </dev/null >/dev/null 2>&1 & mkdir -p /run/sendsigs.omit.d; echo \\$! >/run/sendsigs.omit.d/raid"',
  );
  machine.inside('/sbin/telinit 1');
  await machine.expect(/runlevel S: done[\s\S]*Press Enter for maintenance/, 40_000);
  await press(machine, '\n', /~ # /);
  // Debian's rc1 asks for S in the end, and is in it: runlevel(8) says where it came from.
  expect(level(machine)).toBe('1 S');
  expect(story(machine).slice(5)).toEqual(['1/2 -web', '1/2 -syslog', '1/2 -rpcbind', 'bootlogs']);
  expect(alive(machine)).toEqual(['udev']);
  expect(machine.inside('cat /run/udev.pid')).toBe(udev);
  expect(['sleep 9999', 'sleep 9998', 'sleep 7777', '/bin/sleep 98765431'].map((command) => runs(machine, command))).toEqual([
    '0',
    '1',
    '1',
    '0',
  ]);
  session.write('echo pid-$$-after\n');
  await session.expect(new RegExp(`pid-${before}-after`));

  machine.type('tty; stty -a | head -1; kill -0 $$ && echo shell-$((20 + 3))\n');
  await machine.expect(/shell-23/);
  expect(machine.console()).not.toMatch(/job control turned off|can't access tty/);
  machine.type('exit\n');
  await machine.expect(/runlevel 2: done/);
  expect(level(machine)).toBe('S 2');
  expect(story(machine).slice(9)).toEqual(['2/S -desktop', '2/S +rpcbind', '2/S +syslog', '2/S +web', '2/S +cron']);
  expect(alive(machine)).toEqual(['udev', 'rpcbind', 'syslog', 'web', 'cron']);
  machine.inside('until ps -o args | grep -q "^/bin/sleep 98765431"; do sleep 0.1; done');
  expect(machine.inside('LC_ALL=C /usr/bin/last reboot | grep -c ^reboot')).toBe('1\n');
});

test('telinit 1 goes on after an agent that is killed again and again, and runs nothing twice', async () => {
  await using machine = await startMachine(options);
  await machine.expect(/verdict boot: good/);
  machine.inside('/sbin/telinit 1');
  for (let kills = 1; kills <= 8; kills += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100 * kills));
    killAgent(machine);
  }
  // Of an event a kill may be ahead; sulogin itself is started once.
  await machine.expect(/Press Enter for maintenance/, 60_000);
  expect(story(machine).slice(5)).toEqual(['1/2 -web', '1/2 -syslog', '1/2 -rpcbind', 'bootlogs']);
  expect(runs(machine, '/sbin/sulogin --force')).toBe('1');
  // From elsewhere: the shell goes.
  machine.inside('until lifeboot runlevel 3; do sleep 0.2; done 2>/dev/null');
  await machine.expect(/runlevel 3: done/, 30_000);
  expect(runs(machine, '/sbin/sulogin --force')).toBe('0');
  expect(machine.inside('lifeboot runlevel')).toBe('S 3\n');
  expect(alive(machine)).toEqual(['udev', 'rpcbind', 'syslog', 'cron', 'desktop']);
});

test('telinit S leaves the services, and a newer wish replaces the way to an older one before its next tier', async () => {
  const slow: Readonly<Record<string, string>> = {
    ...options.scripts,
    syslog: daemon('syslog').replace('stop) ', 'stop) until [ -e /run/on ]; do sleep 0.1; done; '),
  };
  await using machine = await startMachine({ ...options, scripts: slow });
  await machine.expect(/verdict boot: good/);
  machine.inside('/sbin/telinit S');
  await machine.expect(/runlevel S: done/);
  expect(alive(machine)).toEqual(['udev', 'rpcbind', 'syslog', 'web', 'cron']);
  machine.inside('/sbin/telinit 1');
  await machine.expect(/tier rc1.d\/K02: started/);
  machine.inside('/sbin/telinit 2; touch /run/on');
  await machine.expect(/runlevel 1: replaced \(by 2, wished for by telinit\)[\s\S]*runlevel 2: done/);
  expect(story(machine).slice(5)).toEqual(['1/S -web', '1/S -syslog', '2/1 -desktop', '2/1 +syslog', '2/1 +web']);
});

test('the kernel word single stops behind rcS.d, and the end of sulogin brings the services up', async () => {
  await using machine = await startMachine({ ...options, cmdline: 'single' });
  await machine.expect(/runlevel S: shell/);
  expect([level(machine), alive(machine)]).toEqual(['N S', ['udev', 'rpcbind']]);
  await press(machine, '\x04', /runlevel 2: done/);
  expect([level(machine), alive(machine)]).toEqual(['S 2', ['udev', 'rpcbind', 'syslog', 'web', 'cron']]);
  // A script of the new level that dies is seen by the monitor.
  machine.inside('until lifeboot status --json | grep -q \'"script": "cron"\'; do sleep 0.2; done');
  machine.inside('kill -9 $(cat /run/cron.pid)');
  await machine.expect(/health cron: (unhealthy|restarting)/, 60_000);
});

test('the kernel word 3 is the level that is booted into', async () => {
  await using machine = await startMachine({ ...options, cmdline: '3' });
  await machine.expect(/verdict boot: good/);
  expect([level(machine), alive(machine)]).toEqual(['N 3', ['udev', 'rpcbind', 'syslog', 'cron', 'desktop']]);
});

test('run level 1 of an image without rc1.d stops what was started in reverse, and without sulogin rescue stands for it', async () => {
  const links = ['rcS.d/S01udev', 'rc2.d/S01syslog', 'rc2.d/S02web', 'rc2.d/S02cron'];
  await using machine = await startMachine({ scripts: options.scripts, links });
  await machine.expect(/verdict boot: good/);
  machine.inside('mkdir -p /var/log; lifeboot runlevel 1');
  await machine.expect(/runlevel S: no-shell/);
  machine.inside('sleep 3');
  expect(machine.console().match(/runlevel S: no-shell/g)).toHaveLength(1);
  expect([machine.inside('lifeboot runlevel'), alive(machine)]).toEqual(['1 S\n', ['udev']]);
  expect(machine.console()).toMatch(/script (web|cron): stopped[\s\S]*script (web|cron): stopped[\s\S]*script syslog: stopped/);
  machine.inside('lifeboot runlevel 2');
  await machine.expect(/runlevel 2: done/);
  expect(alive(machine)).toEqual(['udev', 'syslog', 'web', 'cron']);
  expect(() => machine.inside('lifeboot runlevel 7')).toThrow(/no run level "7": 1 to 5 or S/);
});

test('telinit q reads the inittab again, telinit u and a say that nothing is done, and init 0 switches off', async () => {
  await using machine = await startMachine(options);
  await machine.expect(/verdict boot: good/);
  machine.inside('echo 9:2:respawn:/bin/sleep 98765439 >>/etc/inittab; /sbin/telinit q');
  machine.inside('until ps -o args | grep -q "^/bin/sleep 98765439"; do sleep 0.1; done');
  machine.inside('/sbin/telinit u; /sbin/telinit a');
  await machine.expect(/initctl: refused \(telinit u: PID 1 runs from the toolbox[\s\S]*initctl: refused \(telinit A: served are/);
  expect(level(machine)).toBe('N 2');
  machine.end('/sbin/init 0');
  expect(await machine.ended).toBe('signal 2');
  expect(machine.console()).toContain('boot poweroff: started (by initctl run level 0)');
});
