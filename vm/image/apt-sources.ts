/** Where the image's packages come from: this machine's own Debian sources when they fit, else mmdebstrap's default. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const SUITE = 'bookworm';
const ROOT = '/etc/apt';

/** Text of a sources list for the suite, or undefined when this machine has none of its own. */
export async function hostSources(): Promise<string | undefined> {
  const names = await readdir(join(ROOT, 'sources.list.d')).catch(() => []);
  const files = [join(ROOT, 'sources.list'), ...names.sort().map((name) => join(ROOT, 'sources.list.d', name))];
  const picked: string[] = [];
  for (const file of files.filter((name) => /\.(list|sources)$/.test(name))) {
    const text = await readFile(file, 'utf8').catch(() => '');
    picked.push(...(file.endsWith('.sources') ? pickStanzas(text) : pickLines(text)));
  }
  return picked.length === 0 ? undefined : `${picked.join('\n\n')}\n`;
}

/** deb822 stanzas (sources.list(5)) of our suite that Debian's own keyring signs. */
export function pickStanzas(text: string): readonly string[] {
  return text
    .split(/\n[ \t]*\n/)
    .map((stanza) => stanza.trim())
    .filter((stanza) => new RegExp(`^Suites:.*\\b${SUITE}`, 'm').test(stanza) && isDebians(stanza));
}

/** One-line entries of our suite, options kept. */
export function pickLines(text: string): readonly string[] {
  return text.split('\n').filter((line) => /^deb\s/.test(line) && new RegExp(`\\s${SUITE}(-[a-z-]+)?\\s`).test(line) && isDebians(line));
}

const isDebians = (entry: string): boolean => !/signed-by/i.test(entry) || /debian-archive/.test(entry);
