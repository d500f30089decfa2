/** Images to mend: scripts as real texts, with everything that headers of the world have in them. */
import fc from 'fast-check';
import { interpretFields, readFields } from '../../../../../src/init/lsb-header.ts';
import { DEBIAN_FACILITIES, parseFacilities } from '../../../../../src/init/plan/facilities.ts';
import type { PlanScript } from '../../../../../src/init/plan/plan-script.ts';
import type { MendImage } from '../../../../../src/init/races/mend/mend-image.ts';
import type { Finding, JudgedFinding, Judgement, RaceType } from '../../../../../src/init/races/report/finding.ts';

/** Lines of a header, from which the text is made. */
export function mendScript(name: string, lines: readonly string[] = []): { readonly script: PlanScript; readonly text: string } {
  const given = (key: string) => lines.some((line) => line.startsWith(`# ${key}:`));
  const defaults = [
    ['Provides', name],
    ['Default-Start', '2 3 4 5'],
    ['Default-Stop', '0 1 6'],
  ] as const;
  const body = [...defaults.filter(([key]) => !given(key)).map(([key, value]) => `# ${`${key}:`.padEnd(18)} ${value}`), ...lines];
  const text = ['#!/bin/sh', '### BEGIN INIT INFO', ...body, '### END INIT INFO', 'case "$1" in', 'start) true ;;', 'esac', ''].join('\n');
  return { script: scriptOf(name, text), text };
}

export function scriptOf(name: string, text: string): PlanScript {
  const file = `/etc/init.d/${name}`;
  const { fields = [] } = readFields(text, file);
  const { header } = interpretFields(fields, { name, file });
  return { name, file, header, fields, start: new Set(header.defaultStart), stop: new Set(header.defaultStop) };
}

export function mendImage(headers: Readonly<Record<string, readonly string[]>>, vendor: readonly string[] = []): MendImage {
  const made = Object.entries(headers).map(([name, lines]) => mendScript(name, lines));
  return {
    scripts: made.map(({ script }) => script),
    facilities: parseFacilities([DEBIAN_FACILITIES]),
    texts: new Map(made.map(({ script, text }) => [script.file, text])),
    vendor: new Set(vendor),
  };
}

export function raceOf(
  type: RaceType,
  scripts: readonly [string, string],
  more: { readonly object?: string; readonly judgement?: Partial<Judgement>; readonly directed?: boolean } = {},
): Finding & Partial<Pick<JudgedFinding, 'judgement'>> {
  const { object = 'name /run/x', judgement, directed = ['T1', 'T2', 'T6', 'T7', 'T9'].includes(type) } = more;
  const site = (script: string, atMs: number) => ({ script, process: script, pid: 1, call: 'open', argument: '/run/x', atMs });
  return {
    id: `${type}${scripts.join('')}`,
    type,
    tier: 'rc2.d/S01',
    scripts,
    directed,
    witnesses: [{ type, object, first: site(scripts[0], 1), second: site(scripts[1], 2), trace: 'boot-1' }],
    witnessCount: 1,
    slackMs: { min: 1, median: 1, traces: 1 },
    score: 0.5,
    mechanism: 'x',
    declaredEdge: type === 'T7',
    ...(judgement && { judgement: { verdict: 'confirmed', differences: [], trials: 3, ...judgement } }),
  };
}

const word = fc.constantFrom('a', 'b', 'c', '$remote_fs', '$syslog', '+d', 'mta', '$network');
const words = fc.array(word, { maxLength: 3 }).map((list) => list.join(' '));
const headerLine = fc.oneof(
  fc
    .record({
      key: fc.constantFrom(
        'Provides',
        'Required-Start',
        'required-start',
        'Should-Start',
        'X-Start-Before',
        'Required-Stop',
        'Default-Start',
        'X-Ready',
        'X-Vendor-Key',
      ),
      gap: fc.constantFrom('', ' ', '\t', '          '),
      value: words,
      hash: fc.constantFrom('# ', '#', '#\t'),
    })
    .map(({ key, gap, value, hash }) => `${hash}${key}:${gap}${value}`),
  fc.constantFrom('# Short-Description: one line', '# Description: begins', '#  and goes on', '#', '# nonsense', '## comment'),
);

/** A script as somebody may have written it: repeated keys, odd blanks, carriage returns, no newline at its end, or no header at all. */
export const scriptText = fc
  .record({
    header: fc.array(headerLine, { maxLength: 8 }),
    hasHeader: fc.boolean(),
    body: fc.array(fc.constantFrom('echo "$1"', '', 'exit 0', '### END INIT INFO', '--- a', '+++ b'), { maxLength: 12 }),
    end: fc.constantFrom('\n', '\r\n'),
    isEnded: fc.boolean(),
  })
  .map(({ header, hasHeader, body, end, isEnded }) => {
    const block = hasHeader ? ['### BEGIN INIT INFO', ...header, '### END INIT INFO'] : [];
    return `${['#!/bin/sh', ...block, ...body].join(end)}${isEnded ? end : ''}`;
  });
