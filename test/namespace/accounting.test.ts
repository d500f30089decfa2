/** utmp and wtmp of a whole machine, read by Debian's own `who`, `runlevel`, `last`. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startMachine } from './machine.ts';
import { placeSysvinitTools } from './sysvinit-tools.ts';

const options = {
  // As bootmisc.sh does it.
  scripts: { bootmisc: '>/run/utmp; chmod 664 /run/utmp', one: 'echo one up' },
  links: ['rcS.d/S01bootmisc', 'rc2.d/S01one', 'rc6.d/K01one'],
  files: { '/etc/inittab': 'id:2:initdefault:\n1:2345:respawn:/bin/sleep 98765431\n2:23:respawn:+/bin/sleep 98765432\n' },
  prepare: placeSysvinitTools,
};

test("accountBoot() and its like are what Debian's who, runlevel and last understand", async () => {
  await using machine = await startMachine(options);
  await machine.expect(/verdict boot: good/);
  machine.inside('until /usr/bin/who -p | grep -q id=1; do sleep 0.1; done');
  expect(machine.inside('/sbin/runlevel')).toBe('N 2\n');
  expect(machine.inside('/usr/bin/who -r')).toMatch(/run-level 2 /);
  expect(machine.inside('/usr/bin/who -b')).toMatch(/system boot/);
  const since = /\d{4}-\d\d-\d\dT[\d:]{8}/.exec(machine.inside('/usr/bin/last --time-format iso reboot'))?.[0] ?? '';
  const booted = machine.inside('/usr/bin/uptime -s').trim().replace(' ', 'T');
  expect(Math.abs(Date.parse(since) - Date.parse(booted))).toBeLessThanOrEqual(1000);
  expect(machine.inside('LC_ALL=C /usr/bin/last reboot')).toMatch(/^reboot +system boot +\S+ .* still running\n\nwtmp begins/);
  // The second one has asked for no record.
  expect(machine.inside('/usr/bin/who -p').match(/id=\S+/g)).toEqual(['id=1']);
  expect(machine.inside('stat -c "%a %g" /run/utmp')).toBe('664 0\n');

  const before = machine.inside('/usr/bin/who -p');
  machine.inside('kill $(pidof sleep | tr " " "\\n" | while read -r p; do grep -qz 98765431 /proc/$p/cmdline && echo $p; done)');
  machine.inside(`until [ "$(/usr/bin/who -p)" != "${before.trimEnd()}" ]; do sleep 0.1; done`);
  expect(machine.inside('/usr/bin/who -d -p').match(/id=\S+/g)).toEqual(['id=1']);

  machine.end('lifeboot reboot');
  await machine.ended;
  const wtmp = join(machine.directory, 'wtmp');
  writeFileSync(wtmp, execFileSync('debugfs', ['-R', 'cat /var/log/wtmp', machine.image], { stdio: ['ignore', 'pipe', 'ignore'] }));
  const last = execFileSync('last', ['-x', '-f', wtmp], { encoding: 'utf8', env: { LC_ALL: 'C' } });
  expect(last.split('\n').flatMap((line) => line.match(/^\S+ +(system \w+|\(to lvl .\))/)?.slice(0, 1) ?? [])).toEqual([
    expect.stringMatching(/^shutdown +system down/),
    expect.stringMatching(/^runlevel +\(to lvl 6\)/),
    expect.stringMatching(/^runlevel +\(to lvl 2\)/),
    expect.stringMatching(/^reboot +system boot/),
  ]);
  expect(last).not.toMatch(/crash|still running/);
});

test('accountBoot() is written once by an agent that is killed again and again, and once more for a soft reboot', async () => {
  await using machine = await startMachine(options);
  for (const count of [1, 2, 3, 4, 5, 6]) {
    await machine.expect(new RegExp(`(boot agent: (started|resumed)[\\s\\S]*?){${count}}`));
    await new Promise((resolve) => setTimeout(resolve, 60 * count));
    machine.killAgent('boot');
  }
  await machine.expect(/verdict boot: good/);
  const boots = () => machine.inside('/usr/bin/last reboot | grep -c "^reboot"; /usr/bin/who -b | wc -l');
  expect(boots()).toBe('1\n1\n');
  machine.inside('until lifeboot soft-reboot; do sleep 0.2; done 2>/dev/null');
  await machine.expect(/verdict boot: good[\s\S]*verdict boot: good/, 40_000);
  expect(boots()).toBe('2\n1\n');
});
