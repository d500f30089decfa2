import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type InitramfsOptions, makeInitramfs } from '../../src/toolbox/initramfs/initramfs.ts';
import { toolboxDir } from './machine-template.ts';

const lab = mkdtempSync(join(tmpdir(), 'lifeboot-initramfs-'));
afterAll(() => rmSync(lab, { recursive: true, force: true }));

/** An image with a kernel whose modules are packed as distributions pack them. */
const image = join(lab, 'image');
const kernel = '6.99.0-test';
const modules: Readonly<Record<string, string>> = {
  'kernel/fs/ext4/ext4.ko.zst': 'kernel/fs/jbd2/jbd2.ko.xz kernel/fs/mbcache.ko.gz',
  'kernel/fs/jbd2/jbd2.ko.xz': '',
  'kernel/fs/mbcache.ko.gz': '',
  'kernel/drivers/block/virtio_blk.ko': '',
  'kernel/drivers/gpu/drm.ko': '',
};
const packers: Readonly<Record<string, string>> = { '.zst': 'zstd', '.xz': 'xz', '.gz': 'gzip' };

function put(path: string, text: string): void {
  mkdirSync(dirname(join(image, path)), { recursive: true });
  writeFileSync(join(image, path), text);
}

let one: Awaited<ReturnType<typeof make>>;

beforeAll(async () => {
  const home = `lib/modules/${kernel}`;
  for (const path of Object.keys(modules)) {
    const [, plain = '', suffix = ''] = /^(.*\.ko)(\..+)?$/.exec(path) ?? [];
    put(`${home}/${plain}`, `ELF of ${plain}\0firmware=maker/${plain.split('/').at(-1)}.bin\0`);
    const packer = packers[suffix];
    if (packer === undefined) continue;
    const packed = execFileSync(packer, ['-c', join(image, home, plain)]);
    rmSync(join(image, home, plain));
    writeFileSync(join(image, home, path), packed);
  }
  put(
    `${home}/modules.dep`,
    Object.entries(modules)
      .map(([path, needs]) => `${path}: ${needs}\n`)
      .join(''),
  );
  put(`${home}/modules.alias`, 'alias fs-ext4 ext4\nalias virtio:d00000002v* virtio_blk\n');
  put(`${home}/modules.builtin`, 'kernel/drivers/scsi/sd_mod.ko\n');
  put('lib/firmware/maker/virtio_blk.ko.bin', 'firmware');
  put('etc/modprobe.d/ours.conf', 'blacklist drm\n');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(lab, 'key')]);
  one = await make('one');
});

async function make(name: string, more: Partial<InitramfsOptions> = {}) {
  const output = join(lab, name);
  const made = await makeInitramfs({
    root: image,
    toolbox: toolboxDir,
    output,
    modules: { kind: 'generic' },
    authorizedKeys: join(lab, 'key.pub'),
    ...more,
  });
  return { ...made, output };
}

function unpack(archive: string): string {
  const place = `${archive}.d`;
  mkdirSync(place);
  execFileSync('sh', ['-c', 'zstd -dcq "$0" | cpio -i --quiet -d', archive], { cwd: place });
  return place;
}

test('makeInitramfs() twice gives the same bytes', { timeout: 120_000 }, async () => {
  const two = await make('two');
  expect(Buffer.compare(readFileSync(one.output), readFileSync(two.output))).toBe(0);
  expect(one).toMatchObject({ kernel, modules: 4, firmware: 1, letsIn: true });
});

test('makeInitramfs() unpacks to the toolbox, with each module and all that it needs, as the kernel loads them', {
  timeout: 120_000,
}, async () => {
  const place = unpack(one.output);
  const home = join(place, 'toolbox/lib/modules', kernel);
  const dep = readFileSync(join(home, 'modules.dep'), 'utf8');
  expect(dep.split('\n').filter(Boolean)).toHaveLength(4);
  for (const path of dep.match(/kernel\/\S+?\.ko(?=[:\s])/g) ?? [])
    expect(readFileSync(join(home, path), 'utf8')).toContain(`ELF of ${path}`);
  expect(dep).toContain('kernel/fs/ext4/ext4.ko: kernel/fs/jbd2/jbd2.ko kernel/fs/mbcache.ko\n');
  // What busybox itself finds there.
  const shown = execFileSync(
    'chroot',
    [join(place, 'toolbox'), '/bin/busybox', 'sh', '-c', 'cat /lib/firmware/maker/virtio_blk.ko.bin /etc/modprobe.d/ours.conf'],
    {
      encoding: 'utf8',
    },
  );
  expect(shown).toBe('firmwareblacklist drm\n');
  expect(readFileSync(join(place, 'toolbox/etc/lifeboot/authorized_keys'), 'utf8')).toMatch(/^ssh-ed25519 /);
  expect(Buffer.compare(readFileSync(join(place, 'toolbox/bin/node')), readFileSync(join(toolboxDir, 'bin/node')))).toBe(0);
  expect(existsSync(join(home, 'kernel/drivers/gpu'))).toBe(false);
});

test('makeInitramfs() takes the host key of one machine, and nobody else reads the file', { timeout: 60_000 }, async () => {
  const hostKey = join(lab, 'host_key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', hostKey]);
  const { output } = await make('keyed', { hostKey });
  expect(statSync(output).mode & 0o777).toBe(0o600);
  const inside = join(unpack(output), 'toolbox/etc/root/ssh_host_ed25519_key');
  expect(readFileSync(inside, 'utf8')).toBe(readFileSync(hostKey, 'utf8'));
  expect(statSync(inside).mode & 0o777).toBe(0o600);
  await expect(make('keyed', { hostKey: join(lab, 'key.pub') })).rejects.toThrow('is not an ed25519 private key');
});

test('makeInitramfs() refuses an unknown kernel, an unknown module and a broken key, and leaves the old file alone', async () => {
  const output = join(lab, 'kept');
  writeFileSync(output, 'old');
  writeFileSync(join(lab, 'broken'), 'ssh-ed25519 AAAA\n');
  await expect(make('kept', { kernel: '1.0' })).rejects.toThrow(`has no modules of kernel 1.0; it has: ${kernel}`);
  await expect(make('kept', { modules: { kind: 'list', names: ['nope'] } })).rejects.toThrow('no such module in this kernel: nope');
  await expect(make('kept', { authorizedKeys: join(lab, 'broken') })).rejects.toThrow('broken');
  await expect(make('kept', { root: lab })).rejects.toThrow('has no /lib/modules/VERSION/modules.dep');
  expect(readFileSync(output, 'utf8')).toBe('old');
});
