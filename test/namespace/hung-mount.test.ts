import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { startDeadServer } from './dead-server.ts';
import { startMachine } from './machine.ts';

const END_MS = 90_000;
const fsckOf = (image: string) => spawnSync('e2fsck', ['-fn', image], { encoding: 'utf8' });

/** Who hangs in it: one writes, one stands there, one asks what is there. */
const VISITORS = `sh -c '(echo data >/mnt/file) & (cd /mnt && exec sleep 1000) & (exec ls /mnt) & (exec stat -f /mnt) & sleep 1' >/dev/null 2>&1`;

test.each(['fuse', 'fuse.sshfs'])(
  'the way down ends in time and leaves the root clean, with a %s whose server is dead',
  async (fsType) => {
    await using machine = await startMachine({ scripts: { one: 'mkdir -p /mnt' }, links: ['rcS.d/S01one', 'rc0.d/K01one'] });
    await machine.expect(/verdict boot: good/);
    await using _server = await startDeadServer(machine.enter, fsType, '/mnt');
    machine.inside(VISITORS);
    const startedMs = performance.now();
    machine.end('lifeboot poweroff');
    await machine.expect(/phase leave-root: (done|failed)/, END_MS);
    expect(await machine.ended).toBe('signal 2');
    expect(performance.now() - startedMs).toBeLessThan(END_MS);
    expect(machine.console()).toMatch(/phase leave-root: done/);
    const { status, stdout } = fsckOf(machine.image);
    expect(status, stdout).toBe(0);
  },
  2 * END_MS,
);

/** Stands for the toolbox's busybox, whose sync(2) waits for a server that is dead. */
const DEAD_SYNC = `#!/run/lifeboot/bin/busybox.real sh
name=\${0##*/}
[ $name = busybox ] || set -- $name "$@"
[ "$1" = sync ] && exec /run/lifeboot/bin/busybox.real sleep 1000
exec /run/lifeboot/bin/busybox.real "$@"
`;

test(
  'the way down ends where a dead server is still owed something',
  async () => {
    await using machine = await startMachine();
    await machine.expect(/verdict boot: good/);
    machine.inside("sed -i 's/^bounded 60 /bounded 5 /w /dev/stderr' /run/lifeboot/lib/lifeboot/before-end 2>&1 | grep sync");
    machine.inside(`cd /run/lifeboot/bin; cp busybox busybox.real; cat >double <<'E'\n${DEAD_SYNC}E\nchmod 755 double; mv double busybox`);
    machine.end('/run/lifeboot/bin/lifeboot poweroff');
    await machine.expect(/no end of: .*sync\n.*stays unwritten: poweroff/, END_MS);
    expect(await machine.ended).toBe('signal 2');
    expect(fsckOf(machine.image).status).toBe(0);
  },
  2 * END_MS,
);
