/** V8's compiled form of the agent, made once at build time instead of at every boot: a tenth of the time to the open door. */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/** The entry of the agent: the cache has to be switched on before the first byte of the bundle is loaded. */
const startText = `import { enableCompileCache } from 'node:module';
enableCompileCache({ directory: import.meta.dirname + '/cache' });
await import('./main.mjs');
`;

/** Loads every chunk once, the entry with a harmless command; Node writes the cache when it exits. */
const warmUp = `import { enableCompileCache } from 'node:module';
const home = '/run/lifeboot/lib/lifeboot/';
enableCompileCache({ directory: home + 'cache' });
const [main, ...chunks] = process.argv.splice(1, Infinity, 'lifeboot', '--version');
for (const name of [...chunks, main]) await import(home + name);
`;

/** The tree at the place where it will run (a cache is good for one path only), hidden from the rest of the build machine. */
const inPlace = `mount -t tmpfs none /run && mkdir /run/lifeboot && mount --bind "$1" /run/lifeboot && shift && exec "$@"`;

/**
 * Fills `lib/lifeboot/cache` of the tree. Same bundle, same Node, same flags: same bytes, because a fixed random seed fixes V8's
 * hash seed and takes no part in V8's check of the cache. Returns why not, where the build machine forbids namespaces: the toolbox
 * works without.
 */
export async function makeCompileCache(tree: string, nodeFlags: readonly string[]): Promise<string | undefined> {
  const home = join(tree, 'lib/lifeboot');
  const chunks = (await readdir(home)).filter((name) => name.endsWith('.mjs') && name !== 'main.mjs').sort();
  await writeFile(join(home, 'agent.mjs'), startText);
  const identity = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  const node = ['/run/lifeboot/bin/node', '--random-seed=1', ...nodeFlags, '--input-type=module', '--eval', warmUp, 'main.mjs', ...chunks];
  const ran = await execa('unshare', [...identity, '--mount', 'sh', '-c', inPlace, 'sh', tree, ...node], {
    env: { PATH: process.env['PATH'] ?? '' },
    extendEnv: false,
    reject: false,
  });
  return ran.exitCode === 0 ? undefined : ran.stderr.split('\n')[0] || ran.shortMessage;
}
