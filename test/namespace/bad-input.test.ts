import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startMachine } from './machine.ts';

const header = (keys: string): string => `#!/bin/sh\n### BEGIN INIT INFO\n# Provides: checked\n${keys}### END INIT INFO\nexit 0\n`;

test('lifeboot boot names every fault in what people wrote, and boots all the same', async () => {
  await using machine = await startMachine({
    cmdline: 'ip=10.0.2.999::10.0.2.2:255.255.255.0::eth0:off lifeboot.prot=2223 lifeboot.timeout=soon',
    scripts: { one: 'echo up', checked: header('# X-Health-Check: tpc:22\n# X-On-Failure: panic\n') },
    links: ['rcS.d/S01one', 'rc2.d/S01checked', 'rc2.d/S01gone', 'rc2.d/S02words', 'rc2.d/S03notes'],
    files: {
      '/etc/lifeboot/lifeboot.toml': '[rescue]\nport = 99999\n[scripts]\nstart_timout_seconds = 5\n',
      '/etc/lifeboot/authorized_keys': 'ssh-ed25519 AAAAnotakey someone\n',
      '/etc/fstab': '/dev/root / ext4 defaults 0 1\nthis line is broken\n',
    },
    prepare(root) {
      writeFileSync(join(root, 'etc/init.d/words'), '#!/bin/sh\nexit 0\n', { mode: 0o644 });
      writeFileSync(join(root, 'etc/init.d/notes'), 'remember the milk\n', { mode: 0o755 });
      symlinkSync('../init.d/nowhere', join(root, 'etc/rc2.d/S04dangling'));
    },
  });
  await machine.expect(/verdict boot: good/);
  const status = machine.inside('lifeboot status; true');
  for (const part of [
    '10.0.2.999',
    'lifeboot.prot',
    'lifeboot.timeout',
    'lifeboot.toml:2',
    'start_timout_seconds',
    'authorized_keys:1',
    'tpc:22',
    'panic',
    'nowhere',
    'not executable',
    'not a script',
    'fstab:2',
  ]) {
    expect(status).toContain(part);
  }
  // The key that was baked in still opens the door.
  expect(machine.ssh('echo in').stdout).toBe('in\n');
});
