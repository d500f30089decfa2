import { describe, expect, test } from 'vitest';
import { parseAcceptFile } from '../../../../../src/init/races/report/accept-file.ts';
import type { RaceReport } from '../../../../../src/init/races/report/finding.ts';
import { accept, describeAccepted, failing } from '../../../../../src/init/races/report/gate.ts';
import { formatReport } from '../../../../../src/init/races/report/report-text.ts';
import { formatProblem } from '../../../../../src/sys/problem.ts';
import { sampleReport } from './sample-report.ts';

const [dbus] = sampleReport.findings;
const idOf = (...scripts: readonly string[]) =>
  sampleReport.findings.find((each) => scripts.every((name) => each.scripts.includes(name)))?.id ?? '';
const entry = (lines: readonly string[]) => ['[[accept]]', ...lines, 'reason = "retries"', 'until = 2027-06-30', ''].join('\n');
const byPattern = (scripts: string, type: string, object: string) =>
  entry([`scripts = ${scripts}`, `type = "${type}"`, `object = "${object}"`]);

function gate(toml: string, today = '2026-11-25') {
  const { entries, problems } = parseAcceptFile(toml, 'races.toml');
  expect(problems).toEqual([]);
  return accept(sampleReport, entries, today);
}
const namesOf = (report: RaceReport) => failing(report, 'confirmed').map(({ scripts }) => scripts.join(' '));

describe('parseAcceptFile', () => {
  test('reads an entry by id and one by pattern, a day as a date or as text', () => {
    const toml = `${entry(['id = "0123456789ab"'])}\n[[accept]]\nscripts = ["a", "b"]\ntype = "T4"\nobject = "name /run/*"\nreason = "r"\nuntil = "2028-02-29"\n`;
    expect(parseAcceptFile(toml, 'races.toml')).toEqual({
      entries: [
        { match: { id: '0123456789ab' }, reason: 'retries', until: '2027-06-30', file: 'races.toml', line: 1 },
        {
          match: { scripts: ['a', 'b'], type: 'T4', object: 'name /run/*' },
          reason: 'r',
          until: '2028-02-29',
          file: 'races.toml',
          line: 6,
        },
      ],
      problems: [],
    });
  });
  test('of an empty file has nothing to say', () => {
    expect(parseAcceptFile('# nothing yet\n', 'races.toml')).toEqual({ entries: [], problems: [] });
  });
  test.each([
    [
      'no reason',
      '[[accept]]\nid = "0123456789ab"\nuntil = 2027-06-30',
      'races.toml:1: "accept[0]": reason is missing; accepted: why this race may stay, in words',
    ],
    [
      'an empty reason',
      '[[accept]]\nid = "0123456789ab"\nreason = " "\nuntil = 2027-06-30',
      'races.toml:3: "accept[0].reason = \\" \\"": is not a value it can have; accepted: why this race may stay, in words',
    ],
    [
      'no day',
      '[[accept]]\nid = "0123456789ab"\nreason = "r"',
      'races.toml:1: "accept[0]": until is missing; accepted: the last day on which it counts: 2027-06-30',
    ],
    [
      'a day that is none',
      '[[accept]]\nid = "0123456789ab"\nreason = "r"\nuntil = "2027-02-30"',
      'races.toml:4: "accept[0].until = \\"2027-02-30\\"": is not a value it can have; accepted: the last day on which it counts: 2027-06-30',
    ],
    [
      'an id that is none',
      entry(['id = "abc"']),
      'races.toml:2: "accept[0].id = \\"abc\\"": is not a value it can have; accepted: the id of a finding: 12 hex digits',
    ],
    [
      'half a pattern',
      entry(['scripts = ["a", "b"]', 'type = "T4"']),
      'races.toml:1: "accept[0]": object is missing; accepted: an object as the report calls it, * stands for anything: "name /run/*"',
    ],
    [
      'both',
      entry(['id = "0123456789ab"', 'type = "T4"']),
      'races.toml:1: "accept[0]": id and a pattern; accepted: id alone, or scripts, type and object',
    ],
    [
      'a type that is none',
      byPattern('["a", "b"]', 'T0', '*'),
      'races.toml:3: "accept[0].type = \\"T0\\"": is not a value it can have; accepted: T1, T2, T3, T4, T5, T6, T7, T8, T9',
    ],
    [
      'one script',
      byPattern('["a"]', 'T1', '*'),
      'races.toml:2: "accept[0].scripts = [\\"a\\"]": is not a value it can have; accepted: two names of scripts: ["ssh", "rsyslog"]',
    ],
    [
      'an unknown key',
      entry(['id = "0123456789ab"', 'untill = 1']),
      'races.toml:3: "accept[0].untill = 1": unknown key; accepted: until? id, scripts, type, object, reason, until',
    ],
    ['an unknown section', '[acept]\nid = "x"', 'races.toml:1: "acept": unknown section; accepted: accept? [[accept]], one for each race'],
    [
      'a table that is no list',
      '[accept]\nid = "x"',
      'races.toml:1: "accept": must be a list of tables; accepted: [[accept]], one for each race',
    ],
  ])('tells of %s, and leaves it out', (_, toml, said) => {
    const read = parseAcceptFile(toml, 'races.toml');
    expect(read.problems.map(formatProblem)).toContain(said);
    expect(read.entries).toEqual([]);
  });
  test('tells the line where it is no TOML, and counts nothing of it', () => {
    const read = parseAcceptFile(`${entry(['id = "0123456789ab"'])}\nid = = 3\n`, 'races.toml');
    expect(read.entries).toEqual([]);
    expect(read.problems.map(formatProblem)[0]).toMatch(/^races\.toml:6: "id = = 3": .*; accepted: TOML 1\.0; nothing of the file counts$/);
  });
});

describe('accept', () => {
  test('by id: it does not fail any more, and the reader is told why', () => {
    const { report, unused, expired } = gate(entry([`id = "${dbus?.id}"`]));
    expect(namesOf(report)).toEqual(['redis shop', 'ntpsec ntpdate']);
    expect(formatReport(report)).toContain('  accepted until 2027-06-30: retries');
    expect([unused, expired]).toEqual([[], []]);
  });
  test('by pattern: either order of the scripts, and every object must fit', () => {
    expect(namesOf(gate(byPattern('["ntpdate", "ntpsec"]', 'T4', 'address udp:*:123')).report)).not.toContain('ntpsec ntpdate');
    expect(namesOf(gate(byPattern('["dbus", "avahi-daemon"]', 'T1', 'address *')).report)).toContain('dbus avahi-daemon');
    expect(namesOf(gate(byPattern('["dbus", "avahi-daemon"]', 'T1', '*dbus*')).report)).not.toContain('dbus avahi-daemon');
    expect(namesOf(gate(byPattern('["ntpdate", "ntpdate"]', 'T4', '*')).report)).toContain('ntpsec ntpdate');
  });
  test.each([
    ['address udp:0.0.0.0:123', true],
    ['address udp:0.0.0.0:12', false],
    ['*:123', true],
    ['address*', true],
    ['address udp:0.0.0.0:123*', true],
    ['*0.0.0.0*0.0.0.0*', false],
    ['**', true],
    ['address udp:0.0.0.0:1*123', false],
    ['.*', false],
  ])('the pattern %s fits: %s', (pattern, fits) => {
    expect(namesOf(gate(byPattern('["ntpdate", "ntpsec"]', 'T4', pattern)).report).includes('ntpsec ntpdate')).toBe(!fits);
  });
  test('on its last day counts, the day after fails, with words', () => {
    const toml = entry([`id = "${dbus?.id}"`]);
    expect(namesOf(gate(toml, '2027-06-30').report)).not.toContain('dbus avahi-daemon');
    const late = gate(toml, '2027-07-01');
    expect(namesOf(late.report)).toContain('dbus avahi-daemon');
    expect(describeAccepted(late)).toEqual([
      `races.toml:1: accepted until 2027-06-30, which is over: ${dbus?.id} (dbus, avahi-daemon); the reason was: retries`,
    ]);
  });
  test('tells of entries that match nothing', () => {
    expect(describeAccepted(gate(`${entry(['id = "000000000000"'])}${byPattern('["a", "b"]', 'T1', '*')}`))).toEqual([
      'races.toml:1: matches no race of this report: take it out (id 000000000000)',
      'races.toml:5: matches no race of this report: take it out (T1 of a and b on *)',
    ]);
  });
  test('forgets what an older run accepted', () => {
    const findings = sampleReport.findings.map((each) => ({ ...each, accepted: { reason: 'old', until: '2099-01-01' } }));
    expect(accept({ ...sampleReport, findings }, [], '2026-11-25').report).toEqual(sampleReport);
  });
});

describe('failing', () => {
  test.each([
    ['confirmed', 3],
    ['divergent', 5],
    ['any', 8],
  ] as const)('on %s', (kind, count) => {
    expect(failing(sampleReport, kind)).toHaveLength(count);
  });
  test('has the worst first', () => {
    expect(failing(sampleReport, 'any').map(({ id }) => id)[0]).toBe(idOf('dbus', 'avahi-daemon'));
  });
});
