/** The compiler holds every emit() to the table; this holds the table to what is emitted. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventKinds } from '../../../src/sys/event-kinds.ts';

const root = join(import.meta.dirname, '../../..');
const texts = globSync('src/{sys,fsck,init,rescue}/**/*.ts', { cwd: root })
  .filter((file) => !file.endsWith('event-kinds.ts'))
  .map((file) => readFileSync(join(root, file), 'utf8'));
const kinds: Readonly<Record<string, { readonly words: Readonly<Record<string, string>> }>> = eventKinds;

test('eventKinds has every subject and word that an emit() spells out', () => {
  const calls = texts.flatMap((text) => [...text.matchAll(/subject: '([a-z-]+)',[^}]*?\bwhat: ([^,}]+)/g)]);
  expect(calls.length).toBeGreaterThan(60);
  for (const [call, subject = '', what = ''] of calls) {
    const words = [...what.matchAll(/'([a-z-]+)'/g)].map(([, word]) => word ?? '');
    for (const word of words) expect(Object.keys(kinds[subject]?.words ?? {}), call).toContain(word);
  }
});

test('eventKinds has no subject and no word that nothing says', () => {
  const unsaid = Object.entries(kinds).flatMap(([subject, { words }]) => [
    ...(texts.some((text) => text.includes(`subject: '${subject}'`)) ? [] : [subject]),
    ...Object.keys(words).filter((word) => !texts.some((text) => text.includes(`'${word}'`))),
  ]);
  expect(unsaid).toEqual([]);
});
