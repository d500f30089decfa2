/** The scripts lifeboot ships: headers complete, tiers in accordance with them. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseLsbHeader, readFields } from '../../../src/init/lsb-header.ts';

const folder = join(import.meta.dirname, '../../../initscripts');
const names = readdirSync(join(folder, 'init.d')).sort();
const textOf = (name: string) => readFileSync(join(folder, 'init.d', name), 'utf8');
const headerOf = (name: string) => {
  const { header, problems } = parseLsbHeader(textOf(name), { name, file: name });
  if (header === undefined || problems.length > 0) throw new Error(`${name}: ${JSON.stringify(problems)}`);
  return header;
};

/** Facility → scripts, from insserv.conf. */
const facilities = new Map(
  rows('insserv.conf').map(([facility = '', ...members]) => [facility, members.map((member) => member.replace('+', ''))]),
);
const tiers = rows('tiers').map(([directory = '', prefix = '', name = '']) => ({ directory, prefix, name }));
const startTiers = tiers.filter(({ prefix }) => prefix.startsWith('S'));

function rows(file: string): string[][] {
  const lines = readFileSync(join(folder, file), 'utf8').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(/\s+/));
}
/** The scripts that a word of a header stands for. */
const resolve = (word: string): readonly string[] => (word.startsWith('$') ? (facilities.get(word) ?? []).flatMap(resolve) : [word]);
const placeOf = (name: string) => {
  const { directory = '', prefix = '' } = startTiers.find((tier) => tier.name === name) ?? {};
  return `${directory === 'rcS.d' ? 0 : 1}${prefix}`;
};

describe.each(names)('initscripts/init.d/%s', (name) => {
  test('has every field of the LSB header, a health check and timeouts', () => {
    const present = new Set(readFields(textOf(name), name).fields?.map(({ key }) => key));
    const wanted = ['Provides', 'Required-Start', 'Required-Stop', 'Should-Start', 'Should-Stop', 'Default-Start', 'Default-Stop'];
    wanted.push('Short-Description', 'Description', 'X-Health-Check', 'X-Timeout-Start', 'X-Timeout-Stop');
    expect(wanted.filter((key) => !present.has(key))).toEqual([]);
    const header = headerOf(name);
    expect(header.provides).toEqual([name]);
    expect(header.shortDescription).not.toBe('');
    expect(header.description).not.toBe('');
    expect(header.healthChecks).toHaveLength(1);
    expect(header.defaultStart.length).toBeGreaterThan(0);
  });
  test('is executable and runs under /bin/sh', () => {
    expect(statSync(join(folder, 'init.d', name)).mode & 0o777).toBe(0o755);
    expect(textOf(name).split('\n')[0]).toBe('#!/bin/sh');
  });
  test('asks only for what the scripts or insserv.conf provide', () => {
    const { requiredStart, requiredStop, shouldStart, shouldStop, startBefore } = headerOf(name);
    const words = [...requiredStart, ...requiredStop, ...shouldStart, ...shouldStop, ...startBefore];
    expect(words.filter((word) => !facilities.has(word) && !names.includes(word))).toEqual([]);
  });
  test('has its place in the tiers after all that it waits for', () => {
    const { requiredStart, shouldStart, startBefore, defaultStart } = headerOf(name);
    expect(startTiers.filter((tier) => tier.name === name)).toHaveLength(1);
    expect(placeOf(name).startsWith('0')).toBe(defaultStart.includes('S'));
    for (const before of [...requiredStart, ...shouldStart].flatMap(resolve)) {
      expect(placeOf(before) < placeOf(name), `${before} before ${name}`).toBe(true);
    }
    for (const after of startBefore.flatMap(resolve)) expect(placeOf(name) < placeOf(after), `${name} before ${after}`).toBe(true);
  });
  test('is stopped before what it needs, where its header says so', () => {
    const { requiredStop, shouldStop, defaultStop } = headerOf(name);
    for (const runlevel of ['0', '6']) {
      const stopped = (script: string) => tiers.find((tier) => tier.directory === `rc${runlevel}.d` && tier.name === script)?.prefix;
      expect(stopped(name) !== undefined).toBe(defaultStop.includes(runlevel));
      for (const later of [...requiredStop, ...shouldStop].flatMap(resolve)) {
        const [own, other] = [stopped(name), stopped(later)];
        if (own !== undefined && other !== undefined) expect(own < other, `${name} stops before ${later}`).toBe(true);
      }
    }
  });
});

test('the tiers name only scripts that are there', () => {
  expect(tiers.filter(({ name }) => !names.includes(name))).toEqual([]);
  expect(tiers.filter(({ directory, prefix }) => !/^rc[S026]\.d$/.test(directory) || !/^[SK][0-9]{2}$/.test(prefix))).toEqual([]);
});
