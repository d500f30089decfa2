import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { listenTo, type Machine, startMachine } from './machine.ts';

const pty = createRequire(import.meta.url)('node-pty') as typeof import('node-pty');
const busybox = '/run/lifeboot/bin/busybox';
const hash = (password: string): string => execFileSync('openssl', ['passwd', '-6', password], { encoding: 'utf8' });

/** A terminal in the machine with console-shell on it, in a session of its own as its keeper starts it: `/dev/tty` is that terminal. */
function sitDown(machine: Machine, mode: string) {
  const argv = [...machine.enter, busybox, 'setsid', '-c', busybox, 'sh', '/run/lifeboot/lib/lifeboot/console-shell', 'tty', mode];
  const terminal = pty.spawn('nsenter', argv, { cwd: '/', env: { TERM: 'vt220' } });
  const { expect: says, text } = listenTo(terminal, 'terminal');
  return { says, text, type: (keys: string) => terminal.write(keys) };
}

test('console-shell lets nobody in without the password, counts, and gives a whole shell to whoever has it', async () => {
  await using machine = await startMachine({ cmdline: 'lifeboot.hold=release-root' });
  await machine.expect(/hold release-root: held/);
  machine.inside(`printf %s '${hash('right horse')}' >/run/lifeboot/etc/lifeboot/console.shadow`);
  const seat = sitDown(machine, 'password');
  await seat.says(/press Enter for a rescue shell/);
  for (const [at, password] of ['wrong', '', 'right hors'].entries()) {
    seat.type('\r');
    await seat.says(new RegExp(`(Password for[\\s\\S]*){${at + 1}}`));
    seat.type(`${password}\r`);
    await machine.expect(new RegExp(`session console: refused \\(tty, wrong password, ${at + 1} in a row\\)`));
  }
  expect(seat.text()).not.toMatch(/\[rescue: |right hors/);
  seat.type('\r');
  await seat.says(/(Password for[\s\S]*){4}/);
  seat.type('right horse\r');
  await seat.says(/HELD at release-root for[\s\S]*\[rescue: HELD at release-root\] \/ # /);
  await machine.expect(/session console: opened \(tty\)/);
  expect(machine.inside('ls -ld /run/lifeboot/console; ls -R /run/lifeboot/console')).toMatch(/^drwx------[\s\S]*tty\.busy\s*$/);

  // Job control: ctrl-C ends the program and not the shell.
  seat.type('echo $((6 * 7))-up; sleep 1000\r');
  await seat.says(/42-up/);
  machine.inside("until ps -o args | grep -q '^sleep 1000'; do sleep 0.1; done");
  seat.type('\x03');
  await seat.says(/\^C[\s\S]*\[rescue: /);
  seat.type('type -p lifeboot; tty; echo term-$TERM\r');
  await seat.says(/\/run\/lifeboot\/bin\/lifeboot[\s\S]*term-vt220/);
  expect(seat.text()).not.toContain('no job control');
  seat.type('lifeboot retry\r');
  await machine.expect(/verdict boot: good/);
  seat.type('\r');
  await seat.says(/\[rescue: up\]/);
  seat.type('exit\r');
  await machine.expect(/session console: closed \(tty\)/);
  await seat.says(/exit\s+lifeboot: press Enter for a rescue shell/);

  const events = machine.inside('grep \'"name":"console"\' /run/lifeboot/events.ndjson').trim().split('\n');
  expect(events.map((line) => JSON.parse(line).what)).toEqual(['refused', 'refused', 'refused', 'opened', 'closed']);
  expect(machine.inside('cat /run/lifeboot/events.ndjson /run/lifeboot/log.ndjson')).not.toContain('right hors');
});

test('console-shell refuses everything while there is no hash that a password could be compared with', async () => {
  await using machine = await startMachine({ cmdline: 'lifeboot.hold=release-root' });
  await machine.expect(/hold release-root: held/);
  const seat = sitDown(machine, 'password');
  for (const [at, [what, spoil]] of [
    ['no hash at all', 'rm -f'],
    ['an empty hash', 'true >'],
    ['a locked account', "echo '!*' >"],
    ['a hash that busybox cannot compare', "echo '$y$j9T$abc$def' >"],
  ].entries()) {
    machine.inside(`${spoil} /run/lifeboot/etc/lifeboot/console.shadow`);
    await seat.says(new RegExp(`(press Enter[\\s\\S]*){${at + 1}}`));
    seat.type('\r\r');
    await machine.expect(new RegExp(`session console: refused \\(tty, wrong password, ${at + 1} in a row\\)`));
    expect(seat.text(), what).not.toContain('[rescue: ');
  }
});

test('lifeboot boot offers no shell on a console unless it is told to', async () => {
  await using machine = await startMachine({});
  await machine.expect(/verdict boot: good/);
  expect(machine.console()).not.toMatch(/rescue console: offered|press Enter/);
  expect(machine.inside('ps -o args')).not.toContain('console-shell');
});
