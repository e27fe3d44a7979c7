import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWindow, readNodes, readRows, startBrowser, untilLive } from './support/browser.ts';
import { openLine } from './support/line.ts';
import { post } from './support/post.ts';
import { startPrefixProxy } from './support/prefix-proxy.ts';
import { startNester } from './support/program.ts';

/** What happens is seen, without a reload; and what may be old is said to be old. */

const SOON = { timeout: 20_000 };

let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
});

afterAll(() => browser.close());

/** Notes that the page is still the one that was opened; `isSame` says whether it still is. */
async function watchReloads(page: Page): Promise<{ isSame: () => Promise<boolean> }> {
  await page.evaluate(() => document.documentElement.setAttribute('data-opened-once', ''));
  return { isSame: () => page.evaluate(() => document.documentElement.hasAttribute('data-opened-once')) };
}

function connectionOf(page: Page) {
  return page.locator('header').getByRole('status');
}

describe('the live page', () => {
  it('shows a node as soon as its first report was POSTed, without a reload', async () => {
    const nester = await startNester();
    await using window = await openWindow(browser, nester.url);
    const { page, faults } = window;
    await page.getByRole('heading', { name: 'No node yet' }).waitFor();
    const opened = await watchReloads(page);

    await post(nester.url, { node: 'a', ip: '10.0.0.7', devices: 12, latency: 3.4, loss: 0, interval: 60 });
    await expect.poll(() => readRows(page), SOON).toHaveLength(1);

    const [row] = await readRows(page);
    expect(row).toEqual({
      status: 'Online',
      node: 'a',
      ip: '10.0.0.7',
      devices: '12',
      latency: '3.40 ms',
      loss: '0%',
      updated: expect.stringMatching(/^(now|\ds ago)$/) as string,
    });
    expect(await page.getByRole('heading', { name: 'No node yet' }).isVisible()).toBe(false);
    expect(await opened.isSame()).toBe(true);
    expect(faults).toEqual([]);
    await nester.stop();
  });

  it('shows what a later report measured, and a dash for what it did not', async () => {
    const nester = await startNester();
    await post(nester.url, { node: 'a', ip: '10.0.0.7', devices: 12, latency: 3.4, loss: 0 });
    await using window = await openWindow(browser, nester.url);
    const { page } = window;
    await untilLive(page);

    await post(nester.url, { node: 'a', ip: '10.0.0.8', latency: 250, loss: 12.5 });

    await expect
      .poll(() => readRows(page), SOON)
      .toMatchObject([{ node: 'a', ip: '10.0.0.8', devices: '–', latency: '250 ms', loss: '12.5%' }]);
    await nester.stop();
  });

  it('keeps the newest values when an older report arrives late', async () => {
    const nester = await startNester();
    await post(nester.url, { node: 'a', latency: 5 });
    await using window = await openWindow(browser, nester.url);
    const { page } = window;
    await untilLive(page);

    await post(nester.url, { node: 'a', latency: 900, timestamp: Date.now() - 3_600_000 });
    await post(nester.url, { node: 'b', latency: 7 });
    await expect.poll(() => readNodes(page), SOON).toEqual(['a', 'b']);

    expect(await readRows(page)).toMatchObject([{ latency: '5.00 ms' }, { latency: '7.00 ms' }]);
    await nester.stop();
  });

  it('calls a site late, then offline, then online again, in words, in the title and aloud', async () => {
    const nester = await startNester();
    await post(nester.url, { node: 'a', interval: 3_600 });
    await using window = await openWindow(browser, nester.url);
    const { page } = window;
    await untilLive(page);
    const seen: string[] = [];
    const statusOfB = async (): Promise<string | undefined> => {
      const status = (await readRows(page)).find(({ node }) => node === 'b')?.status;
      if (status !== undefined && seen.at(-1) !== status) seen.push(status);
      return status;
    };

    await post(nester.url, { node: 'b', interval: 1 });
    await expect.poll(statusOfB, SOON).toBe('Online');
    const titleWell = await page.title();
    await expect.poll(statusOfB, SOON).toBe('Late');
    const titleLate = await page.title();
    const nodesLate = await readNodes(page);
    await expect.poll(() => page.locator('[aria-live=polite]').textContent(), SOON).toContain('b: Late');
    await expect.poll(statusOfB, SOON).toBe('Offline');
    const lasting = await page.locator('tbody tr').first().locator('.lasting').textContent();
    await post(nester.url, { node: 'b', interval: 3_600 });
    await expect.poll(statusOfB, SOON).toBe('Online');

    expect(seen).toEqual(['Online', 'Late', 'Offline', 'Online']);
    expect([titleWell, titleLate]).toEqual(['Nester', '(1) Nester']);
    expect(nodesLate).toEqual(['b', 'a']);
    expect(lasting).toMatch(/^\d+s$/);
    await expect.poll(() => page.title(), SOON).toBe('Nester');
    await nester.stop();
  });

  it('lets time go on between reports', async () => {
    const nester = await startNester();
    await post(nester.url, { node: 'a', timestamp: Date.now() - 10_000, interval: 3_600 });
    await using window = await openWindow(browser, nester.url);
    const { page } = window;
    await untilLive(page);
    const age = async (): Promise<number> => Number.parseInt((await readRows(page))[0]?.updated ?? '');
    // The row is there first, and how old it is in the next frame.
    await expect.poll(age, SOON).toBeGreaterThanOrEqual(10);
    const before = await age();

    await expect.poll(age, SOON).toBeGreaterThan(before + 1);

    const time = page.locator('tbody time');
    expect(await time.getAttribute('datetime')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    await page.locator('td.in-updated').hover();
    expect(await page.locator('td.in-updated').getAttribute('title')).toMatch(/^Measured .*\d\d:\d\d:\d\d\nReceived .*\d\d:\d\d:\d\d$/);
    await nester.stop();
  });

  it('takes away a node that was forgotten', async () => {
    const nester = await startNester();
    await post(nester.url, { node: 'a' }, { node: 'b' });
    await using window = await openWindow(browser, nester.url);
    const { page } = window;
    await expect.poll(() => readNodes(page), SOON).toEqual(['a', 'b']);

    await fetch(`${nester.url}/api/nodes/a`, { method: 'DELETE' });

    await expect.poll(() => readNodes(page), SOON).toEqual(['b']);
    await nester.stop();
  });

  it('survives a restart of Nester, says since when it was not live, and shows what came after', async () => {
    const nester = await startNester();
    await post(nester.url, { node: 'a', latency: 1, interval: 3_600 });
    await using window = await openWindow(browser, nester.url);
    const { page, faults } = window;
    await untilLive(page);
    await expect.poll(() => readNodes(page), SOON).toEqual(['a']);
    const opened = await watchReloads(page);

    await nester.stop();
    await expect.poll(() => connectionOf(page).textContent(), SOON).toMatch(/^Not live since \d\d:\d\d:\d\d, reconnecting$/);
    const told = await connectionOf(page).textContent();
    const titleLost = await page.title();
    const dimmed = await page.locator('tbody').evaluate((body) => Number(getComputedStyle(body).opacity));
    const rowsLost = await readNodes(page);
    const again = await startNester({ dataDir: nester.dataDir, env: { NESTER_PORT: String(nester.port) } });
    await post(again.url, { node: 'a', latency: 2, interval: 3_600 }, { node: 'b', latency: 3 });

    await expect
      .poll(() => readRows(page), SOON)
      .toMatchObject([{ node: 'a', latency: '2.00 ms' }, { node: 'b', latency: '3.00 ms' }]);
    await expect.poll(() => connectionOf(page).textContent(), SOON).toBe('Live');
    expect(told).toMatch(/^Not live since/);
    expect(titleLost).toBe('Nester · not live');
    expect(dimmed).toBeLessThan(1);
    expect(rowsLost).toEqual(['a']);
    expect(await opened.isSame()).toBe(true);
    expect(faults).toEqual([]);
    await again.stop();
  });

  it('catches up by cursor with what it missed while its line was cut', async () => {
    const nester = await startNester();
    await using line = await openLine(nester.port);
    await post(nester.url, { node: 'a', latency: 1, interval: 3_600 }, { node: 'gone' });
    await using window = await openWindow(browser, line.url);
    const { page } = window;
    await untilLive(page);
    await expect.poll(() => readNodes(page), SOON).toEqual(['a', 'gone']);
    const sockets: { url: string; types: string[] }[] = [];
    page.on('websocket', (socket) => {
      const types: string[] = [];
      sockets.push({ url: socket.url(), types });
      socket.on('framereceived', ({ payload }) => types.push((JSON.parse(String(payload)) as { type: string }).type));
    });

    line.cut();
    await expect.poll(() => connectionOf(page).textContent(), SOON).toMatch(/^Not live since/);
    await post(nester.url, { node: 'a', latency: 2, interval: 3_600 }, { node: 'b', latency: 3 });
    await fetch(`${nester.url}/api/nodes/gone`, { method: 'DELETE' });
    line.mend();

    await expect
      .poll(() => readRows(page), SOON)
      .toMatchObject([{ node: 'a', latency: '2.00 ms' }, { node: 'b', latency: '3.00 ms' }]);
    const resumed = sockets.find(({ types }) => types.length > 0);
    expect(resumed?.url).toMatch(/\/ws\?cursor=.+/);
    expect(resumed?.types).toContain('reports');
    expect(resumed?.types).not.toContain('snapshot');
    await nester.stop();
  });

  it('finds out that its line died without a word', async () => {
    const nester = await startNester();
    await using line = await openLine(nester.port);
    await post(nester.url, { node: 'a', interval: 3_600 });
    await using window = await openWindow(browser, line.url);
    const { page } = window;
    await untilLive(page);

    line.pullPlug();
    await page.evaluate(() => dispatchEvent(new Event('online')));

    await expect.poll(() => connectionOf(page).textContent(), { timeout: 60_000 }).toMatch(/^Not live since/);
    line.mend();
    await expect.poll(() => connectionOf(page).textContent(), { timeout: 60_000 }).toBe('Live');
    await nester.stop();
  });

  it('gets a sign of life from a Nester that has nothing to tell, when it asks for one', async () => {
    const nester = await startNester();
    await using window = await openWindow(browser, nester.url);
    const { page } = window;
    await untilLive(page);
    const sent: string[] = [];
    const received: string[] = [];
    page.on('websocket', (socket) => {
      socket.on('framesent', ({ payload }) => sent.push(String(payload)));
      socket.on('framereceived', ({ payload }) => received.push((JSON.parse(String(payload)) as { type: string }).type));
    });
    await page.reload();
    await untilLive(page);

    await page.evaluate(() => dispatchEvent(new Event('online')));

    await expect.poll(() => received, SOON).toEqual(['snapshot', 'error']);
    expect(sent).toHaveLength(1);
    expect(await connectionOf(page).textContent()).toBe('Live');
    await nester.stop();
  });

  it('works behind a proxy that serves it under a path', async () => {
    const nester = await startNester();
    await using proxy = await startPrefixProxy(nester.port, '/sites/nester');
    await using window = await openWindow(browser, proxy.url);
    const { page, faults } = window;
    const command = await page.locator('code').first().textContent();

    await post(proxy.url, { node: 'a' });

    await expect.poll(() => readNodes(page), SOON).toEqual(['a']);
    expect(command).toContain(`curl -X POST ${proxy.url}api/report`);
    expect(faults).toEqual([]);
    await nester.stop();
  });
});
