/** Every action of every shipped initscript, run for real, under each shell that must do. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Chroot, startChroot } from './initscripts-chroot.ts';

const repository = join(import.meta.dirname, '../..');
const names = readdirSync(join(repository, 'initscripts/init.d')).sort();

/** Work that is not undone: after `stop` its status is still 0. */
const staysDone = ['hostname', 'bootclean', 'localfs', 'netfs'];
/** With these, `status` is 0 on a fresh machine too: there is nothing to mount. */
const needsNothing = ['localfs', 'netfs'];
const reloads = ['coldplug', 'sshd', 'sysctl', 'syslog'];

describe.each(['busybox', 'dash'] as const)('initscripts under %s', (shell) => {
  test.each(names)('%s answers each action with the exit code of the LSB', async (name) => {
    await using machine = await startChroot(shell);
    machine.file('/etc/hostname', '# the name\n\nmachine-1\n');
    const stopped = (after: 'boot' | 'stop') => ((after === 'boot' ? needsNothing : staysDone).includes(name) ? 0 : 3);
    const steps: readonly (readonly [action: string, code: number])[] = [
      ['status', stopped('boot')],
      ['try-restart', 0],
      ['stop', 0],
      ['start', 0],
      ['status', 0],
      ['start', 0],
      ['status', 0],
      ['restart', 0],
      ['status', 0],
      ['try-restart', 0],
      ['force-reload', 0],
      ['reload', reloads.includes(name) ? 0 : 3],
      ['status', 0],
      ['stop', 0],
      ['status', stopped('stop')],
      ['stop', 0],
      ['frobnicate', 2],
    ];
    const seen = steps.map(([action]) => ({ action, ...machine.act(name, action) }));
    expect(
      seen.map(({ action, code, stderr }) => `${action} ${code} ${code === 0 || code === 3 ? '' : stderr.slice(0, 6)}`.trim()),
    ).toEqual(steps.map(([action, code]) => `${action} ${code} ${code === 2 ? 'Usage:' : ''}`.trim()));
    expect(machine.act(name).code).toBe(2);
    expect(machine.act(name, 'start', 'stop').code).toBe(2);
    expect(machine.shAs(1000, `/etc/init.d/${name} start`).code).toBe(4);
    expect(machine.shAs(1000, `/etc/init.d/${name} status`).code).toBe(stopped('stop'));
    expect(leftovers(machine)).toEqual([]);
  });
});

test('shellcheck finds nothing in the scripts', () => {
  const files = ['init.d', 'lib'].flatMap((folder) =>
    readdirSync(join(repository, 'initscripts', folder)).map((name) => `initscripts/${folder}/${name}`),
  );
  const { stdout, stderr, status } = spawnSync('shellcheck', ['-x', '-s', 'sh', ...files], { cwd: repository, encoding: 'utf8' });
  expect(`${stdout}${stderr}`).toBe('');
  expect(status).toBe(0);
});

/** Processes that are still there besides the one that holds the namespaces. */
function leftovers(machine: Chroot): readonly string[] {
  const { stdout } = machine.sh('cat /proc/[0-9]*/comm 2>/dev/null');
  return stdout.split('\n').filter((comm) => !['', 'busybox', 'sh', 'sleep', 'cat'].includes(comm));
}
