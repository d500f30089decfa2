/** Bundles the agent: src/main.ts and every npm package it uses become a few ESM files that need no node_modules. */
import { readFile } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { type Plugin, rolldown } from 'rolldown';

/** Where the bundle lives at run time; node-pty's addon lies beside it. */
const HOME = '/run/lifeboot/lib/lifeboot';
const PTY_ADDON = `${HOME}/pty.node`;

export interface Bundle {
  /** Files written, relative to the output directory. */
  readonly files: readonly string[];
  /** npm packages whose code went in, sorted: what the SBOM lists. */
  readonly packages: readonly string[];
  readonly bytes: number;
}

/**
 * Writes `main.mjs` and its chunks into `outDir`. Code splitting follows the dynamic imports of the entry, so `lifeboot rescue`
 * does not load what only `lifeboot boot` needs. Throws on any unresolved import: a toolbox must not find out at boot.
 */
export async function bundleAgent(options: { readonly root: string; readonly entry: string; readonly outDir: string }): Promise<Bundle> {
  const build = await rolldown({
    input: { main: resolve(options.root, options.entry) },
    cwd: options.root,
    platform: 'node',
    treeshake: true,
    plugins: [nativeAddons],
    external: [PTY_ADDON],
    transform: { define: { __dirname: JSON.stringify(HOME) }, target: 'node26' },
    onLog: (level, log) => {
      if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
      if (level === 'warn' && log.code !== 'EVAL') console.error(`rolldown: ${log.message}`);
    },
  });
  try {
    const { output } = await build.write({
      dir: options.outDir,
      format: 'esm',
      entryFileNames: '[name].mjs',
      chunkFileNames: '[name].mjs',
      // Names and line breaks stay: Node prints the source line of an uncaught error, and one line of 300 kB on a serial console
      // would cost the boot half a minute.
      minify: { compress: true, mangle: false, codegen: { removeWhitespace: false } },
      comments: false,
    });
    const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
    return {
      files: output.map((file) => file.fileName).sort(),
      packages: bundledPackages(modules, options.root),
      bytes: output.reduce((sum, file) => sum + (file.type === 'chunk' ? Buffer.byteLength(file.code) : file.source.length), 0),
    };
  } finally {
    await build.close();
  }
}

/** Directories of the npm packages among module ids, `node_modules/ssh2`, nested ones as they lie. */
export function bundledPackages(moduleIds: readonly string[], root: string): readonly string[] {
  const found = new Set<string>();
  for (const id of moduleIds) {
    const path = isAbsolute(id) ? relative(root, id) : id;
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path);
    if (match?.[1] !== undefined) found.add(match[1]);
  }
  return [...found].sort();
}

/**
 * Compiled addons: node-pty's is loaded from its one place in the toolbox; the optional ones of ssh2 are declared absent, which
 * ssh2 catches (it then takes node:crypto), without a search through the file system at every start. ssh2's agents for HTTP
 * clients are left out: a server has no use for them, and node:http costs as much at start as the rest of Node.
 */
const nativeAddons: Plugin = {
  name: 'lifeboot-native-addons',
  resolveId(source) {
    if (source === 'cpu-features' || source.endsWith('/sshcrypto.node')) return { id: '\0absent-addon', external: false };
    return undefined;
  },
  async load(id) {
    if (id.endsWith('/ssh2/lib/http-agents.js')) return 'module.exports = {};';
    if (id === '\0absent-addon') return 'module.exports = undefined; throw new Error("not in the toolbox");';
    if (!id.endsWith('/node-pty/lib/utils.js')) return undefined;
    const source = await readFile(id, 'utf8');
    if (!source.includes('exports.loadNativeModule = loadNativeModule')) throw new Error(`${id}: not the node-pty this bundler knows`);
    return [
      'exports.assign = (target, ...sources) => Object.assign(target, ...sources);',
      `exports.loadNativeModule = () => ({ dir: '${HOME}/', module: require('${PTY_ADDON}') });`,
    ].join('\n');
  },
};
