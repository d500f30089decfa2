import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const checkout = new URL('../..', import.meta.url).pathname;
const lab = mkdtempSync(join(tmpdir(), 'lifeboot-reproducible-'));
afterAll(() => rmSync(lab, { recursive: true, force: true }));

/** Every name, type, mode, time, link target and content, as one hash: what an archive of the tree would hold. */
function fingerprint(name: string, umask: string): string {
  const out = join(lab, name);
  const build = `umask ${umask}; exec "$0" src/toolbox/main.ts --out "$1"`;
  execFileSync('sh', ['-c', build, process.execPath, out], {
    cwd: checkout,
    env: { ...process.env, SOURCE_DATE_EPOCH: '1790000000' },
    stdio: 'pipe',
  });
  const archive =
    'tar --create --sort=name --numeric-owner --owner=0 --group=0 toolbox | sha256sum; sha256sum sbom.cdx.json manifest.xxh64';
  return execFileSync('sh', ['-c', archive], { cwd: out, encoding: 'utf8' });
}

test('two builds of the same source give the same bytes, whatever the umask and the place', { timeout: 120_000 }, () => {
  const first = fingerprint('one', '022');
  expect(fingerprint('a-longer-name', '077')).toBe(first);
});
