import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatBlame, formatChain, formatPlan } from '../../../src/chart/boot-tables.ts';
import { chartPage } from '../../../src/chart/chart-page.ts';
import { drawChart } from '../../../src/chart/draw-chart.ts';
import { parseEvents } from '../../../src/chart/read-events.ts';
import { recordBoot } from '../../../src/chart/record-boot.ts';
import { planScale } from '../../../src/chart/time-scale.ts';
import { xmlText } from '../../../src/sys/xml-text.ts';
import { sampleBoot } from './sample-boot.ts';

const recordOf = (text: string) => {
  const record = recordBoot(parseEvents(text));
  if (record === undefined) throw new Error('no record');
  return record;
};

/** Elements open and close in order, attributes are quoted, no character is one that XML 1.0 forbids. */
function expectWellFormed(svg: string): void {
  const open: string[] = [];
  const rest = svg.replace(/<(\/?)([a-z]+)((?: [a-zA-Z0-9:-]+="[^"<]*")*)(\/?)>/g, (_, close: string, name: string, __, empty: string) => {
    if (close !== '') expect(open.pop()).toBe(name);
    else if (empty === '') open.push(name);
    return '';
  });
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<>]|&(?!amp;|lt;|gt;|quot;|#39;)/);
  expect(rest).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  expect(rest.isWellFormed()).toBe(true);
}

describe('drawChart()', () => {
  test('has a bar of its outcome for every script, and its name as text', () => {
    const svg = drawChart(recordOf(sampleBoot()));
    expectWellFormed(svg);
    for (const [name, kind] of [
      ['udev', 'done critical'],
      ['networking', 'done'],
      ['nginx', 'failed'],
      ['postgresql', 'timed-out critical'],
      ['hwclock.sh', 'skipped'],
      ['mountkernfs.sh', 'built-in'],
    ] as const) {
      const row = svg.split('\n').find((line) => line.includes(`>${name}</text>`));
      expect(row).toContain(`<rect class="bar ${kind}"`);
    }
    expect(svg.match(/class="bar [^"]*critical"/g)).toHaveLength(17);
    expect(svg.match(/<(circle|path) class="(un)?healthy"/g)).toHaveLength(8);
  });
  test('loads nothing and runs nothing', () => {
    const page = chartPage(drawChart(recordOf(sampleBoot())), 'chart');
    expect(page.replaceAll('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(
      /https?:|url\(|@import|<script|<link|<img|href=|\son[a-z]+=/i,
    );
    expect(page).toContain("default-src 'none'");
    expect(page).toContain('prefers-color-scheme: dark');
  });
  test('is well formed, and shows no markup of its own, whatever the names are', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('</text><script>x', '"><a href="x">', '&amp;', ']]>', '\u202eabc', '\ud800'),
    );
    fc.assert(
      fc.property(hostile, (name) => {
        expectWellFormed(drawChart(recordOf(sampleBoot({ names: (own) => (own === 'nginx' ? name : own) })), [name]));
      }),
      { numRuns: 50 },
    );
  });
  test('keeps within its width, however long the boot was held', () => {
    const svg = drawChart(recordOf(sampleBoot({ heldMs: 36_000_000 })));
    const bars = [...svg.matchAll(/<rect class="bar [^"]*" x="([\d.]+)" y="\d+" width="([\d.]+)"/g)];
    expect(bars.length).toBeGreaterThan(25);
    expect(Math.max(...bars.map(([, x, width]) => Number(x) + Number(width)))).toBeLessThan(1264);
    // A script of 3.7 s in a boot of ten hours can still be seen.
    const udev = svg.split('\n').find((line) => line.includes('>udev</text>')) ?? '';
    expect(Number(/class="bar [^"]*" x="[\d.]+" y="\d+" width="([\d.]+)"/.exec(udev)?.[1])).toBeGreaterThan(100);
    expect(svg).toContain('held 10 h 00 min');
  });
});

test('drawChart() draws what was before stage 1 short where it would hide the boot', () => {
  const late = sampleBoot().replaceAll(
    /"(uptimeMs|startedMs|copiedMs)":(\d+)/g,
    (_, key: string, ms: string) => `"${key}":${Number(ms) + 7_000_000}`,
  );
  const svg = drawChart(recordOf(late));
  const widthOf = (name: string) => {
    const row = svg.split('\n').find((line) => line.includes(`>${name}</text>`)) ?? '';
    return Number(/class="bar [^"]*" x="[\d.]+" y="\d+" width="([\d.]+)"/.exec(row)?.[1]);
  };
  expect(widthOf('udev')).toBeGreaterThan(100);
  expect(widthOf('kernel')).toBeLessThan(200);
});

describe('planScale()', () => {
  const span = fc.tuple(fc.nat(100_000), fc.nat(10_000_000)).map(([startMs, length]) => ({ startMs, endMs: startMs + length }));
  test('keeps the order of time and stays within the width', () => {
    fc.assert(
      fc.property(span, fc.array(span), fc.array(fc.nat(20_000_000)), (whole, holds, moments) => {
        const scale = planScale(whole, holds, 1000);
        const places = moments.toSorted((a, b) => a - b).map((ms) => scale.at(ms));
        for (const [index, place] of places.entries()) {
          expect(place).toBeGreaterThanOrEqual(Math.max(0, (places[index - 1] ?? 0) - 1e-6));
          expect(place).toBeLessThanOrEqual(1000 + 1e-6);
        }
        expect(scale.ticks.length).toBeLessThan(20);
        for (const ms of scale.ticks) expect(scale.cuts.some(({ startMs, endMs }) => ms > startMs && ms < endMs)).toBe(false);
      }),
    );
  });
});

describe('xmlText()', () => {
  test('can be read back but for what XML forbids', () => {
    expect(xmlText(`a<b>&"'\x1b\u202e`)).toBe('a&lt;b&gt;&amp;&quot;&#39;\ufffd\ufffd');
  });
});

describe('tables of a boot', () => {
  test('formatBlame() has the longest first', () => {
    expect(formatBlame(recordOf(sampleBoot())).split('\n').slice(0, 3)).toEqual([
      '     5.20 s  script  postgresql         rc2.d/S02  timed-out',
      '     3.70 s  script  udev               rcS.d/S02  done',
      '     2.50 s  script  mountall.sh        rcS.d/S04  done',
    ]);
  });
  test('formatChain() says what the barriers cost', () => {
    const lines = formatChain(recordOf(sampleBoot())).split('\n');
    expect(lines.find((line) => line.includes('udev'))).toBe(
      '   @7.91  +3.70 s  rcS.d/S02  udev              3.06 s alone, after keyboard-setup.sh',
    );
    expect(lines.at(-1)).toBe('23.30 s in all; for 11.09 s of it a tier waited for one script alone');
  });
  test('formatPlan() has every planned script with its limit', () => {
    const lines = formatPlan(recordOf(sampleBoot())).split('\n');
    expect(lines).toHaveLength(19);
    expect(lines.find((line) => line.includes('postgresql'))).toMatch(
      /^rc2\.d\/S02 {2}postgresql +90\.00 s +@18\.05 +5\.20 s +6 % +timed-out +-$/,
    );
  });
  test('show no control character of a hostile name', () => {
    const record = recordOf(sampleBoot({ names: () => '\x1b]0;x\x07\x9b' }));
    for (const text of [formatBlame(record), formatChain(record), formatPlan(record)])
      expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  });
});
