/** The built toolbox at the place it is made for, in a chroot that holds nothing else. */
import { execFileSync, type StdioOptions } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const dist = new URL('../../dist', import.meta.url).pathname;

const enter = `
mount --bind "$1" "$2" && mount -t tmpfs none "$2/run" && mount -t tmpfs none "$2/tmp" && mkdir "$2/run/lifeboot" &&
mount --bind "$1" "$2/run/lifeboot" && mount -t proc proc "$2/proc" && mount --rbind /dev "$2/dev" &&
exec chroot "$2" /run/lifeboot/bin/sh -c "$3"`;

/** Runs a shell text inside and returns its standard output. Throws with its standard error. Mounts end with its namespace. */
export function inToolbox(text: string, toolbox = join(dist, 'toolbox')): string {
  const place = mkdtempSync(join(tmpdir(), 'lifeboot-chroot-'));
  try {
    const argv = ['--mount', '--pid', '--net', '--fork', '--kill-child', 'sh', '-c', enter, 'sh', toolbox, place, text];
    const env = { PATH: '/run/lifeboot/bin:/sbin:/usr/sbin:/bin:/usr/bin' };
    const stdio: StdioOptions = ['ignore', 'pipe', 'pipe'];
    // unshare itself ignores TERM while it waits for its child.
    return execFileSync('unshare', argv, { encoding: 'utf8', env, timeout: 30_000, killSignal: 'SIGKILL', stdio });
  } finally {
    rmdirSync(place);
  }
}
