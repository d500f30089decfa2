/** The monitor on a whole machine: real daemons die, hang and are stopped, and come back or stay away. */
import { expect, test } from 'vitest';
import { type Machine, startMachine } from './machine.ts';

/** A daemon of busybox with a pid file, as Debian writes them. `more` are lines of its header. */
function daemon(name: string, command: string, ...more: readonly string[]): string {
  const lines = [`Provides: ${name}`, 'Default-Start: 2', 'Default-Stop: 0 6', ...more].map((line) => `# ${line}`);
  return `#!/bin/sh
### BEGIN INIT INFO
${lines.join('\n')}
### END INIT INFO
start() { start-stop-daemon -S -q -b -m -p /run/${name}.pid -x ${command}; }
stop() { start-stop-daemon -K -q -o -s KILL -p /run/${name}.pid; rm -f /run/${name}.pid; sleep 0.2; }
case "$1" in
start) start ;;
stop) stop ;;
restart) stop; start ;;
esac
`;
}
const httpd = daemon(
  'web',
  '/bin/httpd -- -f -p 127.0.0.1:8080 -h /etc',
  'X-Health-Check: http:8080/fstab period=1s',
  'Required-Start: echo',
);
const echo = daemon('echo', '/bin/nc -- -ll -p 7777 -e /bin/cat', "X-Health-Check: tcp:7777 send='hi' expect=hi period=1s timeout=1s");
const quiet = daemon('quiet', '/bin/sleep -- 98765');
const files = { '/etc/lifeboot/lifeboot.toml': '[health]\nperiod_seconds = 1\n' };
const links = ['rc2.d/S01echo', 'rc2.d/S02web', 'rc2.d/S01quiet'];

const pidOf = (machine: Machine, name: string): string => machine.inside(`cat /run/${name}.pid`).trim();
const times = (machine: Machine, pattern: RegExp): number => [...machine.console().matchAll(new RegExp(pattern, 'g'))].length;

test('brings each daemon back that is killed, with a check or without one, once', async () => {
  await using machine = await startMachine({ scripts: { web: httpd, echo, quiet }, links, files });
  await machine.expect(/verdict boot: good/);
  for (const name of ['web', 'echo', 'quiet']) {
    const before = pidOf(machine, name);
    machine.inside(`kill -9 ${before}`);
    await machine.expect(new RegExp(`health ${name}: unhealthy .*restart in 1 s`));
    await machine.expect(new RegExp(`health ${name}: recovered`));
    expect(pidOf(machine, name)).not.toBe(before);
  }
  expect(times(machine, /health \S+: restarting/)).toBe(3);
  expect(machine.console()).toMatch(/health web: affected \(it needs echo/);
  const { stdout, code } = machine.ssh('lifeboot health; lifeboot health quiet --json');
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /quiet +healthy for .*; restarted once {2}\[pidfile:\/run\/quiet\.pid\]\n.* unhealthy: pidfile:\/run\/quiet.pid: /,
  );
  expect(stdout).toMatch(/"what": "recovered"/);
});

test('restarts a daemon that hangs, and gives up on one that does not come back', { timeout: 180_000 }, async () => {
  const broken = daemon('broken', '/bin/sleep -- 98764').replace(
    'start() {',
    'start() { [ -e /run/broken.once ] && exit 1; touch /run/broken.once;',
  );
  await using machine = await startMachine({
    scripts: { echo, broken },
    links: ['rc2.d/S01echo', 'rc2.d/S01broken'],
    files: { '/etc/lifeboot/lifeboot.toml': '[health]\nperiod_seconds = 1\nrestart_limit = 2\n' },
  });
  await machine.expect(/verdict boot: good/);
  machine.inside(`kill -STOP ${pidOf(machine, 'echo')}`);
  machine.inside(`kill -9 ${pidOf(machine, 'broken')}`);
  await machine.expect(/health broken: not-restarted \(failed/);
  await machine.expect(/health broken: degraded \(restarted 2 times/);
  await machine.expect(/health echo: unhealthy/, 60_000);
  await machine.expect(/health echo: recovered/, 60_000);
  const status = machine.ssh('lifeboot status');
  expect(status.code).toBe(1);
  expect(status.stdout).toMatch(/boot good at .*; DEGRADED now: broken\n/);
  expect(machine.ssh('lifeboot health').code).toBe(1);
  machine.inside('rm /run/broken.once');
  expect(machine.ssh('lifeboot restart broken').code).toBe(0);
  await machine.expect(/health broken: recovered/);
  expect(machine.ssh('lifeboot status').code).toBe(0);
});

test('leaves stopped what was stopped, and remembers its counts when the agent is killed', async () => {
  await using machine = await startMachine({ scripts: { web: httpd, echo, quiet }, links, files });
  await machine.expect(/verdict boot: good/);
  expect(machine.ssh('lifeboot stop quiet').code).toBe(0);
  machine.inside(`kill -9 ${pidOf(machine, 'web')}`);
  await machine.expect(/health web: recovered/);
  machine.killAgent('boot');
  await machine.expect(/boot agent: resumed/);
  machine.inside(`kill -9 ${pidOf(machine, 'web')}`);
  await machine.expect(/(health web: recovered[\s\S]*){2}/);
  expect(machine.console()).toMatch(/health web: unhealthy .*restart in 2 s/);
  const state = JSON.parse(machine.inside('cat /run/lifeboot/state.json'));
  const daemons = Object.fromEntries(state.monitor.daemons.map((each: { script: string }) => [each.script, each]));
  expect(daemons['web']).toMatchObject({ restarts: 2, health: 'healthy' });
  expect(daemons['quiet']).toMatchObject({ wanted: false, reason: expect.stringMatching(/^stopped by lifeboot stop/) });
  expect(machine.inside('pidof sleep || echo none')).not.toMatch(/98765/);
  expect(times(machine, /health quiet: /)).toBe(0);
});

test('joins a restart that runs when the agent is killed, and begins none twice', async () => {
  const slow = daemon('slow', '/bin/sleep -- 98763').replace('restart) stop;', 'restart) echo r >>/var/restarts; sleep 3; stop;');
  await using machine = await startMachine({ scripts: { slow }, links: ['rc2.d/S01slow'], files });
  await machine.expect(/verdict boot: good/);
  machine.inside(`kill -9 ${pidOf(machine, 'slow')}`);
  await machine.expect(/health slow: restarting/);
  machine.killAgent('boot');
  await machine.expect(/boot agent: resumed/);
  await machine.expect(/health slow: recovered/);
  expect(machine.inside('cat /var/restarts')).toBe('r\n');
});

test('pauses when many die together', { timeout: 120_000 }, async () => {
  const many = ['a', 'b', 'c', 'd'].map((name) => [name, daemon(name, `/bin/sleep -- 9876${name.charCodeAt(0)}`)] as const);
  await using machine = await startMachine({ scripts: Object.fromEntries(many), links: many.map(([name]) => `rc2.d/S01${name}`), files });
  await machine.expect(/verdict boot: good/);
  machine.inside(`kill -9 ${many.map(([name]) => pidOf(machine, name)).join(' ')}`);
  await machine.expect(/health machine: paused \(a, b, c, d became unhealthy together/);
  expect(times(machine, /health \S+: restarting/)).toBe(0);
  await machine.expect(/(health [abcd]: recovered[\s\S]*){4}/, 60_000);
});

test('lifeboot verify-restarts finds the daemon that leaves its old processes, and the one that takes another down', {
  timeout: 180_000,
}, async () => {
  const leaves = daemon('leaves', '/bin/sleep -- 98761').replace('stop() {', 'stop() { rm -f /run/leaves.pid; return;');
  const breaks = daemon('breaks', '/bin/sleep -- 98762').replace('restart) stop;', 'restart) kill -9 $(cat /run/quiet.pid); stop;');
  await using machine = await startMachine({
    scripts: { echo, quiet, leaves, breaks },
    links: ['rc2.d/S01echo', 'rc2.d/S01quiet', 'rc2.d/S02leaves', 'rc2.d/S02breaks'],
    files,
  });
  await machine.expect(/verdict boot: good/);
  const ran = machine.ssh('lifeboot verify-restarts', 120_000);
  expect(ran.code).toBe(1);
  const rows = ran.stdout.trim().split('\n');
  expect(rows[0]).toMatch(/^SCRIPT +RESTART +HEALTHY AFTER +FINDINGS$/);
  expect(rows.find((line) => line.startsWith('echo'))).toMatch(/ s +[\d.]+ s +none$/);
  expect(rows.find((line) => line.startsWith('leaves'))).toMatch(/left old processes behind: sleep \(pid \d+\)$/);
  expect(rows.find((line) => line.startsWith('breaks'))).toMatch(/quiet was healthy before and (had to be restarted|is not now: .*)$/);
  expect(machine.ssh('lifeboot verify-restarts echo --json', 60_000).code).toBe(0);
});
