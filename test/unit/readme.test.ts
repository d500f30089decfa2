import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formatNetworkWords } from '../../src/rescue/network/kernel-words.ts';
import { formatEventKinds } from '../../src/sys/event-kinds.ts';
import { formatKernelOptions } from '../../src/sys/kernel-options.ts';
import { formatNetworkKeys } from '../../src/sys/network-setting.ts';
import { formatSettings } from '../../src/sys/settings.ts';

const file = new URL('../../README.md', import.meta.url);

/** The tables stand between `<!-- name -->` and `<!-- /name -->`. `UPDATE_README=1` writes them. */
for (const [name, table] of [
  ['settings', formatSettings()],
  ['network-keys', formatNetworkKeys()],
  ['kernel-options', formatKernelOptions()],
  ['network-words', formatNetworkWords()],
  ['events', formatEventKinds()],
] as const) {
  test(`README table ${name} is the one in the code`, () => {
    const readme = readFileSync(file, 'utf8');
    const marked = new RegExp(`(<!-- ${name} -->\\n)[^]*?(\\n<!-- /${name} -->)`);
    const written = readme.replace(marked, (_, before: string, after: string) => `${before}${table.trim()}${after}`);
    if (process.env['UPDATE_README'] !== undefined) writeFileSync(file, written);
    expect(readme).toMatch(marked);
    expect(written).toBe(process.env['UPDATE_README'] === undefined ? readme : written);
  });
}
