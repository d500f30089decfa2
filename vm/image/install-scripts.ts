/** Puts initscripts of somebody's own into the tree of an image, enabled as their headers say. */
import { existsSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

const ENABLE_TIMEOUT_MS = 60_000;
/** Beside scripts: what people keep with them. */
const noScript = /^\.|^README|\.(?:md|txt|json)$|~$/;

/**
 * `directory` is a tree with `etc/init.d`, or has the scripts themselves, and `root/` with files that they want. Throws a sentence for a
 * person when there is no script, or insserv refuses one.
 */
export async function installScripts(root: string, directory: string): Promise<readonly string[]> {
  const isTree = existsSync(join(directory, 'etc/init.d'));
  const names = (await readdir(join(directory, isTree ? 'etc/init.d' : '.'), { withFileTypes: true }))
    .filter((entry) => entry.isFile() && !noScript.test(entry.name))
    .map(({ name }) => name)
    .toSorted();
  if (names.length === 0) throw new Error(`${directory}: no initscript in it: they are its files, or those of its etc/init.d`);
  const tree = isTree ? directory : join(directory, 'root');
  if (existsSync(tree)) await cp(tree, root, { recursive: true, force: true });
  await mkdir(join(root, 'etc/init.d'), { recursive: true });
  for (const name of names) {
    const target = join(root, 'etc/init.d', name);
    if (!isTree) await copyFile(join(directory, name), target);
    await chmod(target, 0o755);
  }
  for (const name of names) await enable(root, name);
  return names;
}

async function enable(root: string, name: string): Promise<void> {
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
  const done = await execa('chroot', [root, 'update-rc.d', name, 'defaults'], {
    env,
    all: true,
    reject: false,
    timeout: ENABLE_TIMEOUT_MS,
  });
  const links = await Promise.all(['S', '2', '3'].map((level) => readdir(join(root, `etc/rc${level}.d`)).catch(() => [])));
  const isEnabled = links.flat().some((link) => /^S\d\d/.test(link) && link.slice(3) === name);
  if (done.exitCode !== 0 || !isEnabled)
    throw new Error(`${name}: update-rc.d does not enable it (Default-Start of its header): ${done.all}`);
}
