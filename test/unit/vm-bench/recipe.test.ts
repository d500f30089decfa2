import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sysvPackages } from '../../../vm/bench/systems.ts';
import { parsePackages } from '../../../vm/image/base-image.ts';
import { baseArguments } from '../../../vm/image/debian-base.ts';

const vm = join(import.meta.dirname, '../../../vm');

test("sysvPackages are all of the server's own list", () => {
  const packages = parsePackages(readFileSync(join(vm, 'image/packages.txt'), 'utf8'));
  expect([...sysvPackages].filter((name) => !packages.includes(name))).toEqual([]);
});

test('baseArguments() bakes a key in only where one is given', () => {
  expect(baseArguments(['kmod', 'udev'], undefined).join('\n')).not.toContain('authorized_keys');
  const words = baseArguments(['kmod', 'udev'], 'ssh-ed25519 AAAA bench').join('\n');
  expect(words).toContain('--include=kmod,udev');
  expect(words).toContain('echo \'ssh-ed25519 AAAA bench\' > "$1/etc/dropbear/initramfs"/authorized_keys');
});

test('the mark and the recipe are shellcheck-clean', () => {
  const files = ['mark/usr/local/sbin/bootmark', 'mark-sysv/etc/init.d/bootmark', 'mark-base.sh'];
  execFileSync(
    'shellcheck',
    files.map((file) => join(vm, 'bench', file)),
  );
});
