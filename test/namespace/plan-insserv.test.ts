/** The plan beside Debian's real insserv: on its own test suite's situations, and on the headers of Debian's packages. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tiersIn } from '../unit/init/plan/headers.ts';
import { brokenConstraints, compareWithInsserv, errorsOf, type Files, scriptText } from './insserv-lab.ts';

/** `== PACKAGE PATH`, then the lines of the header that make an order: test/corpus/collect-headers.sh. */
const sections = readFileSync(join(import.meta.dirname, '../corpus/debian-headers.txt'), 'utf8')
  .split(/^== /m)
  .slice(1)
  .map((section) => {
    const [first = '', ...lines] = section.trimEnd().split('\n');
    const [packageName = '', path = ''] = first.split(' ');
    const text = path.includes('insserv.conf.d') ? `${lines.join('\n')}\n` : lines.length === 0 ? '#!/bin/sh\n' : scriptText(lines);
    return { packageName, path, text };
  });

const filesOf = (wanted: (path: string) => boolean): Files =>
  Object.fromEntries(sections.filter(({ path }) => wanted(path)).map(({ path, text }) => [path, text]));

describe('makePlan() beside insserv', () => {
  test('on all Debian packages of the corpus: whoever insserv refuses is refused, by name', async () => {
    expect(new Set(sections.map(({ packageName }) => packageName)).size).toBeGreaterThanOrEqual(150);
    const { insserv, findings } = await compareWithInsserv(filesOf(() => true));
    const blamed = insserv.said.flatMap((line) => /FATAL: service (\S+) has to be enabled to use service (\S+)/.exec(line)?.slice(1) ?? []);
    expect(insserv.refused).toBe(true);
    const names = errorsOf(findings).join('\n');
    for (const name of blamed) expect(names).toContain(name);
  });
  test('on those of them that have what they need: every constraint of insserv holds', async () => {
    let left = filesOf(() => true);
    // What needs packages that are not in the corpus goes, and what needs that, as apt would not have installed it.
    for (;;) {
      const { insserv, plan, findings } = await compareWithInsserv(left);
      const unmet = findings.filter(
        ({ severity, rule }) => (severity === 'error' && rule !== 'duplicate-provider') || rule === 'missing-header',
      );
      if (unmet.length > 0) {
        const gone = new Set(unmet.map(({ script }) => `/etc/init.d/${script}`));
        left = Object.fromEntries(Object.entries(left).filter(([path]) => !gone.has(path)));
        continue;
      }
      expect(insserv.said.filter((line) => line.includes('FATAL'))).toEqual([]);
      expect(insserv).toMatchObject({ refused: false });
      if (plan === undefined) throw new Error('no plan');
      const { checked, broken } = brokenConstraints(plan, insserv);
      process.stdout.write(`${Object.keys(left).length} files, ${checked} constraints of insserv\n`);
      expect(broken).toEqual([]);
      expect(checked).toBeGreaterThan(500);
      return;
    }
  });
});

const base = ['# Default-Start: 2 3 4 5', '# Default-Stop: 0 1 6'];
const daemon = (name: string, ...lines: readonly string[]) =>
  [`/etc/init.d/${name}`, scriptText([`# Provides: ${name}`, ...base, ...lines])] as const;
const early = (name: string, ...lines: readonly string[]) =>
  [`/etc/init.d/${name}`, scriptText([`# Provides: ${name}`, '# Default-Start: S', '# Default-Stop:', ...lines])] as const;

type Situation = readonly [name: string, files: readonly (readonly [string, string])[], refusal?: string];

/** What insserv's test suite tries, in our own words: the files, and why we refuse what it takes (or nothing). */
const situations: readonly Situation[] = [
  ['a chain', [daemon('a', '# Required-Start: b'), daemon('b', '# Required-Start: c'), daemon('c')]],
  ['a chain across S and 2', [early('a'), early('b', '# Required-Start: a'), daemon('c', '# Required-Start: b')]],
  ['a need nobody provides', [daemon('a', '# Required-Start: nobody')]],
  ['a wish nobody provides', [daemon('a', '# Should-Start: nobody', '# Should-Stop: nobody')]],
  ['a stop need nobody provides', [daemon('a', '# Required-Stop: nobody')]],
  ['a loop of two', [daemon('a', '# Required-Start: b'), daemon('b', '# Required-Start: a')]],
  ['a loop of three with wishes', [daemon('a', '# Should-Start: b'), daemon('b', '# Should-Start: c'), daemon('c', '# Should-Start: a')]],
  ['a loop by X-Start-Before', [daemon('a', '# X-Start-Before: b', '# Required-Start: b'), daemon('b')]],
  ['a loop of the stop', [daemon('a', '# Required-Stop: b'), daemon('b', '# Required-Stop: a')]],
  ['X-Start-Before and X-Stop-After', [daemon('a', '# X-Start-Before: b', '# X-Stop-After: b'), daemon('b')]],
  ['X-Start-Before a facility', [early('a', '# X-Start-Before: $network'), early('networking'), daemon('c', '# Required-Start: $network')]],
  ['a facility with its provider', [daemon('rsyslog'), daemon('a', '# Required-Start: $syslog', '# Required-Stop: $syslog')]],
  ['a facility in insserv.conf.d', [['/etc/insserv.conf.d/mine', '$mine +x\n'], daemon('x'), daemon('a', '# Required-Start: $mine')]],
  ['a facility no file defines', [daemon('a', '# Required-Start: $nothing')], 'unknown-facility'],
  ['$all', [daemon('a', '# Required-Start: $all'), daemon('b'), daemon('c', '# Required-Start: b')]],
  ['$all at the stop', [daemon('a', '# Required-Stop: $all'), daemon('b'), daemon('c', '# Required-Stop: b')]],
  ['$all twice', [daemon('a', '# Required-Start: $all'), daemon('z', '# Should-Start: $all'), daemon('b')]],
  ['$null', [daemon('a', '# Required-Start: $null', '# Required-Stop: $null')]],
  [
    'an interactive script in the middle',
    [early('a'), early('b', '# Required-Start: a', '# X-Interactive: true'), early('c', '# Required-Start: b'), early('d')],
  ],
  ['a script without a header', [['/etc/init.d/a', '#!/bin/sh\n'], daemon('rsyslog')]],
  [
    'an override for a script without a header',
    [
      ['/etc/init.d/a', '#!/bin/sh\n'],
      ['/etc/insserv/overrides/a', scriptText(['# Provides: a', ...base, '# Required-Start: b'])],
      daemon('b'),
    ],
  ],
  [
    'an override that mends a loop',
    [
      daemon('a', '# Required-Start: b'),
      ['/etc/insserv/overrides/a', scriptText(['# Provides: a', ...base])],
      daemon('b', '# Required-Start: a'),
    ],
  ],
  [
    'two providers',
    [
      daemon('a', '# Required-Start: mta'),
      ['/etc/init.d/x', scriptText(['# Provides: x mta', ...base])],
      ['/etc/init.d/y', scriptText(['# Provides: y mta', ...base])],
    ],
    'duplicate-provider',
  ],
  ['an early need of a late script', [early('a', '# Required-Start: b'), daemon('b')], 'later-level'],
  [
    'a need that is never started',
    [daemon('a', '# Required-Start: b'), ['/etc/init.d/b', scriptText(['# Provides: b', '# Default-Start:', '# Default-Stop:'])]],
    'not-started',
  ],
  [
    'backups of editors and dpkg',
    [
      daemon('a'),
      ['/etc/init.d/a.dpkg-old', scriptText(['# Provides: a', ...base])],
      ['/etc/init.d/a~', scriptText(['# Provides: a', ...base])],
    ],
  ],
  [
    'halt and reboot',
    [
      daemon('a', '# Required-Stop: $local_fs'),
      ['/etc/init.d/umountfs', scriptText(['# Provides: umountfs', '# Default-Start:', '# Default-Stop: 0 6'])],
      ['/etc/init.d/halt', scriptText(['# Provides: halt', '# Required-Stop: umountfs', '# Default-Start:', '# Default-Stop: 0'])],
    ],
  ],
];

describe('makePlan() in the situations of insserv’s test suite', () => {
  test.each(situations.map(([name, files, refusal]) => ({ name, files, refusal })))('$name', async ({ files, refusal: reason }) => {
    const { insserv, plan, findings } = await compareWithInsserv(Object.fromEntries(files));
    const errors = findings.filter(({ severity }) => severity === 'error');
    if (insserv.refused) {
      expect({ said: insserv.said, errors: errors.length > 0 }).toMatchObject({ errors: true });
    } else {
      expect(errors.map(({ rule }) => rule)).toEqual(reason === undefined ? [] : [reason]);
      if (plan !== undefined) expect(brokenConstraints(plan, insserv).broken).toEqual([]);
    }
  });
  test('who needs a script with $all: insserv gives up the need, we keep it', async () => {
    const files = [daemon('a', '# Required-Start: $all'), daemon('b'), daemon('c', '# Required-Start: a')];
    const { insserv, plan } = await compareWithInsserv(Object.fromEntries(files));
    if (plan === undefined) throw new Error('no plan');
    expect(brokenConstraints(plan, insserv).broken).toEqual(['start: a waits for c']);
    expect(tiersIn(plan, '2-5')).toEqual([['b'], ['a'], ['c']]);
  });
});
