import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { startMachine } from './machine.ts';

const scripts = { one: 'echo one up' };
const links = ['rcS.d/S01one'];
/** A directory whose mode says it is a file: preen refuses. */
const spoil = (image: string) =>
  void execFileSync('debugfs', ['-w', '-f', '-', image], {
    input: 'sif /etc/rc2.d mode 0100644\nssv state 2\n',
    stdio: ['pipe', 'ignore', 'ignore'],
  });

test('lifeboot boot repairs with an undo file under fsck.repair=yes, and keeps the way back until the boot is good', async () => {
  await using machine = await startMachine({ scripts, links, damage: spoil, cmdline: 'fsck.repair=yes lifeboot.hold=mount-root' });
  await machine.expect(/phase check-root: done \(\d+ findings?: .*repaired in \d round.*undo in/);
  await machine.expect(/hold mount-root: held/);
  const device = machine.inside('sed -n s/root_source=//p /run/lifeboot/stage1').trim();
  expect(machine.ssh(`e2fsck -fn ${device} >/dev/null`).code).toBe(0);
  expect(machine.ssh(`lifeboot fsck undo ${device}`)).toMatchObject({ code: 0, stdout: expect.stringContaining('taken back') });
  expect(machine.ssh(`e2fsck -fn ${device} >/dev/null`).code & 4).toBe(4);
  expect(machine.ssh(`lifeboot fsck repair ${device}`).code).toBe(1);
  expect(machine.inside('ls /run/lifeboot/undo')).toContain('dev-loop');
  expect(machine.ssh('lifeboot retry').code).toBe(0);
  await machine.expect(/verdict boot: good/);
  await machine.expect(/phase verdict: done/);
  expect(machine.inside('ls /run/lifeboot/undo').trim()).toBe('');
});

test('lifeboot boot checks in full where /forcefsck lies on the root, once', async () => {
  await using machine = await startMachine({ scripts, links, files: { '/forcefsck': '' } });
  await machine.expect(/verdict boot: good/);
  expect(machine.inside('grep "^# e2fsck" /run/lifeboot/fsck.log')).toMatch(/e2fsck -p -f /);
  expect(machine.inside('ls /')).not.toContain('forcefsck');
  expect(machine.ssh('lifeboot soft-reboot').code).toBe(0);
  await machine.expect(/soft-reboot: done[\s\S]*verdict boot: good/);
  expect(machine.inside('grep "^# e2fsck" /run/lifeboot/fsck.log').split('\n')[1]).toMatch(/e2fsck -p -C /);
});
