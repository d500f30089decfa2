import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { findDaemon } from '../../src/init/health/daemon-state.ts';
import { findRow } from '../../src/init/operate/operation.ts';
import { type Disk, debugfs } from '../disk.ts';
import { serviceDebs } from '../image/service-debs.ts';
import type { Machine } from '../machine.ts';
import type { Scenario } from './scenario.ts';
import { bootState, expectStatus, expectVerdict, LOGIN_MS, operate } from './steps.ts';

/** Package and the name of its script; each starts a daemon when it is installed. */
const fresh = ['rinetd', 'tinyproxy', 'ngircd'] as const;
/** What they need beyond the image. */
const needed = ['tinyproxy-bin', 'libident'];
/** Of the image's own services, installed once more while they run: what an upgrade does to them. */
const again = { memcached: 'memcached', at: 'atd' } as const;
const HOME = '/root/debs';
const DPKG_MS = 240_000;

export const packages: Scenario = {
  name: 'packages',
  story:
    'Three services are installed, restarted, removed and purged by apt in the running machine, two running ones are upgraded: no script of a package fails, lifeboot knows of each, the monitor restarts none.',
  isLong: true,
  async run({ copy, start, say }) {
    await using disk = await copy();
    await putDebs(disk, await serviceDebs([...fresh, ...needed, ...Object.keys(again)]));
    await using machine = await start(disk);
    await expectVerdict(machine, 'good');

    say('apt-get install of three services');
    const newDebs = [...fresh, ...needed].map((name) => `${HOME}/${name}_*.deb`).join(' ');
    const installing = await dpkg(machine, `apt-get install -y ${newDebs}`);
    for (const name of fresh) await expectTold(machine, installing, [name, 'started'], /^by invoke-rc\.d \(pid \d+\)$/);
    const installed = await bootState(machine);
    assert.deepEqual(installed.byHand?.map(({ name, status }) => `${name} ${status}`).sort(), [
      'ngircd started',
      'rinetd started',
      'tinyproxy started',
    ]);
    for (const name of fresh)
      assert.match(await operate(machine, 'status', name), /^processes .*\(pid \d+/m, `${name} has its daemon in its cgroup`);

    say('service and lifeboot restart them');
    const restarting = machine.console.events.length;
    await machine.sh('/usr/sbin/service rinetd restart', { deadlineMs: LOGIN_MS, door: 'server' });
    await expectTold(machine, restarting, ['rinetd', 'restarted'], /^by \S+ \(pid \d+\)$/);
    assert.match(await operate(machine, 'restart', 'ngircd', 'rinetd'), /^ngircd: restarted$/m);

    say('apt-get purge');
    const purging = await dpkg(machine, `apt-get purge -y --autoremove ${fresh.join(' ')}`);
    for (const name of fresh) await expectTold(machine, purging, [name, 'stopped'], /^by invoke-rc\.d/);
    for (const name of fresh) {
      const status = await machine.ssh(['lifeboot', 'status', name], { deadlineMs: LOGIN_MS });
      assert.equal(status.code, 3, `LSB: not running\n${status.stdout}${status.stderr}`);
      assert.match(status.stdout, /is gone$/m);
      assert.match(status.stdout, /^processes none$/m);
    }
    const refused = await machine.ssh(['lifeboot', 'start', 'rinetd'], { deadlineMs: LOGIN_MS });
    assert.deepEqual([refused.code, /no such script/.test(refused.stderr)], [5, true], refused.stderr);

    say('dpkg -i of services that run');
    for (const [name, script] of Object.entries(again)) {
      const upgrading = await dpkg(machine, `dpkg -i ${HOME}/${name}_*.deb`);
      await expectTold(machine, upgrading, [script, 'restarted'], /^by invoke-rc\.d/);
      await expectWell(machine, script);
    }
    const restarts = machine.console.eventsLike({ subject: 'health', what: 'restarting' });
    assert.deepEqual(restarts, [], 'the monitor restarted nothing');
    await expectStatus(machine, 0);
  },
};

async function putDebs(disk: Disk, debs: readonly string[]): Promise<void> {
  await debugfs(disk, [`mkdir ${HOME}`, `cd ${HOME}`, ...debs.map((path) => `write ${path} ${basename(path)}`)]);
}

/** As an administrator does it, over the server's own sshd. A script of a package that fails ends apt with 100, dpkg with 1. Gives the number of events before it. */
async function dpkg(machine: Machine, command: string): Promise<number> {
  const since = machine.console.events.length;
  const result = await machine.ssh(['sh', '-c', `PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive ${command} 2>&1`], {
    deadlineMs: DPKG_MS,
    door: 'server',
  });
  assert.equal(result.code, 0, `${command}: exit ${result.code}\n${result.stdout}${result.stderr}`);
  assert.doesNotMatch(result.stdout, /initscript .* failed|could not determine current runlevel|denied execution/, command);
  return since;
}

async function expectTold(machine: Machine, since: number, [name, what]: readonly [string, string], detail: RegExp): Promise<void> {
  const event = await machine.console.waitEvent({ subject: 'script', name, what }, { deadlineMs: LOGIN_MS, since });
  assert.match(event.detail, detail);
}

/** Wanted, healthy, and never restarted by the monitor, once that has looked again. */
async function expectWell(machine: Machine, script: string): Promise<void> {
  for (const untilMs = machine.elapsedMs() + LOGIN_MS; ; ) {
    const state = await bootState(machine);
    const daemon = findDaemon(state.monitor, script);
    const row = findRow(state, script);
    if (daemon?.wanted && daemon.health === 'healthy' && row?.status === 'started') {
      assert.equal(daemon.restarts, 0, `${script} was restarted by the monitor`);
      return;
    }
    assert.ok(machine.elapsedMs() < untilMs, `${script} is not well: ${JSON.stringify({ daemon, row })}`);
  }
}
