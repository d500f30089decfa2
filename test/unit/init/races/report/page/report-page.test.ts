import { describe, expect, test } from 'vitest';
import type { JudgedFinding } from '../../../../../../src/init/races/report/finding.ts';
import { badOrderOf, drawRace } from '../../../../../../src/init/races/report/page/race-picture.ts';
import { formatPage } from '../../../../../../src/init/races/report/page/report-page.ts';
import { hostileReport, largeReport, sampleReport } from '../sample-report.ts';

const [dbus] = sampleReport.findings as readonly [JudgedFinding];
const page = formatPage(sampleReport);

/** Names of elements that are opened and not closed again, or closed without having been opened. */
function unbalanced(html: string): readonly string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [, slash, name = '', rest = ''] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)((?:"[^"]*"|[^">])*)>/g)) {
    if (rest.endsWith('/') || ['meta', 'br', 'input'].includes(name)) continue;
    if (slash === '') open.push(name);
    else if (open.at(-1) === name) open.pop();
    else wrong.push(name);
  }
  return [...open, ...wrong];
}

describe('formatPage', () => {
  test('has an overview, and for each race an article with both orders', () => {
    expect(page.match(/<article /g)).toHaveLength(sampleReport.findings.length);
    expect(page.match(/<svg class="race"/g)).toHaveLength(2 * sampleReport.findings.length);
    for (const { id } of sampleReport.findings) {
      expect(page).toContain(`<a href="#race-${id}">`);
      expect(page).toContain(`id="race-${id}"`);
    }
    expect(unbalanced(page)).toEqual([]);
  });
  test('needs nothing from elsewhere, and runs nothing', () => {
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(/<script|\bsrc=|url\(|@import|https?:\/\//);
  });
  test('of hostile names is the same page with other words', () => {
    const evil = `</style></article><script>alert(1)</script>"'><img src=x onerror=alert(1)>\x1b[31m\u202e`;
    const hostile = formatPage(hostileReport(evil));
    expect(hostile).not.toMatch(/<script|<img|[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    expect(unbalanced(hostile)).toEqual([]);
    expect(hostile.match(/<article /g)).toHaveLength(sampleReport.findings.length);
  });
  test('is the same, byte for byte, whatever the order of the findings', () => {
    expect(formatPage({ ...sampleReport, findings: sampleReport.findings.toReversed() })).toBe(page);
  });
  test('of 500 findings is a few MiB', () => {
    expect(formatPage(largeReport(500)).length).toBeLessThan(3 * 1024 * 1024);
  });
  test('of none says so', () => {
    expect(formatPage({ ...sampleReport, findings: [] })).toContain('No races were found.');
  });
});

describe('drawRace', () => {
  const crosses = (svg: string) => svg.match(/class="cross"/g)?.length ?? 0;
  test('has one cross, in the order that does harm', () => {
    for (const finding of sampleReport.findings) {
      const bad = badOrderOf(finding);
      expect([drawRace(finding, 'seen'), drawRace(finding, 'other')].map(crosses)).toEqual([0, bad === 'other' ? 1 : 0]);
    }
  });
  test('has it in the order that was seen, where that is the bad one', () => {
    const judgement = { ...dbus.judgement, badOrder: 'dbus before avahi-daemon', goodOrder: 'avahi-daemon before dbus' };
    const turned = { ...dbus, judgement };
    expect([drawRace(turned, 'seen'), drawRace(turned, 'other')].map(crosses)).toEqual([1, 0]);
    expect(formatPage({ ...sampleReport, findings: [turned] })).toContain('<figcaption>Forced: avahi-daemon before dbus</figcaption>');
  });
  test('says in words what it shows', () => {
    expect(drawRace(dbus, 'seen')).toContain('aria-label="dbus: listen, then avahi-daemon: connect"');
    expect(drawRace(dbus, 'other')).toContain('aria-label="avahi-daemon: connect, then dbus: listen"');
  });
  test('nests a check around what the other one does', () => {
    const nested = sampleReport.findings.find(({ type }) => type === 'T5') as JudgedFinding;
    expect(drawRace(nested, 'other')).toContain('aria-label="ifupdown: looks, then hotplug: open, then ifupdown: acts"');
  });
});
