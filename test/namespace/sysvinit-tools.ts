/** Debian's own `telinit`, `shutdown`, `runlevel`, `who`, `last` … for a machine of the tests: what lifeboot does is for them to understand. */
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { debCache, fetchDebs } from '../../src/toolbox/debs.ts';

const programs: Readonly<Record<string, readonly string[]>> = {
  'sysvinit-core': ['sbin/init', 'sbin/telinit', 'sbin/shutdown', 'sbin/runlevel', 'sbin/halt', 'sbin/reboot', 'sbin/poweroff'],
  'sysvinit-utils': ['bin/pidof', 'sbin/killall5'],
  coreutils: ['usr/bin/who'],
  procps: ['usr/bin/uptime', 'usr/bin/w.procps'],
  'util-linux': ['usr/bin/last', 'sbin/sulogin'],
  bsdutils: ['usr/bin/wall'],
};
const libraries = ['libc6', 'libcrypt1', 'libselinux1', 'libpcre2-8-0', 'libproc2-0', 'libsystemd0', 'libtinfo6', 'libncursesw6'];
const more = ['libcap2', 'libgcrypt20', 'libgpg-error0', 'liblz4-1', 'liblzma5', 'libzstd1'];

let fetched: ReturnType<typeof fetchDebs> | undefined;

/** Puts them, and the libraries they need, into the root of a machine, with the accounts and the log that Debian has. */
export async function placeSysvinitTools(root: string): Promise<void> {
  // To ask for them takes as long as a boot.
  fetched ??= fetchDebs([...Object.keys(programs), ...libraries, ...more], debCache());
  for (const { name, tree } of await fetched) {
    const wanted = programs[name] ?? ['lib', 'lib64', 'usr/lib'];
    for (const path of wanted) copyInto(join(tree, path), join(root, path));
  }
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  // Locked, as on every image that is logged in to by key.
  writeFileSync(join(root, 'etc/shadow'), 'root:*:20000:0:99999:7:::\n', { mode: 0o640 });
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\ntty:x:5:\nutmp:x:43:\n');
  symlinkSync('../run', join(root, 'var/run'));
  mkdirSync(join(root, 'var/log'), { recursive: true });
  writeFileSync(join(root, 'var/log/wtmp'), '');
}

function copyInto(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  try {
    cpSync(from, to, { recursive: true, verbatimSymlinks: true, force: true });
  } catch (error) {
    // A package of libraries has one of these directories, not all.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
