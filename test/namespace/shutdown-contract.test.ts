import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { type MachineOptions, startMachine } from './machine.ts';

const SYSTEMD = '/lib/systemd/systemd';

/** What systemd-shutdown does once it has ended everything: see switch_root() of systemd 252. */
const TEXT = `#!/bin/sh
echo "systemd runs as $$" >/dev/console
until [ -e /run/end ]; do sleep 0.2; done
read -r verb </run/end
mount -o remount,ro /
umount -l /run/lifeboot
echo "all is unmounted" >/dev/console
until [ -e /run/go-on ]; do sleep 0.2; done
[ -x /run/initramfs/shutdown ] || { echo "no way back" >/dev/console; exec sleep 1000; }
mount --bind /run/initramfs /run/initramfs
mount --make-rprivate /
cd /run/initramfs
mkdir -p oldroot
for m in sys dev run proc; do mount --bind /$m $m; done
pivot_root . oldroot
cd /
exec /bin/busybox chroot . /shutdown "$verb" </dev/console >/dev/console 2>&1
`;

const machine = (more: MachineOptions = {}) =>
  startMachine({
    files: { [SYSTEMD]: TEXT, ...more.files },
    cmdline: `lifeboot.init=${SYSTEMD}`,
    prepare(root) {
      mkdirSync(join(root, dirname(SYSTEMD)), { recursive: true });
      chmodSync(join(root, SYSTEMD), 0o755);
      for (const file of Object.keys(more.files ?? {})) chmodSync(join(root, file), 0o755);
    },
  });

const fsckOf = (image: string) => spawnSync('e2fsck', ['-fn', image], { encoding: 'utf8' });

test('shutdown unmounts the root from the toolbox while a session in it goes on, and ends the machine', async () => {
  await using one = await machine();
  await one.expect(/systemd runs as 1/);
  const session = one.openSession();
  session.write('cd /; echo in $((40 + 2))\n');
  await session.expect(/in 42/);
  // Killed with all else that is not marked, but for what rescue starts afterwards.
  session.write('while :; do echo root $(stat -c %T -f / 2>/dev/null) $(ls -d /oldroot /sysroot/bin 2>/dev/null) .; sleep 0.1; done\n');
  await session.expect(/root ext2\/ext3 \./);
  one.end('echo poweroff >/run/end');
  await one.expect(/all is unmounted/);
  const late = one.ssh('lifeboot status; touch /run/go-on');
  expect(late.stdout, late.stderr).toMatch(/^lifeboot: handed over to/);
  await one.expect(/lifeboot shutdown: poweroff: the toolbox is the root again/);
  await one.expect(/phase leave-root: done/, 60_000);
  expect(await one.ended).toBe('signal 2');
  await session.expect(/root tmpfs \/oldroot \./);
  const { status, stdout } = fsckOf(one.image);
  expect(status, stdout).toBe(0);
});

test('shutdown makes the root read-only for what only systemd can do, and reboots where systemd cannot either', async () => {
  const systemctl = '/bin/systemctl';
  await using one = await machine({
    files: { [systemctl]: '#!/bin/sh\necho "systemctl $*: $(grep -c " / ext4 ro" /proc/self/mounts)" >/dev/console\n' },
  });
  await one.expect(/systemd runs as 1/);
  one.end('touch /run/go-on; echo kexec >/run/end');
  await one.expect(/systemctl --force --force kexec: 1/);
  await one.expect(/phase leave-root: done/, 60_000);
  expect(await one.ended).toBe('signal 1');
});

test('shutdown is not there for an init that is not systemd', async () => {
  const init = '/sbin/other';
  await using one = await startMachine({
    files: { [init]: '#!/bin/sh\necho "other runs as $$" >/dev/console\nexec sleep 1000\n' },
    cmdline: `lifeboot.init=${init}`,
    prepare: (root) => chmodSync(join(root, init), 0o755),
  });
  await one.expect(/other runs as 1/);
  expect(one.inside('ls /run/initramfs')).toBe('fsck-root\nfsck.log\n');
  // What umountfs of Debian's initscripts does with every tmpfs.
  const umount = spawnSync('nsenter', [...one.enter, '/bin/umount', '/run/lifeboot'], { encoding: 'utf8' });
  expect(umount.stderr, 'rescue keeps the toolbox busy').toContain('busy');
});
