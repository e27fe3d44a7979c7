import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWindow, readRows, startBrowser, untilLive } from './support/browser.ts';
import { post } from './support/post.ts';
import { startNester } from './support/program.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());

const HOUR = 3_600;

describe('rewind', () => {
  it('turns the table to a moment of the past, and back to live with one key', async () => {
    const nester = await startNester();
    await post(nester.url, { node: 'lyon', interval: HOUR, latency: 10 });
    const [{ receivedAt }] = (await (await fetch(`${nester.url}/api/nodes`)).json()) as [{ receivedAt: number }];
    await expect.poll(() => Date.now()).toBeGreaterThan(receivedAt + 1);
    await post(nester.url, { node: 'lyon', interval: HOUR, latency: 99 }, { node: 'nice', interval: HOUR, latency: 5 });

    await using window = await openWindow(browser, `${nester.url}/?at=${receivedAt}`);
    const { page, faults } = window;
    await untilLive(page);

    await expect.poll(async () => (await readRows(page)).map(({ node, latency }) => `${node} ${latency}`)).toEqual(['lyon 10.0 ms']);
    expect(await page.locator('.rewind-moment').textContent()).toContain('As it was at');

    await post(nester.url, { node: 'brest', interval: HOUR, latency: 1 });
    await page.keyboard.press('l');

    await expect.poll(async () => (await readRows(page)).map(({ node }) => node)).toEqual(['brest', 'lyon', 'nice']);
    expect(await page.locator('.rewind').isVisible()).toBe(false);
    await expect.poll(() => new URL(page.url()).search).toBe('');
    expect(faults).toEqual([]);
  });

  it('goes back minute by minute with the slider, says so, and keeps the moment in the address', async () => {
    const nester = await startNester();
    await post(nester.url, { node: 'lyon', interval: HOUR, latency: 10 });
    await using window = await openWindow(browser, nester.url);
    const { page } = window;
    await page.locator('tbody tr').waitFor();

    await page.getByRole('button', { name: 'Rewind' }).click();
    await page.getByText('Nothing was known of any node then').waitFor();
    const before = await page.getByRole('slider').inputValue();
    await page.getByRole('slider').press('ArrowLeft');

    expect(Number(await page.getByRole('slider').inputValue())).toBe(Number(before) - 1);
    await expect.poll(() => new URL(page.url()).searchParams.get('at')).toBe(`${new Date((Number(before) - 1) * 60_000).toISOString().slice(0, 16)}Z`);
    const title = await page.locator('.rewind-moment strong').textContent();
    await page.reload();
    await expect.poll(() => page.locator('.rewind-moment strong').textContent()).toBe(title);

    await page.getByRole('button', { name: 'Back to live L' }).click();
    await page.locator('tbody tr').waitFor();
  });

  it('says that a moment is not known when Nester does not answer', async () => {
    const nester = await startNester();
    await post(nester.url, { node: 'lyon', interval: HOUR });
    await using window = await openWindow(browser, nester.url);
    const { page } = window;
    await page.locator('tbody tr').waitFor();
    await nester.kill();

    await page.getByRole('button', { name: 'Rewind' }).click();

    await page.locator('.rewind[data-phase=failed]').waitFor();
    expect(await page.locator('.rewind-state').textContent()).toBe('Nester did not answer');
  });

  it('has room for itself on a phone, in French', async () => {
    const nester = await startNester();
    await post(nester.url, { node: 'lyon', interval: HOUR });
    await using window = await openWindow(browser, `${nester.url}/?at=${Date.now()}`, { viewport: { width: 390, height: 844 }, locale: 'fr-FR' });
    const { page } = window;
    await page.locator('.rewind[data-phase=known]').waitFor();

    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
    expect(await page.locator('.rewind-moment strong').textContent()).toContain('Tel que c’était');
  });
});

describe('a page from before an update', () => {
  it('offers to load the new one', async () => {
    const nester = await startNester();
    await post(nester.url, { node: 'lyon', interval: HOUR });
    await using window = await openWindow(browser, 'about:blank');
    const { page } = window;
    // What an older page would hear: the name of a script that is not its own.
    await page.routeWebSocket(/\/ws/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((message) => socket.send(message.toString().replace(/"page":"main-[^"]+"/, '"page":"main-NEWER000.js"')));
    });
    await page.goto(nester.url);
    await page.locator('tbody tr').waitFor();

    const strip = page.locator('.newer');
    expect(await strip.textContent()).toContain('Nester was updated');
    const loaded = page.waitForEvent('load');
    await strip.getByRole('button', { name: 'Reload' }).click();
    await loaded;
  });

  it('is told nothing of the kind otherwise', async () => {
    const nester = await startNester();
    await post(nester.url, { node: 'lyon', interval: HOUR });
    await using window = await openWindow(browser, nester.url);
    const { page } = window;
    await page.locator('tbody tr').waitFor();

    expect(await page.locator('.newer').isVisible()).toBe(false);
  });
});
