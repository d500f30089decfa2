/** The page of a race report as a browser shows it: wide and narrow, light and dark, by keyboard, on paper, with 500 findings. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { formatPage } from '../../src/init/races/report/page/report-page.ts';
import { hostileReport, largeReport, sampleReport } from '../unit/init/races/report/sample-report.ts';
import { openPage, type Page } from './browser.ts';

const pictures = new URL('../../dist/chart/', import.meta.url).pathname;
const directory = mkdtempSync(join(tmpdir(), 'lifeboot-races-page-'));
afterAll(() => rmSync(directory, { recursive: true }));

function put(name: string, html: string): string {
  writeFileSync(join(directory, name), html);
  return `file://${join(directory, name)}`;
}

/** WCAG 2.2: the least contrast of any text against the background of the page. */
const CONTRAST = `(() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const back = light(getComputedStyle(document.body).backgroundColor);
  const texts = [...document.querySelectorAll('body *')].filter((each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ''));
  return Math.min(...texts.filter((each) => each.tagName !== 'title').map((each) => {
    const style = getComputedStyle(each);
    const own = light(each instanceof SVGElement ? style.fill : style.color);
    return (Math.max(own, back) + 0.05) / (Math.min(own, back) + 0.05);
  }));
})()`;

/** Texts of a picture that touch each other or leave it, by the label of the picture; and the height of the smallest. */
const PICTURES = `(() => {
  const wrong = [];
  let least = 99;
  for (const svg of document.querySelectorAll('svg.race')) {
    const frame = svg.getBoundingClientRect();
    const boxes = [...svg.querySelectorAll('text')].map((text) => text.getBoundingClientRect());
    least = Math.min(least, ...boxes.map((box) => box.height));
    const touch = boxes.some((a, i) => boxes.slice(i + 1).some((b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3));
    const outside = boxes.some((box) => box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1);
    if (touch || outside) wrong.push(svg.getAttribute('aria-label'));
  }
  return { wrong, least };
})()`;

const resize = (page: Page, width: number) =>
  page.send('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 1, mobile: width < 700 });
const showAll = `document.querySelectorAll('article').forEach((article) => { article.style.contentVisibility = 'visible'; });
  document.querySelectorAll('details').forEach((each) => { each.open = true; });`;

async function photograph(page: Page, name: string, width: number): Promise<void> {
  const height = await page.evaluate<number>('document.documentElement.scrollHeight');
  const { data } = await page.send('Page.captureScreenshot', {
    captureBeyondViewport: true,
    clip: { x: 0, y: 0, width, height, scale: 1 },
  });
  mkdirSync(pictures, { recursive: true });
  writeFileSync(join(pictures, name), Buffer.from(String(data), 'base64'));
}

for (const scheme of ['light', 'dark'] as const) {
  test(`a race report can be read in a wide window, on a small one and on a phone, ${scheme}`, async () => {
    const url = put('races.html', formatPage(sampleReport));
    await using page = await openPage(url, scheme);
    await page.evaluate(showAll);
    for (const width of [1280, 800, 360]) {
      await resize(page, width);
      expect(await page.evaluate('document.documentElement.scrollWidth'), String(width)).toBeLessThanOrEqual(width);
      const { wrong, least } = await page.evaluate<{ readonly wrong: readonly string[]; readonly least: number }>(PICTURES);
      expect(wrong, String(width)).toEqual([]);
      expect(least, String(width)).toBeGreaterThanOrEqual(12);
      await photograph(page, `races-${scheme}-${width}.png`, width);
    }
    expect(await page.evaluate<number>(CONTRAST)).toBeGreaterThanOrEqual(4.5);
    expect(page.requests).toEqual([url]);
  });
}

test('a verdict is chosen by the keyboard, and a race is reached by its link', async () => {
  await using page = await openPage(put('races.html', formatPage(sampleReport)), 'light');
  const shown = `[...document.querySelectorAll('article')].filter((each) => each.offsetParent !== null).length`;
  expect(await page.evaluate(shown)).toBe(sampleReport.findings.length);
  await page.evaluate(`document.querySelector('#only-all').focus()`);
  for (const type of ['keyDown', 'keyUp']) {
    await page.send('Input.dispatchKeyEvent', { type, key: 'ArrowRight', code: 'ArrowRight', windowsVirtualKeyCode: 39 });
  }
  expect(await page.evaluate(`document.querySelector('input:checked').id`)).toBe('only-confirmed');
  expect(await page.evaluate(shown)).toBe(3);
  await page.evaluate(`document.querySelector('#only-all').click(); document.querySelectorAll('tbody a')[8].click()`);
  expect(await page.evaluate(`Math.round(document.querySelector('article:target').getBoundingClientRect().top)`)).toBeLessThan(60);
});

test('on paper everything is there: also what is folded', async () => {
  await using page = await openPage(put('races.html', formatPage(sampleReport)), 'light');
  await page.send('Emulation.setEmulatedMedia', { media: 'print' });
  const folded = `[...document.querySelectorAll('.sites')].every((table) => table.getBoundingClientRect().height > 20)`;
  expect(await page.evaluate(folded)).toBe(true);
  const { data } = await page.send('Page.printToPDF', { printBackground: true });
  expect(Buffer.from(String(data), 'base64').subarray(0, 5).toString()).toBe('%PDF-');
});

test('hostile names run nothing and fetch nothing', async () => {
  const evil = `</script></style><script>document.title = "owned"</script><img src="http://127.0.0.1:9/x" onerror="document.title='owned'">`;
  const url = put('hostile.html', formatPage(hostileReport(evil)));
  await using page = await openPage(url, 'light');
  await resize(page, 360);
  await page.evaluate(showAll);
  expect(await page.evaluate('document.title')).toMatch(/^Races: /);
  expect(await page.evaluate('document.images.length + document.scripts.length')).toBe(0);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
  expect(page.requests).toEqual([url]);
});

test('500 findings are there within three seconds, and one of them is a click away', async () => {
  const began = performance.now();
  await using page = await openPage(put('large.html', formatPage(largeReport(500))), 'light');
  expect(await page.evaluate('document.querySelectorAll("article").length')).toBe(500);
  const loadMs = await page.evaluate<number>('performance.getEntriesByType("navigation")[0].loadEventEnd');
  expect(loadMs).toBeLessThan(3000);
  expect(performance.now() - began).toBeLessThan(30_000);
  await page.evaluate(`document.querySelectorAll('tbody a')[420].click()`);
  const top = `Math.round(document.querySelector('article:target').getBoundingClientRect().top)`;
  await new Promise((wake) => setTimeout(wake, 500));
  expect(await page.evaluate(top)).toBeLessThan(400);
});
