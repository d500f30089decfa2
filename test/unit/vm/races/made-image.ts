/** Small ext4 images with initscripts in them. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };

/** A program in the tree `root/` that becomes the image. */
export function put(directory: string, path: string, text: string, mode = 0o755): void {
  const file = join(directory, 'root', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, mode);
}

export const scriptText = (name: string, start = ''): string =>
  `#!/bin/sh\n### BEGIN INIT INFO\n# Provides: ${name}\n# Required-Start: ${start}\n# Default-Start: 2\n### END INIT INFO\n`;

/** Of `root/`; the file system begins so many bytes into its file. */
export function makeImage(directory: string, offset: number): string {
  const image = join(directory, 'disk.img');
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-E', `offset=${offset}`, '-d', join(directory, 'root'), image, '4096k'], {
    env,
    stdio: 'pipe',
  });
  return image;
}

/** What debugfs says to a command. */
export const look = (image: string, offset: number, command: string): string =>
  execFileSync('debugfs', ['-R', command, `${image}?offset=${offset}`], { env, stdio: 'pipe' }).toString();
