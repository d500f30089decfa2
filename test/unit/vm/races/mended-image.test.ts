import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mendedImage, planWrites } from '../../../../vm/races/mended-image.ts';
import { readImageScripts } from '../../../../vm/races/script-tree.ts';
import { look, makeImage, put, scriptText } from './made-image.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboot-image-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const edits = [{ script: 'web', key: 'Required-Start', value: 'db' }];

describe('mendedImage()', () => {
  test.each([0, 1024 * 1024])('writes headers and links into a copy of a file system at byte %d', async (offset) => {
    for (const name of ['db', 'web']) put(directory, `etc/init.d/${name}`, scriptText(name), name === 'web' ? 0o744 : 0o755);
    mkdirSync(join(directory, 'root/etc/rc2.d'));
    for (const name of ['db', 'web']) symlinkSync(`../init.d/${name}`, join(directory, `root/etc/rc2.d/S10${name}`));
    const image = makeImage(directory, offset);
    const before = readFileSync(image);
    await using disk = await mendedImage(image, { device: '/dev/vda1', offset }, edits);
    const { headers, numbers } = await readImageScripts(disk.path, disk.root).then((read) => ({
      ...read,
      numbers: look(disk.path, offset, 'ls /etc/rc2.d'),
    }));
    expect(headers.scripts.map(({ name, header }) => [name, header.requiredStart])).toEqual([
      ['db', []],
      ['web', ['db']],
    ]);
    expect(numbers).toMatch(/S10db/);
    expect(numbers).toMatch(/S20web/);
    expect(numbers).not.toMatch(/S10web/);
    expect(look(disk.path, offset, 'stat /etc/rc2.d/S20web')).toContain('Fast link dest: "../init.d/web"');
    expect(look(disk.path, offset, 'stat /etc/init.d/web')).toMatch(/Mode: +0744.*\nUser: +0 +Group: +0/s);
    expect(readFileSync(image).equals(before)).toBe(true);
  });
  test('says why nothing is to be written', async () => {
    put(directory, 'etc/init.d/web', scriptText('web'));
    await expect(
      mendedImage(makeImage(directory, 0), { device: '/dev/vda', offset: 0 }, [{ script: 'mail', key: 'X', value: 'y' }]),
    ).rejects.toThrow('there is no script mail');
  });
});

test('planWrites() has names in quotes, whatever is in them', () => {
  const applied = { kind: 'applied', files: ['/etc/init.d/a"b'], links: ['/etc/rc2.d/S20a"b'], removed: ['/etc/rc2.d/S10a"b'] } as const;
  expect(planWrites(applied, new Map([['/etc/init.d/a"b', 0o755]]), '/tree')).toEqual([
    'cd "/etc/init.d"',
    'rm "a""b"',
    'write "/tree/etc/init.d/a""b" "a""b"',
    'sif "a""b" mode 0100755',
    'rm "/etc/rc2.d/S10a""b"',
    'cd "/etc/rc2.d"',
    'symlink "S20a""b" "../init.d/a""b"',
  ]);
});
