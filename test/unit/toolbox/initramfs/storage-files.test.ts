import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findStorageFiles } from '../../../../src/toolbox/initramfs/storage-files.ts';

const lab = mkdtempSync(join(tmpdir(), 'lifeboot-storage-'));
afterAll(() => rmSync(lab, { recursive: true, force: true }));

function tree(name: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries({ 'etc/hostname': 'x', ...files })) {
    mkdirSync(dirname(join(lab, name, path)), { recursive: true });
    writeFileSync(join(lab, name, path), text);
  }
  return join(lab, name);
}

const image = tree('image', {
  'etc/crypttab': '# <target>\nroot UUID=1-2 none luks\n',
  'etc/mdadm.conf': 'ARRAY /dev/md0 UUID=1:2:3:4\n',
  'etc/lvm/backup/vg': 'contents = "Text Format Volume Group"\n',
});

test('findStorageFiles() copies how the image calls its storage, and warns of each program that is missing', async () => {
  const { copies, warnings } = await findStorageFiles(image, tree('bare', {}));
  expect([...copies]).toEqual([
    ['etc/crypttab', join(image, 'etc/crypttab')],
    ['etc/mdadm/mdadm.conf', join(image, 'etc/mdadm.conf')],
  ]);
  expect(warnings).toEqual([
    'the image has /etc/crypttab: if its root needs that, build the toolbox with --with luks',
    'the image has /etc/mdadm.conf: if its root needs that, build the toolbox with --with mdadm',
    'the image has /etc/lvm/backup: if its root needs that, build the toolbox with --with lvm',
  ]);
});

test('findStorageFiles() has nothing to say with all the programs, nor of the files that packages bring', async () => {
  const whole = tree('whole', { 'bin/cryptsetup': '', 'bin/mdadm': '', 'bin/lvm': '' });
  expect((await findStorageFiles(image, whole)).warnings).toEqual([]);
  const fresh = tree('fresh', { 'etc/crypttab': '# <target> <source>\n', 'etc/mdadm/mdadm.conf': 'HOMEHOST <system>\n' });
  mkdirSync(join(fresh, 'etc/lvm/backup'), { recursive: true });
  expect(await findStorageFiles(fresh, tree('bare', {}))).toEqual({ copies: new Map(), warnings: [] });
});
