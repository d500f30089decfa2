/** The chart as a browser shows it: `npm run test:chart`, with Debian's chromium. Apart from `npm test`, for the size of that package. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chartPage } from '../../src/chart/chart-page.ts';
import { drawChart } from '../../src/chart/draw-chart.ts';
import { parseEvents } from '../../src/chart/read-events.ts';
import { recordBoot } from '../../src/chart/record-boot.ts';
import { sampleBoot } from '../unit/chart/sample-boot.ts';
import { openPage } from './browser.ts';

const pictures = new URL('../../dist/chart/', import.meta.url).pathname;

/** Each row with its name, the place of its first bar, and whether its texts touch each other. */
const ROWS = `[...document.querySelectorAll('.row')].map((row) => {
  const texts = [...row.querySelectorAll('text')].map((text) => text.getBoundingClientRect());
  const bar = row.querySelector('.bar')?.getBoundingClientRect();
  const overlap = texts.length > 1 && texts[0].right > texts[1].left && texts[1].right > texts[0].left;
  const right = Math.max(...texts.map((text) => text.right));
  return { name: row.querySelector('text').textContent, left: bar?.left, width: bar?.width, right, size: texts[0].height, overlap };
})`;

/** WCAG 2.2: the contrast of each kind of text against the background it stands on. */
const CONTRAST = `(() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const back = light(getComputedStyle(document.querySelector('.back')).fill);
  return Math.min(...[...document.querySelectorAll('text')].map((text) => {
    const own = light(getComputedStyle(text).fill);
    return (Math.max(own, back) + 0.05) / (Math.min(own, back) + 0.05);
  }));
})()`;

for (const scheme of ['light', 'dark'] as const) {
  test(`the boot chart can be read at 1280 pixels, ${scheme}`, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'lifeboot-chart-'));
    const file = join(directory, 'chart.html');
    const hostile = '<script>document.title = "owned"</script>';
    const record = recordBoot(parseEvents(sampleBoot({ heldMs: 3_600_000, names: (name) => (name === 'cron' ? hostile : name) })));
    if (record === undefined) throw new Error('no record');
    writeFileSync(file, chartPage(drawChart(record, ['a machine']), 'chart'));
    await using page = await openPage(`file://${file}`, scheme);
    const rows = await page.evaluate<readonly Readonly<Record<string, number | string | boolean>>[]>(ROWS);
    const scripts = record.tiers.flatMap((tier) => tier.scripts);
    for (const { name } of scripts) {
      const row = rows.find((each) => name.startsWith(String(each['name']).replace(/…$/, '')));
      expect(row, name).toMatchObject({ overlap: false });
      expect(Number(row?.['left']), name).toBeGreaterThanOrEqual(200);
      expect(Number(row?.['width']), name).toBeGreaterThanOrEqual(2);
      expect(Number(row?.['right']), name).toBeLessThanOrEqual(1280);
      expect(Number(row?.['size']), name).toBeGreaterThanOrEqual(11);
    }
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(1280);
    expect(await page.evaluate<number>(CONTRAST)).toBeGreaterThanOrEqual(4.5);
    expect(await page.evaluate('document.title')).toBe('chart');
    expect(await page.evaluate('getSelection().selectAllChildren(document.querySelector("svg")) ?? getSelection().toString()')).toContain(
      'postgresql',
    );
    await page.evaluate('getSelection().empty()');
    expect(page.requests).toEqual([`file://${file}`]);
    const height = await page.evaluate<number>('document.documentElement.scrollHeight');
    await page.send('Emulation.setDeviceMetricsOverride', { width: 1280, height, deviceScaleFactor: 1, mobile: false });
    const { data } = await page.send('Page.captureScreenshot', {});
    mkdirSync(pictures, { recursive: true });
    writeFileSync(join(pictures, `boot-${scheme}.png`), Buffer.from(String(data), 'base64'));
    rmSync(directory, { recursive: true });
  });
}
