/** How the shipped initscripts treat daemons and their pid files. */
import { expect, test } from 'vitest';
import { startChroot } from './initscripts-chroot.ts';

const PIDFILE = '/run/cron.pid';

test.each(['busybox', 'dash'] as const)('start takes no stale, reused or broken pid file for a running daemon (%s)', async (shell) => {
  await using machine = await startChroot(shell);
  machine.sh('sleep 1000 >/dev/null 2>&1 & echo $! >/run/other.pid');
  for (const content of ['4000000', '$(cat /run/other.pid)', '1', 'hello', '']) {
    machine.sh(`echo ${content} >${PIDFILE}`);
    expect(machine.act('cron', 'status').code, `status with ${content}`).toBe(1);
    expect(machine.act('cron', 'stop').code).toBe(0);
    machine.sh(`echo ${content} >${PIDFILE}`);
    expect(machine.act('cron', 'start').code, `start with ${content}`).toBe(0);
    expect(machine.act('cron', 'status').stdout).toMatch(/^cron: running \(pid [0-9]+\)\n$/);
    expect(machine.act('cron', 'stop').code).toBe(0);
  }
  expect(machine.sh('kill -0 $(cat /run/other.pid)').code, 'the other process still runs').toBe(0);
});

test.each(['busybox', 'dash'] as const)('status and stop know a daemon whose program was replaced while it ran (%s)', async (shell) => {
  await using machine = await startChroot(shell);
  expect(machine.act('cron', 'start').code).toBe(0);
  machine.sh('cp /usr/sbin/cron /usr/sbin/cron.new && mv /usr/sbin/cron.new /usr/sbin/cron');
  expect(machine.act('cron', 'status').code).toBe(0);
  expect(machine.act('cron', 'stop').code).toBe(0);
  expect(machine.sh('pidof cron').stdout).toBe('');
});

test('busybox applets are told apart though they share one executable', async () => {
  await using machine = await startChroot('busybox');
  expect(machine.act('syslog', 'start').code).toBe(0);
  machine.sh('cp /run/klogd.pid /run/syslog.pid');
  expect(machine.act('syslog', 'status').code).toBe(1);
});

test('start fails when the daemon exits at once, and says how to see why', async () => {
  await using machine = await startChroot('dash');
  machine.file('/etc/stand-in/exits', '');
  const { code, stderr } = machine.act('cron', 'start');
  expect(code).toBe(1);
  expect(stderr).toContain('/usr/sbin/cron did not stay up; to see why: /usr/sbin/cron -f');
  expect(machine.act('cron', 'status').code).toBe(3);
});

test('stop waits for the end, and kills what ignores TERM', async () => {
  await using machine = await startChroot('dash');
  machine.file('/etc/stand-in/ignores-term', '');
  expect(machine.act('cron', 'start').code).toBe(0);
  const { code, stderr } = machine.act('cron', 'stop');
  expect(code).toBe(0);
  expect(stderr).toContain('ignored TERM for 10 s; killed');
  expect(machine.sh('pidof cron').stdout).toBe('');
});

test('a daemon leads a session of its own and keeps nothing open of the one that started it', async () => {
  await using machine = await startChroot('dash');
  machine.act('cron', 'start');
  const { stdout } = machine.sh(
    `pid=$(cat ${PIDFILE}); cut -d" " -f5,6 /proc/$pid/stat; echo $pid; for l in /proc/$pid/fd/[0-9] /proc/$pid/cwd; do readlink $l; done | sort -u`,
  );
  const [sessions, pid, ...open] = stdout.trim().split('\n');
  expect(sessions).toBe(`${pid} ${pid}`);
  expect(open).toEqual(['/', '/dev/null']);
});

test('what is not installed is 5 to start and 3 to ask', async () => {
  await using machine = await startChroot('dash');
  machine.sh('rm /usr/sbin/cron /bin/crond /usr/sbin/sshd');
  for (const name of ['cron', 'sshd']) {
    expect(machine.act(name, 'start')).toMatchObject({ code: 5, stderr: `${name}: start: not installed\n` });
    expect(machine.act(name, 'status').code).toBe(3);
    expect(machine.act(name, 'stop').code).toBe(0);
  }
});

test('sshd with a broken configuration is not started, and one that runs is left alone', async () => {
  await using machine = await startChroot('dash');
  expect(machine.act('sshd', 'reload').code).toBe(7);
  expect(machine.act('sshd', 'start').code).toBe(0);
  const before = machine.sh('cat /run/sshd.pid').stdout;
  expect(machine.act('sshd', 'reload').code).toBe(0);
  await machine.eventually('[ "$(cat /run/hups)" = 1 ]');
  machine.file('/etc/stand-in/bad-configuration', '');
  for (const action of ['reload', 'force-reload', 'restart', 'try-restart']) {
    expect(machine.act('sshd', action)).toMatchObject({ code: 6, stderr: `sshd: ${action}: not configured\n` });
  }
  expect(machine.sh('cat /run/sshd.pid').stdout).toBe(before);
  expect(machine.act('sshd', 'status').code).toBe(0);
  expect(machine.act('sshd', 'stop').code).toBe(0);
  expect(machine.act('sshd', 'start').code).toBe(6);
});

test('a script works through its link, and reads its defaults under its own name', async () => {
  await using machine = await startChroot('dash');
  machine.file('/etc/default/cron', 'CRON_OPTIONS="-L 7"\n');
  machine.sh('mkdir /etc/rc2.d && ln -s ../init.d/cron /etc/rc2.d/S03cron');
  expect(machine.sh('/etc/rc2.d/S03cron start').code).toBe(0);
  expect(machine.sh(`tr '\\0' ' ' </proc/$(cat ${PIDFILE})/cmdline`).stdout).toBe('/usr/sbin/cron -f -L 7 ');
});

test('syslog writes down what is logged', async () => {
  await using machine = await startChroot('dash');
  expect(machine.act('syslog', 'start').code).toBe(0);
  machine.sh('logger -t probe hello');
  await machine.eventually('grep -q "probe: hello" /var/log/messages');
});
