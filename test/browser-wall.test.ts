import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWindow, sidewaysPx, startBrowser } from './support/browser.ts';
import { post } from './support/post.ts';
import { startNester } from './support/program.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());

const HOUR = 3_600;

describe('the wall', () => {
  it('shows trouble first and large, what is strange next, and every other site', async () => {
    const nester = await startNester();
    await post(nester.url, { node: 'dark', interval: 1 });
    await post(nester.url, { node: 'well 10', interval: HOUR, latency: 12.3, loss: 0 });
    await post(nester.url, { node: 'well 9', interval: HOUR, latency: 1.5, loss: 0 });
    await post(nester.url, { node: 'lossy', interval: HOUR, latency: 80, loss: 40 });
    await using window = await openWindow(browser, `${nester.url}/?wall`);
    const { page, faults } = window;
    await page.locator('.in-trouble .tile[data-status=offline]').waitFor();

    expect(await page.locator('.in-trouble .tile-name').allTextContents()).toEqual(['dark']);
    expect(await page.locator('.are-well .tile-name').allTextContents()).toEqual(['lossy', 'well 9', 'well 10']);
    expect(await page.locator('[data-strange] .tile-value').textContent()).toBe('40% lost');
    const fonts = await page.locator('.tile-name').evaluateAll((tiles) => tiles.map((tile) => parseFloat(getComputedStyle(tile).fontSize)));
    expect(fonts[0]).toBeGreaterThan(Math.max(...fonts.slice(1)));
    expect(await page.locator('.bar').isVisible()).toBe(false);
    expect(faults).toEqual([]);
  });

  it.each([
    { width: 1920, height: 1080, locale: 'en-GB' },
    { width: 1080, height: 1920, locale: 'fr-FR' },
    { width: 390, height: 844, locale: 'fr-FR' },
  ])('fills a screen of $width x $height and not a pixel more, with 500 sites', async ({ width, height, locale }) => {
    const nester = await startNester();
    const reports = Array.from({ length: 500 }, (_, at) => ({ node: `site ${at}`, interval: at % 40 === 0 ? 1 : HOUR, latency: 3 }));
    await post(nester.url, ...reports);
    await using window = await openWindow(browser, `${nester.url}/?wall`, { viewport: { width, height }, locale });
    const { page } = window;
    await page.locator('.in-trouble .tile[data-status=offline]').first().waitFor();

    expect(await sidewaysPx(page)).toBe(0);
    expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThanOrEqual(height);
    expect(await page.locator('.mosaic').isVisible()).toBe(true);
    expect(await page.locator('.mosaic').getAttribute('aria-label')).toMatch(/^4\d\d /);
  });

  it('says large that what it shows is old, since when, and goes on by itself', async () => {
    const nester = await startNester();
    await post(nester.url, { node: 'a', interval: HOUR });
    await using window = await openWindow(browser, `${nester.url}/?wall`);
    const { page } = window;
    await page.locator('.tile').waitFor();
    const alarm = page.getByRole('alert');
    expect(await alarm.isVisible()).toBe(false);

    await nester.kill();

    await alarm.waitFor();
    expect(await alarm.textContent()).toMatch(/^NOT LIVE ?since \d\d:\d\d:\d\d, for /);
    const { fontSize, width } = await alarm.evaluate((element) => ({ fontSize: parseFloat(getComputedStyle(element).fontSize), width: element.clientWidth }));
    expect(fontSize).toBeGreaterThan(40);
    expect(width).toBeGreaterThan(1_200);

    const again = await startNester({ dataDir: nester.dataDir, env: { NESTER_PORT: String(nester.port) } });
    await alarm.waitFor({ state: 'hidden', timeout: 60_000 });
    await post(again.url, { node: 'b', interval: HOUR });
    await page.locator('.tile-name', { hasText: /^b$/ }).waitFor();
  });

  it('leads to a site and back to the table', async () => {
    const nester = await startNester();
    await post(nester.url, { node: 'lyon', interval: HOUR });
    await using window = await openWindow(browser, nester.url);
    const { page } = window;
    await page.getByRole('link', { name: 'Wall' }).click();
    await page.locator('.tile-name', { hasText: 'lyon' }).click();
    await page.waitForURL(/\/nodes\/lyon$/);

    await page.goBack();
    await page.locator('.tile-name').waitFor();
    await page.goBack();
    await page.locator('tbody tr').waitFor();
  });
});
