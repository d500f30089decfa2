import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planTiers, readTiers, startDirectories } from '../../../src/init/read-tiers.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

const SCRIPT = '#!/bin/sh\n';
const directories = startDirectories(2);
const [early] = directories;

function machine(links: Readonly<Record<string, string>>, scripts: readonly string[]): FakeSys {
  const sys = new FakeSys().dir('/etc/rcS.d').dir('/etc/rc2.d');
  for (const name of scripts) sys.file(`/etc/init.d/${name}`, SCRIPT, { mode: 0o755 });
  for (const [link, target] of Object.entries(links)) sys.link(`/etc/${link}`, target);
  return sys;
}

const shape = async (sys: FakeSys) => {
  const { tiers, problems } = await readTiers(sys, directories);
  return {
    tiers: tiers.map(
      ({ name, runlevel, scripts }) =>
        `${name} ${runlevel}: ${scripts.map((each) => (each.skip ? `(${each.name})` : each.name)).join(' ')}`,
    ),
    skips: tiers.flatMap(({ scripts }) => scripts.flatMap(({ skip }) => skip ?? [])),
    problems: problems.map(({ file, message }) => `${file}: ${message}`),
  };
};

describe('readTiers()', () => {
  test('groups links by number, early ones first, scripts by the name of their target', async () => {
    const sys = machine(
      {
        'rc2.d/S03b': '../init.d/b',
        'rc2.d/S01z': '/etc/init.d/z',
        'rcS.d/S10y': '../init.d/y',
        'rcS.d/S02d': '../init.d/d',
        'rcS.d/S02alias': '../init.d/c',
        'rc2.d/K01k': '../init.d/k',
        'rc2.d/README': '/usr/share/doc/README',
      },
      ['b', 'c', 'd', 'y', 'z'],
    );
    expect(await shape(sys)).toEqual({
      tiers: ['rcS.d/S02 S: c d', 'rcS.d/S10 S: y', 'rc2.d/S01 2: z', 'rc2.d/S03 2: b'],
      skips: [],
      problems: [],
    });
  });

  test('starts a script of both levels in the first one only, without a fault', async () => {
    const sys = machine({ 'rcS.d/S01a': '../init.d/a', 'rc2.d/S01a': '../init.d/a', 'rc2.d/S02b': '../init.d/b' }, ['a', 'b']);
    expect(await shape(sys)).toMatchObject({ skips: ['already started in rcS.d/S01'], problems: [] });
  });

  test('skips and reports what cannot be started, and goes on with the rest', async () => {
    const sys = machine(
      {
        'rcS.d/S01dangling': '../init.d/gone',
        'rcS.d/S01plain': '../init.d/plain',
        'rcS.d/S01data': '../init.d/data',
        'rcS.d/S01dir': '../init.d',
        'rcS.d/S01loop': 'S01loop',
        'rcS.d/S01good': '../init.d/good',
        'rc2.d/S1short': '../init.d/good',
        'rc2.d/S01elf': '../init.d/elf',
      },
      ['good'],
    );
    sys.file('/etc/init.d/plain', SCRIPT, { mode: 0o644 });
    sys.file('/etc/init.d/data', 'echo no\n', { mode: 0o755 }).file('/etc/init.d/elf', '\x7fELF\x02', { mode: 0o755 });
    expect(await shape(sys)).toEqual({
      tiers: ['rcS.d/S01 S: (dangling) (data) good (init.d) (loop) (plain)', 'rc2.d/S01 2: elf'],
      skips: [
        '/etc/init.d/gone does not exist',
        '/etc/init.d/data is not a script',
        '/etc/init.d is a directory',
        '/etc/rcS.d/S01loop does not exist',
        '/etc/init.d/plain is not executable',
      ],
      problems: [
        '/etc/rcS.d/S01dangling: /etc/init.d/gone does not exist',
        '/etc/rcS.d/S01data: /etc/init.d/data is not a script',
        '/etc/rcS.d/S01dir: /etc/init.d is a directory',
        '/etc/rcS.d/S01loop: /etc/rcS.d/S01loop does not exist',
        '/etc/rcS.d/S01plain: /etc/init.d/plain is not executable',
        '/etc/rc2.d/S1short: not the name of a start link',
      ],
    });
  });

  test('reports a directory that is missing or empty', async () => {
    const sys = new FakeSys().dir('/etc/rcS.d');
    expect(await shape(sys)).toEqual({
      tiers: [],
      skips: [],
      problems: ['/etc/rcS.d: nothing to start in it', '/etc/rc2.d: nothing to start in it'],
    });
  });

  test('does not start a second script of the same name', async () => {
    const sys = machine({ 'rcS.d/S01a': '../init.d/a', 'rcS.d/S02a': '/opt/a' }, ['a']).file('/opt/a', SCRIPT, { mode: 0o755 });
    expect((await shape(sys)).problems).toContain('/opt/a: /etc/init.d/a of rcS.d/S01 has the same name');
  });

  test('takes a script that lies in the directory itself', async () => {
    const sys = machine({ 'rc2.d/S02b': '../init.d/b' }, ['b']).file('/etc/rcS.d/S05local', SCRIPT, { mode: 0o755 });
    expect((await shape(sys)).tiers).toEqual(['rcS.d/S05 S: local', 'rc2.d/S02 2: b']);
  });

  test('reports a script whose disk cannot be read', async () => {
    const sys = machine({ 'rcS.d/S01a': '../init.d/a', 'rc2.d/S02b': '../init.d/b' }, ['a', 'b']).fail('read /etc/init.d/a', 'EIO');
    expect((await shape(sys)).tiers).toEqual(['rcS.d/S01 S: (a)', 'rc2.d/S02 2: b']);
  });
});

describe('planTiers()', () => {
  const link = fc
    .tuple(fc.constantFrom('S', 'K', 's', ''), fc.nat(120), fc.stringMatching(/^[a-z.-]{0,5}$/))
    .map(([letter, number, name]) => `${letter}${number}${name}`);

  test('loses no link and keeps the numbers in order, whatever the order of the names', () => {
    fc.assert(
      fc.property(fc.uniqueArray(link), (names) => {
        if (early === undefined) throw new Error('no directories');
        const { tiers, problems } = planTiers(names, early, '/etc/rcS.d');
        const placed = tiers.flatMap(({ links }) => links.map(({ file }) => file));
        expect([...placed, ...problems.map(({ value }) => value)].toSorted()).toEqual(
          names.filter((name) => name.startsWith('S')).toSorted(),
        );
        expect(tiers.map(({ number }) => number)).toEqual([...new Set(tiers.map(({ number }) => number))].toSorted());
        expect(planTiers(names.toReversed(), early, '/etc/rcS.d').tiers).toEqual(tiers);
      }),
    );
  });
});
