import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseLsbHeader } from '../../../src/init/lsb-header.ts';
import { formatProblem } from '../../../src/sys/problem.ts';

const parse = (text: string) => parseLsbHeader(text, { name: 'demo', file: '/etc/init.d/demo' });
const block = (...lines: readonly string[]) => ['#!/bin/sh', '### BEGIN INIT INFO', ...lines, '### END INIT INFO', 'exit 0', ''].join('\n');
const problems = (text: string) => parse(text).problems.map(({ line, value, message }) => [line, value, message]);

describe('parseLsbHeader()', () => {
  test('reads every key, lists by blanks, tabs and commas, keys in any case', () => {
    const { header, problems: none } = parse(
      block(
        '# Provides:\t\tdemo demod',
        '# Required-Start:    $remote_fs, $syslog',
        '# required-stop:     $syslog',
        '# Should-Start:      +named;$time',
        '# Should-Stop:',
        '# X-Start-Before:    kdm gdm',
        '# X-Stop-After:      kdm',
        '# Default-Start:     2 3 4 5',
        '# Default-Stop:      0 6',
        '# Short-description: A demo',
        '# Description:       First line',
        '#                    second: line',
        '#\tthird line',
        '# X-Interactive:     true',
        '# X-Timeout-Start:   2min',
        '# X-Timeout-Stop:    30',
        '# X-Health-Check:    tcp:22 wanted',
        '# X-Health-Check:    pidfile:/run/demo.pid',
        '# X-On-Failure:      hold',
        '# X-Tier:            20',
        '# X-Of-Others:       whatever',
      ),
    );
    expect(none).toEqual([]);
    expect(header).toMatchObject({
      provides: ['demo', 'demod'],
      requiredStart: ['$remote_fs', '$syslog'],
      requiredStop: ['$syslog'],
      shouldStart: ['+named', '$time'],
      shouldStop: [],
      startBefore: ['kdm', 'gdm'],
      stopAfter: ['kdm'],
      defaultStart: ['2', '3', '4', '5'],
      defaultStop: ['0', '6'],
      shortDescription: 'A demo',
      description: 'First line\nsecond: line\nthird line',
      interactive: true,
      timeoutStartMs: 120_000,
      timeoutStopMs: 30_000,
      healthChecks: [{ text: 'tcp:22', wanted: true }, { text: 'pidfile:/run/demo.pid' }],
      onFailure: 'hold',
      tier: '20',
    });
  });

  test('finds no header in a script without one, and no fault', () => {
    expect(parse('#!/bin/sh\n# Provides: nothing\n')).toEqual({ header: undefined, problems: [] });
  });

  test('takes a header without an end to reach as far as the comment, and says so', () => {
    const { header, problems: found } = parse('#!/bin/sh\n### BEGIN INIT INFO\n# Provides: a\n# Required-Start: b\nexit\n# Provides: c\n');
    expect(header).toMatchObject({ provides: ['a'], requiredStart: ['b'] });
    expect(found.map(formatProblem)).toEqual([
      '/etc/init.d/demo:2: "### BEGIN INIT INFO": the header has no end; accepted: ### END INIT INFO on a line of its own',
    ]);
  });

  test.each<[string, unknown[][]]>([
    ['# Provides: a\n# Provides: b', [[4, 'Provides: b', 'given twice, the first one counts']]],
    ['# Provides: a\n# Requires: b', [[4, 'requires', 'unknown key, not used']]],
    ['# Provides: a\nstray', [[4, 'stray', 'neither a key nor part of a Description']]],
    ['# Provides: $network', [[3, '$network', 'no script provides a $facility']]],
    ['# Provides: a\n# X-Interactive: perhaps', [[4, 'X-Interactive: perhaps', 'not a value of X-Interactive, taken as false']]],
    ['# Provides: a\n# X-On-Failure: panic', [[4, 'X-On-Failure: panic', 'not a value of X-On-Failure, taken as degrade']]],
    ['# Provides: a\n# X-Timeout-Start: forever', [[4, 'X-Timeout-Start: forever', 'not a X-Timeout-Start, the default is used']]],
    ['# Provides: a\n# X-Health-Check: tcp:x', [[4, 'X-Health-Check: tcp:x', '"x" is not a port, the check is not made']]],
  ])('names file, line and value of what is wrong in %j', (lines, expected) => {
    expect(problems(block(...lines.split('\n')))).toEqual(expected);
  });

  test('takes the name of a script whose header provides nothing', () => {
    const { header, problems: found } = parse(block('# Default-Start: 2'));
    expect(header?.provides).toEqual(['demo']);
    expect(found).toMatchObject([{ file: '/etc/init.d/demo', message: 'Provides is missing' }]);
  });

  test('reads lines that end with CR LF', () => {
    expect(parse(block('# Provides: a', '# Default-Start: 2').replaceAll('\n', '\r\n')).header).toMatchObject({
      provides: ['a'],
      defaultStart: ['2'],
    });
  });

  test('never throws, and every fault names a line of the file', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('# Provides: a', '# X-Timeout-Start: x', '### END INIT INFO', '### BEGIN INIT INFO', '# Description: d', '#   more'),
      fc
        .tuple(fc.constantFrom('Provides', 'X-Health-Check', 'X-On-Failure', 'Zzz'), fc.string())
        .map(([key, value]) => `# ${key}: ${value}`),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const text = block(...lines);
        const count = text.split('\n').length;
        for (const problem of parse(text).problems) expect(problem.line ?? 1).toBeLessThanOrEqual(count);
      }),
    );
  });

  test('gives back the lists that were written', () => {
    const word = fc.stringMatching(/^[+$a-z][a-z0-9_.-]{0,8}$/);
    fc.assert(
      fc.property(fc.array(word), fc.array(word), fc.constantFrom(' ', '\t', '  ', ', '), (start, stop, gap) => {
        const { header } = parse(block('# Provides: demo', `# Required-Start: ${start.join(gap)}`, `# Should-Stop:${stop.join(gap)}`));
        expect(header).toMatchObject({ requiredStart: start, shouldStop: stop });
      }),
    );
  });
});
