import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { installInitscripts, uninstallInitscripts } from '../../src/toolbox/install-initscripts.ts';
import { startMachine } from './machine.ts';

test('installInitscripts() gives an image without any scripts a boot and a way down', { timeout: 120_000 }, async () => {
  await using machine = await startMachine({
    // Not here: device nodes and the clock are the host's.
    cmdline: 'lifeboot.skip=coldplug,time',
    files: { '/etc/hostname': 'minimal\n' },
    async prepare(root) {
      await installInitscripts(root);
    },
  });
  await machine.expect(/verdict boot: good/, 60_000);
  expect(machine.inside('hostname').trim()).toBe('minimal');
  const failed = [...machine.console().matchAll(/script (\S+): (failed|timed-out)/g)].map((match) => match[1]);
  expect(failed).toEqual([]);
  machine.end('lifeboot poweroff');
  await machine.ended;
  execFileSync('e2fsck', ['-fn', machine.image], { stdio: 'ignore' });
});

test('uninstallInitscripts() removes what installInitscripts() put there', async () => {
  await using _machine = await startMachine({
    cmdline: 'lifeboot.off',
    async prepare(root) {
      const before = execFileSync('find', [root], { encoding: 'utf8' }).split('\n').sort();
      const placed = await installInitscripts(root);
      expect(placed.length).toBeGreaterThan(20);
      await uninstallInitscripts(root);
      const after = execFileSync('find', [root], { encoding: 'utf8' }).split('\n').sort();
      expect(after.filter((path) => !before.includes(path) && !path.includes('usr/lib/lifeboot') && !path.endsWith('.d'))).toEqual([]);
      expect(existsSync(`${root}/etc/init.d/hostname`)).toBe(false);
    },
  });
});
