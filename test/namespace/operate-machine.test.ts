import { expect, test } from 'vitest';
import { startMachine } from './machine.ts';

/** Sources the hook of `lifeboot install`, as Debian's init-functions do. */
const header = (name: string, more = '') => `#!/bin/sh
### BEGIN INIT INFO
# Provides: ${name}
${more}### END INIT INFO
. /lib/lsb/init-functions.d/50-lifeboot
`;
/** A daemon as scripts of Debian have them, to the eyes of lifeboot. */
const daemon = (name: string, more = '') => `${header(name, more)}case $1 in
start) start-stop-daemon -S -b -m -p /run/${name}.pid -x /bin/sleep -- 100000; echo "${name} is up" ;;
stop) start-stop-daemon -K -q -p /run/${name}.pid; rm -f /run/${name}.pid ;;
restart) $0 stop; $0 start ;;
*) exit 3 ;;
esac
`;

test('lifeboot start, stop, restart, reload and status act upon scripts of a machine that is up', async () => {
  await using machine = await startMachine({
    scripts: { db: daemon('db'), web: daemon('web', '# Required-Start: db\n') },
    links: ['rc2.d/S01db', 'rc2.d/S02web'],
  });
  await machine.expect(/verdict boot: good/);
  expect(machine.ssh('lifeboot restart web db')).toEqual({
    code: 0,
    stdout: 'db: restarted\n  | db is up\nweb: restarted\n  | web is up\n',
    stderr: '',
  });
  expect(machine.ssh('lifeboot stop db 2>&1')).toMatchObject({ code: 0, stdout: 'db: stopped\nlifeboot: web needs db\n' });
  expect(machine.ssh('lifeboot status db web')).toMatchObject({
    code: 3,
    stdout: expect.stringMatching(/^db: stopped by lifeboot stop from 127\.0\.0\.1 at .*\n.*web: started by lifeboot restart/s),
  });
  expect(machine.ssh('lifeboot start db').code).toBe(0);
  expect(machine.ssh('lifeboot status db').stdout).toMatch(/^processes \/bin\/sleep 100000 \(pid \d+/m);
  expect(machine.ssh('lifeboot reload db')).toMatchObject({ code: 3, stderr: 'lifeboot: db: failed: exit 3: action not implemented\n' });
  expect(machine.ssh('lifeboot start bd')).toMatchObject({ code: 5, stderr: expect.stringContaining('did you mean db?') });
  expect(machine.ssh('lifeboot log db').stdout).toMatch(
    /^db is up\n-- restart by .*\ndb is up\n-- stop by .*\n-- start by .*\ndb is up\n-- reload by .*\n$/,
  );

  expect(machine.ssh('/etc/init.d/db stop').code).toBe(0);
  await machine.expect(/script db: stopped \(by \S+ \(pid \d+\)\)/);
  expect(machine.ssh('lifeboot status').stdout).toMatch(/db stopped/);
  machine.ssh('/etc/init.d/db start');
  await machine.expect(/script db: started \(by \S+ \(pid \d+\)\)/);
  expect(machine.ssh('lifeboot status db')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^processes \/bin\/sleep 100000/m) });
  expect(machine.console()).not.toMatch(/health db: restarting/);
});

test('lifeboot restart is done once and answered although the agent is killed meanwhile', async () => {
  const slow = `${header('slow')}echo "$1" >>/var/log; [ "$1" = start ] || sleep 3\n`;
  await using machine = await startMachine({ scripts: { slow }, links: ['rc2.d/S01slow'] });
  await machine.expect(/verdict boot: good/);
  machine.inside('(lifeboot restart slow >/var/said 2>&1; echo "exit $?" >>/var/said) >/dev/null 2>&1 &');
  machine.inside('until grep -q restart /var/log; do sleep 0.1; done');
  machine.killAgent('boot');
  machine.inside('until grep -q exit /var/said; do sleep 0.1; done', 40_000);
  expect(machine.inside('cat /var/said /var/log')).toBe('slow: restarted\nexit 0\nstart\nrestart\n');
});

test('lifeboot start of a script that holds the boot lets the boot go on without starting it again', async () => {
  const vital = `${header('vital', '# X-On-Failure: hold\n')}echo "$1" >>/var/log; [ -e /var/mended ]\n`;
  await using machine = await startMachine({ scripts: { vital, next: daemon('next') }, links: ['rcS.d/S01vital', 'rc2.d/S01next'] });
  await machine.expect(/hold early-tiers: held/);
  expect(machine.ssh('lifeboot start vital')).toMatchObject({ code: 1, stderr: expect.stringContaining('vital: failed: exit 1') });
  machine.inside('touch /var/mended');
  expect(machine.ssh('lifeboot start vital next').code).toBe(0);
  expect(machine.ssh('lifeboot retry').code).toBe(0);
  await machine.expect(/verdict boot: good/);
  expect(machine.inside('cat /var/log')).toBe('start\nstart\nstart\n');
  expect(machine.ssh('lifeboot status next').stdout).toMatch(/^next: started by lifeboot start from/);
});
