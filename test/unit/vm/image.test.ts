import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { pickLines, pickStanzas } from '../../../vm/image/apt-sources.ts';
import { parsePackages } from '../../../vm/image/base-image.ts';
import { followLine } from '../../../vm/image/debian-base.ts';
import { isStaticElf, loaderModules, loaderScript } from '../../../vm/loader-initrd.ts';
import { scriptText } from '../../../vm/scenarios/extra-script.ts';
import { shellQuote } from '../../../vm/ssh-client.ts';

test('parsePackages() leaves reasons and blank lines out', () => {
  expect(parsePackages('# head\n\nkmod\nzstd   # compresses\n')).toEqual(['kmod', 'zstd']);
});

test('followLine() counts what is configured against what was announced', () => {
  const counted = { total: 0, configured: 0 };
  expect(followLine('0 upgraded, 4 newly installed, 0 to remove.', counted)).toBeUndefined();
  expect(followLine('Setting up kmod (30+20221128-1) ...', counted)).toBe('configured 1/4 (25 %)');
  expect(followLine('I: cleaning package lists', counted)).toBe('cleaning package lists');
});

test('pickStanzas() takes stanzas of the suite that Debian signs', () => {
  const debian =
    'Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg';
  const other = 'Types: deb\nURIs: https://packages.example\nSuites: bookworm\nSigned-By: /usr/share/keyrings/other.gpg';
  expect(pickStanzas(`${debian}\n\n${other}\n`)).toEqual([debian]);
});

test('pickLines() takes one-line entries of the suite', () => {
  const text = 'deb http://mirror.example/debian bookworm main\n# deb http://x bookworm main\ndeb http://x trixie main\n';
  expect(pickLines(text)).toEqual(['deb http://mirror.example/debian bookworm main']);
});

test('loaderScript() is sh that loads the modules in their order', () => {
  const script = loaderScript(loaderModules.map((module) => `${module.split('/').at(-1)}.ko`));
  execFileSync('sh', ['-n'], { input: script });
  expect(script.indexOf('virtio_ring.ko')).toBeLessThan(script.indexOf('virtio_pci.ko'));
});

test('isStaticElf() tells a static program from one with a linker and from no program', () => {
  expect(isStaticElf(readFileSync(process.execPath))).toBe(false);
  expect(isStaticElf(Buffer.from('#!/bin/sh\n'))).toBe(false);
});

test('shellQuote() makes one word of any text', () => {
  const words = ['plain', "it's", 'a b', '$HOME', '', '`x`\n;', '*'];
  const echoed = execFileSync('sh', ['-c', `printf '%s\\0' ${words.map(shellQuote).join(' ')}`], { encoding: 'utf8' });
  expect(echoed.split('\0').slice(0, -1)).toEqual(words);
});

test('scriptText() gives an initscript with a whole LSB header', () => {
  const text = scriptText({ name: 'hangs', tier: 'S02', start: 'sleep 9', header: ['X-Timeout-Start: 15'] });
  expect(text).toContain('# Provides:          hangs\n');
  expect(text).toContain('# X-Timeout-Start: 15\n### END INIT INFO');
  execFileSync('sh', ['-n'], { input: text });
});
