// The Debian packages that building, booting and testing need: installed by apt as root, named otherwise.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { run, SetupError } from './steps.mjs';

/** Installs what is missing. Without root it prints the one command to run and stops. */
export async function installDebianPackages() {
  const { packages } = JSON.parse(readFileSync(new URL('debian-packages.json', import.meta.url), 'utf8'));
  const names = Object.keys(packages);
  const missing = findMissing(names);
  if (missing.length === 0) return `reused, all ${names.length} installed`;
  const install = ['install', '-y', '--no-install-recommends', ...missing];
  if (process.getuid() !== 0) {
    const reasons = missing.map((name) => `  ${name}: ${packages[name]}`).join('\n');
    throw new SetupError(
      `Debian packages are missing:\n${reasons}\nInstall them with:\n  sudo apt-get update && sudo apt-get ${install.join(' ')}`,
    );
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-q'], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  await run('apt-get', install, { env, stdio: ['ignore', 'inherit', 'inherit'] });
  return `${missing.length} installed`;
}

/** Those of the names that dpkg does not have installed. */
function findMissing(names) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own format
  const asked = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...names], { encoding: 'utf8' });
  if (asked.error !== undefined)
    throw new SetupError('dpkg-query is not there: lifeboot is built on Debian 12 or a system derived from it');
  const installed = new Set(asked.stdout.split('\n').map((line) => line.replace(/ installed$/, '')));
  return names.filter((name) => !installed.has(name));
}
