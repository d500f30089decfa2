import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bootPhases } from '../../../src/init/boot.ts';
import { phaseNames } from '../../../src/sys/kernel-options.ts';

test('bootPhases are the numbered list of README "What happens at boot"', () => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  const section = readme.split('## What happens at boot')[1]?.split('\n## ')[0] ?? '';
  const listed = [...section.matchAll(/^\d+\. \*\*([a-z-]+)\*\*/gm)].map((match) => match[1]);
  expect(listed).toEqual(bootPhases.map(({ name }) => name));
});

test('bootPhases can each be held by lifeboot.hold=', () => {
  expect([...phaseNames]).toEqual(bootPhases.map(({ name }) => name).filter((name) => name !== 'open-door'));
});
