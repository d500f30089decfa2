// The npm packages of the lock file, installed once for each state of it.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, pinnedNode, run } from './steps.mjs';

const stamp = join(checkout, 'node_modules/.lifeboot-lock-hash');

/** `npm ci`, unless node_modules was made from this very lock file. */
export async function installNpmPackages() {
  const hash = createHash('sha256')
    .update(readFileSync(join(checkout, 'package-lock.json')))
    .digest('hex');
  if (existsSync(pinnedNode) && isInstalled(hash)) return 'reused';
  await run('npm', ['ci', '--no-audit', '--no-fund']);
  writeFileSync(stamp, `${hash}\n`);
  return undefined;
}

/** Our stamp, or npm's own record of the same versions: a person who ran `npm ci` by hand need not wait for a second one. */
function isInstalled(hash) {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8').trim() === hash) return true;
  const record = join(checkout, 'node_modules/.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const locked = JSON.parse(readFileSync(join(checkout, 'package-lock.json'), 'utf8')).packages;
  const same = Object.entries(locked).every(([path, entry]) => {
    const here = installed[path];
    return path === '' || (here === undefined ? entry.optional === true : here.version === entry.version);
  });
  if (same) writeFileSync(stamp, `${hash}\n`);
  return same;
}
