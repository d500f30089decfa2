import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { installToolbox } from '../../src/toolbox/install.ts';
import { uninstallToolbox } from '../../src/toolbox/uninstall.ts';
import { dist } from './toolbox-chroot.ts';

const toolbox = join(dist, 'toolbox');
let lab = '';
let root = '';

beforeEach(() => {
  lab = mkdtempSync(join(tmpdir(), 'lifeboot-install-'));
  root = join(lab, 'image');
  for (const directory of ['etc', 'usr/sbin', 'usr/lib']) mkdirSync(join(root, directory), { recursive: true });
  // As on a merged-usr image, and absolute: a careless installer would write into the build machine.
  symlinkSync('/usr/sbin', join(root, 'sbin'));
});
afterEach(() => rmSync(lab, { recursive: true, force: true }));

const listing = (): string[] => (readdirSync(root, { recursive: true }) as string[]).sort();
const baked = (name: string): string => join(root, 'usr/lib/lifeboot/toolbox/etc/lifeboot', name);

function makeKey(): string {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'operator', '-f', join(lab, 'key')]);
  return join(lab, 'key.pub');
}

test('installToolbox() writes the documented places, and the manifest is true of what is on disk', async () => {
  const { written } = await installToolbox({ root, toolbox, authorizedKeys: makeKey() });
  expect(written).toEqual(['/usr/lib/lifeboot', '/sbin/lifeboot', '/sbin/lifeboot-init']);
  const home = join(root, 'usr/lib/lifeboot');
  execFileSync('xxhsum', ['--check', '--quiet', '--strict', '../manifest.xxh64'], { cwd: join(home, 'toolbox') });
  // What people edit in place is left out: a key added there must not shut the door.
  expect(readFileSync(join(home, 'manifest.xxh64'), 'utf8')).not.toContain('etc/lifeboot/');
  expect(lstatSync(join(root, 'usr/sbin/lifeboot-init')).mode & 0o777).toBe(0o755);
  expect(lstatSync(baked('authorized_keys')).mode & 0o777).toBe(0o600);
  expect(existsSync(join(home, 'sbom.cdx.json'))).toBe(true);
});

test('uninstallToolbox() leaves the image as it was, after an interrupted install too', async () => {
  const before = listing();
  await installToolbox({ root, toolbox });
  mkdirSync(join(root, 'usr/lib/lifeboot.new'));
  mkdirSync(join(root, 'etc/lifeboot'));
  writeFileSync(join(root, 'etc/lifeboot/ssh_host_ed25519_key'), '');
  expect(await uninstallToolbox({ root })).toContain('/etc/lifeboot');
  expect(listing()).toEqual(before);
  expect(await uninstallToolbox({ root })).toEqual([]);
});

test('installToolbox() puts its hook where init-functions looks for it, in an image that has it, and uninstallToolbox() takes it away', async () => {
  const hook = join(root, 'usr/lib/lsb/init-functions.d/50-lifeboot');
  await installToolbox({ root, toolbox });
  expect(existsSync(hook)).toBe(false);
  mkdirSync(join(root, 'usr/lib/lsb/init-functions.d'), { recursive: true });
  symlinkSync('usr/lib', join(root, 'lib'));
  expect((await installToolbox({ root, toolbox })).written).toContain('/lib/lsb/init-functions.d/50-lifeboot');
  expect(readFileSync(hook)).toEqual(readFileSync(join(toolbox, 'lib/lifeboot/notice-script')));
  expect(lstatSync(hook).mode & 0o777).toBe(0o644);
  await uninstallToolbox({ root });
  expect(existsSync(hook)).toBe(false);
});

test('uninstallToolbox() keeps the configuration when asked', async () => {
  mkdirSync(join(root, 'etc/lifeboot'));
  await installToolbox({ root, toolbox });
  await uninstallToolbox({ root, keepConfig: true });
  expect(existsSync(join(root, 'etc/lifeboot'))).toBe(true);
});

test('installToolbox() twice is once, and an upgrade keeps who may log in', async () => {
  await installToolbox({ root, toolbox, authorizedKeys: makeKey() });
  const first = listing();
  const { notes } = await installToolbox({ root, toolbox });
  expect(listing()).toEqual(first);
  expect(notes.join('\n')).toContain('kept the authorized_keys');
});

test('installToolbox() says when nobody will be able to log in', async () => {
  expect((await installToolbox({ root, toolbox })).notes.join('\n')).toContain('nobody will be able to log in');
});

test('installToolbox() bakes authorities, principals and revoked keys in, which an upgrade keeps', async () => {
  const trustedUserCaKeys = makeKey();
  const [authPrincipals, revokedKeys] = [join(lab, 'principals'), join(lab, 'krl')];
  writeFileSync(authPrincipals, 'oncall\n');
  execFileSync('ssh-keygen', ['-q', '-k', '-f', revokedKeys, trustedUserCaKeys]);
  const { notes } = await installToolbox({ root, toolbox, trustedUserCaKeys, authPrincipals, revokedKeys });
  expect(notes.join('\n')).not.toContain('nobody will be able to log in');
  await installToolbox({ root, toolbox });
  expect(readFileSync(baked('trusted_user_ca_keys'), 'utf8')).toContain('operator');
  expect(readFileSync(baked('auth_principals'), 'utf8')).toBe('oncall\n');
  expect(readFileSync(baked('revoked_keys'))).toEqual(readFileSync(revokedKeys));
});

test('installToolbox() says when an image has a host key for the whole fleet', async () => {
  mkdirSync(join(root, 'etc/lifeboot'));
  writeFileSync(join(root, 'etc/lifeboot/ssh_host_ed25519_key'), '');
  expect((await installToolbox({ root, toolbox })).notes.join('\n')).toContain('every machine made from it has the same host key');
  // `lifeboot uninstall --keep-config` keeps it for the next installation.
  await uninstallToolbox({ root, keepConfig: true });
  expect(existsSync(join(root, 'etc/lifeboot/ssh_host_ed25519_key'))).toBe(true);
});

test('installToolbox() refuses a directory that is no image and a toolbox that is none, before it writes', async () => {
  await expect(installToolbox({ root: join(lab, 'nowhere'), toolbox })).rejects.toThrow('no such directory');
  await expect(installToolbox({ root: lab, toolbox })).rejects.toThrow('does not look like an unpacked image: it has no etc/');
  const before = listing();
  await expect(installToolbox({ root, toolbox: lab })).rejects.toThrow('is no toolbox: it has no bin/busybox');
  expect(listing()).toEqual(before);
});

test('installToolbox() refuses a broken key or setting with file, line, value and what is accepted', async () => {
  const before = listing();
  const keys = join(lab, 'keys');
  writeFileSync(keys, '# ours\nssh-ed25519 AAAAnonsense me\n');
  await expect(installToolbox({ root, toolbox, authorizedKeys: keys })).rejects.toThrow(/keys:2: .*accepted: /);
  writeFileSync(keys, '# nobody\n');
  await expect(installToolbox({ root, toolbox, authorizedKeys: keys })).rejects.toThrow('no key in it');
  const config = join(lab, 'lifeboot.toml');
  writeFileSync(config, '[rescue]\nport = 99999\n');
  await expect(installToolbox({ root, toolbox, config })).rejects.toThrow(/lifeboot\.toml:2: .*99999.*accepted: /);
  expect(listing()).toEqual(before);
});

test('installToolbox() bakes the hash of the console password for root alone, and refuses what is none without showing it', async () => {
  const file = join(lab, 'hash');
  for (const wrong of ['secret-password\n', '', '!*\n', '$y$j9T$abcdefgh$ijklmnop\n', 'root:$6$salt$abcdefghijkl:1::\n']) {
    writeFileSync(file, wrong);
    const refused = await installToolbox({ root, toolbox, consolePasswordHash: file }).catch(String);
    expect(refused).toMatch(/hash:1: .*no password hash; accepted: .*openssl passwd -6/);
    expect(refused).not.toMatch(/secret-password|abcdefgh/);
  }
  writeFileSync(file, execFileSync('openssl', ['passwd', '-6', 'secret-password']));
  await installToolbox({ root, toolbox, consolePasswordHash: file });
  expect(lstatSync(baked('console.shadow')).mode & 0o777).toBe(0o600);
});
