#!/usr/bin/env node
// `npx lifeboot COMMAND` from a checkout: the same program as in the toolbox, run by the pinned Node whatever Node started this.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, pinnedNode } from './steps.mjs';

if (!existsSync(pinnedNode)) {
  console.error(
    `lifeboot: the npm packages are not installed in ${checkout}: run "npm ci" there (or "npm run build", which does it first)`,
  );
  process.exit(1);
}
// Ctrl-C goes to the program through the terminal; we only report how it ended.
process.on('SIGINT', () => undefined);
const ran = spawnSync(pinnedNode, [join(checkout, 'src/main.ts'), ...process.argv.slice(2)], { stdio: 'inherit' });
if (ran.error !== undefined) console.error(`lifeboot: ${ran.error.message}`);
process.exitCode = ran.status ?? 1;
