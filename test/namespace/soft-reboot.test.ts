import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { startMachine } from './machine.ts';

const scripts = { one: 'echo up >>/var/one', two: 'echo up >>/var/two' };
const links = ['rcS.d/S01one', 'rc2.d/S01two', 'rc6.d/K01two', 'rc0.d/K01two'];

/** How often the boot was judged so far. */
const verdicts = (text: string): number => [...text.matchAll(/verdict boot: good/g)].length;

test('lifeboot soft-reboot checks the root and starts everything again, as often as it is asked, in one session', async () => {
  await using machine = await startMachine({ scripts, links });
  await machine.expect(/verdict boot: good/);
  const session = machine.openSession();
  session.write('echo shell-$$-0\n');
  await session.expect(/shell-\d+-0/);
  for (let round = 1; round <= 5; round += 1) {
    session.write(`lifeboot soft-reboot${round === 1 ? ' --fsck' : ''}\n`);
    await machine.expect(new RegExp(`soft-reboot: done \\(round ${round}\\)`));
    await machine.expect(new RegExp(`(?:[\\s\\S]*verdict boot: good){${round + 1}}`));
    session.write(`echo shell-$$-${round}\n`);
    await session.expect(new RegExp(`shell-\\d+-${round}`));
  }
  const text = await session.expect(/shell-\d+-5/);
  expect(new Set([...text.matchAll(/shell-(\d+)-\d/g)].map((match) => match[1])).size).toBe(1);
  expect(verdicts(machine.console())).toBe(6);
  expect(machine.inside('wc -l </var/one; wc -l </var/two').split('\n').map(Number).slice(0, 2)).toEqual([6, 6]);
  expect(machine.inside('grep -c "^# e2fsck" /run/lifeboot/fsck.log').trim()).toBe('6');
  expect(machine.inside('grep "^# e2fsck" /run/lifeboot/fsck.log')).toMatch(/e2fsck -p -f /);
  machine.end('lifeboot poweroff');
  await machine.ended;
  execFileSync('e2fsck', ['-fn', machine.image]);
});

test('lifeboot soft-reboot --holders abandon names who holds the root, and starts everything again', async () => {
  const holder = 'cd /var && setsid sleep 600 >/dev/null 2>&1 </dev/null &';
  await using machine = await startMachine({ scripts: { ...scripts, holder }, links: [...links, 'rc2.d/S01holder'] });
  await machine.expect(/verdict boot: good/);
  expect(machine.ssh('lifeboot soft-reboot --holders abandon').code).toBe(0);
  await machine.expect(/soft-reboot: abandoned \(round 1, abandoned: .*busy: pid \d+ \(sleep\)/);
  await machine.expect(/verdict boot: bad \(.*soft reboot was abandoned/);
  expect(machine.inside('cat /var/two').trim()).toBe('up\nup');
  machine.inside('until [ "$(ps | grep -c "[s]leep 600")" = 2 ]; do sleep 0.1; done');
});

test('lifeboot soft-reboot ends a holder by default', async () => {
  const holder = 'cd /var && setsid sleep 600 >/dev/null 2>&1 </dev/null &';
  await using machine = await startMachine({ scripts: { ...scripts, holder }, links: [...links, 'rc2.d/S01holder'] });
  await machine.expect(/verdict boot: good/);
  expect(machine.ssh('lifeboot soft-reboot').code).toBe(0);
  await machine.expect(/soft-reboot: done \(round 1\)/);
  await machine.expect(/(?:[\s\S]*verdict boot: good){2}/);
});

test('lifeboot soft-reboot is refused to a shell that stands on the root', async () => {
  await using machine = await startMachine({ scripts, links });
  await machine.expect(/verdict boot: good/);
  const session = machine.openSession();
  session.write('cd /var && lifeboot soft-reboot\n');
  await session.expect(/this shell stands in \/var, on the root that is to be unmounted: cd \/ first/);
});

test('lifeboot boot killed in mid soft reboot finishes it', async () => {
  await using machine = await startMachine({
    scripts: {
      ...scripts,
      two: '#!/bin/sh\ncase $1 in stop) echo stopping >/dev/console; until [ -e /run/on ]; do sleep 0.1; done ;; *) echo up >>/var/two ;; esac\n',
    },
    links,
  });
  await machine.expect(/verdict boot: good/);
  expect(machine.ssh('lifeboot soft-reboot').code).toBe(0);
  await machine.expect(/^stopping$/m);
  machine.killAgent('boot');
  machine.inside('touch /run/on');
  await machine.expect(/soft-reboot: done \(round 1\)/);
  await machine.expect(/(?:[\s\S]*verdict boot: good){2}/);
});
