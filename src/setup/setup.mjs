// `npm start`, `npm test`, `npm run …` all come here: makes the checkout usable, then runs the thing with the pinned Node.
// Runs on the Node that is there (20 or newer), before anything is installed: node's own modules only.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { compileAddon } from './addon.mjs';
import { installDebianPackages } from './debian-packages.mjs';
import { installNpmPackages } from './npm-packages.mjs';
import { checkout, runPinned, runSteps, SetupError } from './steps.mjs';

const build = ['building the toolbox', (args = []) => runPinned('src/toolbox/main.ts', args)];
const vitest = (args) => runPinned('node_modules/vitest/vitest.mjs', ['run', ...args]);

/** What each word does after the set-up: titles and actions in order, each gets the words the person added. */
const words = {
  build: [[build[0], (args) => build[1](['--archive', ...args])]],
  start: [build, ['booting the machine', (args) => runPinned('vm/main.ts', ['boot', ...args])]],
  vm: [build, ['the machine', (args) => runPinned('vm/main.ts', args)]],
  bench: [build, ['measuring', (args) => runPinned('vm/bench.ts', args)]],
  soak: [build, ['cutting the power', (args) => runPinned('vm/soak.ts', args)]],
  test: [build, ['running the tests', runTests]],
  check: [
    ['types', () => runPinned('node_modules/typescript/bin/tsc', [])],
    ['format and lint', () => runPinned('node_modules/@biomejs/biome/bin/biome', ['ci', '--error-on-warnings'])],
    ['unit tests', (args) => vitest(['--project', 'unit', ...args])],
    ['unused code', () => runPinned('node_modules/knip/bin/knip.js', [])],
  ],
};

/** All rings, or those the person names. Namespaces and mounts are root's: without it that ring is left out, and said so. */
function runTests(args) {
  const chosen = args.some((word) => word.startsWith('--project'));
  const projects = (names) => names.flatMap((name) => ['--project', name]);
  if (chosen) return vitest(args);
  if (process.getuid() === 0) return vitest([...projects(['unit', 'namespace', 'vm']), ...args]);
  console.error(
    'npm test: not root, so the namespace ring is left out (it mounts, pivots and makes networks); "sudo npm test" runs it too',
  );
  return vitest([...projects(['unit', 'vm']), ...args]);
}

/** The person's words go to the last action; the ones before it only prepare. */
async function main([word = '', ...args]) {
  const actions = Object.hasOwn(words, word) ? words[word] : undefined;
  if (actions === undefined) throw new SetupError(`unknown word ${JSON.stringify(word)}; known: ${Object.keys(words).join(', ')}`);
  const last = actions.length - 1;
  await runSteps([
    ['npm packages', installNpmPackages],
    ['Debian packages', installDebianPackages],
    ['node-pty addon', compileAddon],
    ...actions.map(([title, action], index) => [title, () => action(index === last ? args : [])]),
  ]);
}

try {
  // A run that was killed leaves a half-built toolbox under another name.
  rmSync(join(checkout, 'dist.new'), { recursive: true, force: true });
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  if (error.message !== '') console.error(`lifeboot: ${error.message}`);
  process.exitCode = error.exitCode;
}
