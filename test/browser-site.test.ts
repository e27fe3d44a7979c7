import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectAgent } from './support/agent-client.ts';
import { openWindow, readNodes, sidewaysPx, startBrowser, untilLive, type Window } from './support/browser.ts';
import { contrasts } from './support/contrast.ts';
import { post } from './support/post.ts';
import { startPrefixProxy } from './support/prefix-proxy.ts';
import { makeFolder, type RunningNester, startNester } from './support/program.ts';

/** A node's own page: what is wrong, how it was, what is on its network, and what can be done. */

const SOON = { timeout: 20_000 };
const MINUTE_MS = 60_000;
const HOSTILE = '<img src=x onerror=alert(1)>';
const EMOJI = '😀'.repeat(100);
const HOSTS = [
  { ip: '10.0.0.1', mac: '02:00:00:00:00:01', vendor: 'Ubiquiti', name: 'router', ports: [22, 443] },
  { ip: '10.0.0.9', mac: '02:00:00:00:00:09', vendor: 'Météo SA', name: 'sensor' },
  { ip: '10.0.0.10', mac: '02:00:00:00:00:10', vendor: 'Brother', name: 'printer' },
];

let browser: Browser;
let nester: RunningNester;
/** The minute in which the made-up hour ends. */
let endMs: number;

/**
 * An hour of a site, a report a minute: latency 20 ms, but for minute 10 (lost half of its packets,
 * 80 ms); silence from 20 to 29; a line that was down from 40 to 44, whose reports came after it.
 */
function anHour(node: string): Record<string, unknown>[] {
  const reports: Record<string, unknown>[] = [];
  for (let minute = 0; minute < 60; minute++) {
    if (minute >= 20 && minute < 30) continue;
    const atMs = endMs - (59 - minute) * MINUTE_MS;
    const isLate = minute >= 40 && minute < 45;
    reports.push({
      node,
      timestamp: new Date(atMs).toISOString(),
      ip: '10.0.0.7',
      devices: 3,
      latency: minute === 10 ? 80 : 20,
      loss: minute === 10 ? 50 : 0,
      jitter: 1,
      interval: 60,
      metrics: { cpu: 30 + (minute % 2) * 10, load1: 0.5, load5: 0.25, battery: 97 },
      targets: [{ name: 'gateway', latency: 1, loss: 0 }],
      hosts: minute === 59 ? HOSTS.slice(0, 2) : minute > 50 ? HOSTS : HOSTS.slice(0, 1).concat(HOSTS.slice(2)),
      labels: { city: 'Lyon' },
      agent: { version: '1.2.3', mode: 'agent', os: 'Debian 12', kept: 0, dropped: 0 },
      receivedAt: isLate ? endMs - 14 * MINUTE_MS + 500 : atMs + 50,
    });
  }
  return reports;
}

/** A data folder as an older Nester would have left it, with its own times of receipt. */
async function folderOf(reports: readonly Record<string, unknown>[]): Promise<string> {
  const folder = makeFolder();
  await writeFile(join(folder, 'data.json'), `[\n${reports.map((report) => JSON.stringify(report)).join(',\n')}\n]\n`);
  return folder;
}

beforeAll(async () => {
  browser = await startBrowser();
  endMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  nester = await startNester({ dataDir: await folderOf(anHour('lyon-01')) });
  await post(nester.url, { node: HOSTILE, latency: 5, interval: 3_600, labels: { '<b>x</b>': '<script>alert(2)</script>' }, metrics: { cpu: 3 } }, { node: EMOJI, latency: 5, interval: 3_600 });
});

afterAll(async () => {
  await browser.close();
  await nester.stop();
});

const THE_HOUR = (): string => `?from=${endMs - 60 * MINUTE_MS}&to=${endMs + MINUTE_MS}`;

/** By default with the made-up hour in view; of another Nester, with the last hour. */
async function openSite(node: string, options: BrowserContextOptions & { from?: string; search?: string } = {}): Promise<Window> {
  const { from = nester.url, search = options.from === undefined ? THE_HOUR() : '?range=1h', ...rest } = options;
  const window = await openWindow(browser, `${from}/nodes/${encodeURIComponent(node)}${search}`, rest);
  await window.page.locator('.sentence').waitFor();
  return window;
}

const chart = (page: Page, id: string): Locator => page.locator(`[data-chart="${id}"]`);
const summary = (page: Page, id: string): Locator => chart(page, id).locator('.chart-summary');
const pointedAt = (page: Page, id: string): Promise<string | null> => chart(page, id).getByRole('slider').getAttribute('aria-valuetext');

/** Resolves when a chart is drawn. */
async function drawn(page: Page, id: string): Promise<Locator> {
  const canvas = chart(page, id).locator('canvas');
  await chart(page, id).scrollIntoViewIfNeeded();
  await canvas.waitFor();
  return canvas;
}

/** Puts the mouse on a chart: `part` of its width from the left. */
async function pointAt(page: Page, id: string, part: number): Promise<void> {
  await drawn(page, id);
  const box = await chart(page, id).locator('.u-over').boundingBox();
  if (!box) throw new Error('the chart is not there');
  await page.mouse.move(box.x + box.width * part, box.y + box.height / 2);
}

/** How many pixels of a chart are of a colour of the page's style. */
function pixelsOf(canvas: Locator, colour: string): Promise<number> {
  return canvas.evaluate((target, name) => {
    const own = target as HTMLCanvasElement;
    const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const context = own.getContext('2d');
    if (!probe || !context) throw new Error('this browser has no canvas');
    probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    probe.fillRect(0, 0, 1, 1);
    const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
    const { data } = context.getImageData(0, 0, own.width, own.height);
    let count = 0;
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] === 255 && data[at] === red && data[at + 1] === green && data[at + 2] === blue) count++;
    }
    return count;
  }, colour);
}

/** How many pixels are clearly blue, as only the hatching is; thin slanted lines have soft edges, so there is no one colour to look for. */
function bluePixelsOf(canvas: Locator): Promise<number> {
  return canvas.evaluate((target) => {
    const own = target as HTMLCanvasElement;
    const { data } = own.getContext('2d')?.getImageData(0, 0, own.width, own.height) ?? { data: new Uint8ClampedArray() };
    let count = 0;
    for (let at = 0; at < data.length; at += 4) {
      const [red = 0, green = 0, blue = 0, alpha = 0] = data.slice(at, at + 4);
      // More than the tint above it.
      if (alpha > 60 && blue - red > 90 && blue - green > 40) count++;
    }
    return count;
  });
}

describe('the address of a node', () => {
  it('leads to its page, also after a reload, and back to the fleet as it was looked at', async () => {
    await using window = await openWindow(browser, nester.url);
    const { page, faults } = window;
    await page.getByRole('link', { name: 'lyon-01' }).click();
    await page.locator('.sentence').waitFor();
    const address = page.url();

    await page.reload();
    await page.locator('.sentence').waitFor();
    const heading = await page.getByRole('heading', { level: 2 }).first().textContent();
    await page.getByRole('link', { name: 'All nodes' }).click();
    await expect.poll(() => readNodes(page), SOON).toContain('lyon-01');

    expect(address).toBe(`${nester.url}/nodes/lyon-01`);
    expect(heading).toBe('lyon-01');
    expect(faults).toEqual([]);
  });

  it('works behind a proxy that serves Nester under a path', async () => {
    await using proxy = await startPrefixProxy(nester.port, '/monitor');
    await using window = await openWindow(browser, `${proxy.url}nodes/lyon-01${THE_HOUR()}`);
    const { page, faults } = window;

    await expect.poll(() => summary(page, 'latency').textContent(), SOON).toContain('highest 80 ms');
    await page.reload();
    await expect.poll(() => summary(page, 'latency').textContent(), SOON).toContain('highest 80 ms');

    expect(faults).toEqual([]);
  });

  it('is left by Escape, but not while a dialog is open or something is typed', async () => {
    await using window = await openWindow(browser, `${nester.url}/nodes/lyon-01`);
    const { page } = window;
    await page.locator('.sentence').waitFor();

    await page.getByRole('button', { name: 'Forget this site' }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    const afterDialog = page.url();
    await page.locator('.inventory').scrollIntoViewIfNeeded();
    await page.getByLabel('Filter hosts').fill('x');
    await page.keyboard.press('Escape');
    const afterTyping = page.url();
    await page.locator('body').click({ position: { x: 2, y: 2 } });
    await page.keyboard.press('Escape');
    await expect.poll(() => readNodes(page), SOON).toContain('lyon-01');

    expect([afterDialog, afterTyping]).toEqual([`${nester.url}/nodes/lyon-01`, `${nester.url}/nodes/lyon-01`]);
  });

  it('says so when there is no node of this name, and shows it when it comes', async () => {
    await using window = await openWindow(browser, `${nester.url}/nodes/nobody`);
    const { page } = window;
    await page.getByText('No node of this name').waitFor();

    await post(nester.url, { node: 'nobody', latency: 7, interval: 3_600 });
    await page.locator('.sentence').waitFor();

    await expect.poll(() => summary(page, 'latency').textContent(), SOON).toContain('newest 7 ms');
    await fetch(`${nester.url}/api/nodes/nobody`, { method: 'DELETE' });
  });
});

describe('the charts', () => {
  it('show what was measured, for eyes and ears', async () => {
    await using window = await openSite('lyon-01');
    const { page, faults } = window;
    const canvas = await drawn(page, 'latency');

    await expect.poll(() => summary(page, 'latency').textContent(), SOON).toBe(
      'Latency: lowest 20 ms, average 21.2 ms, highest 80 ms, newest 20 ms. 1 gap. 1 backfilled stretch.',
    );
    await drawn(page, 'loss');
    expect(await summary(page, 'loss').textContent()).toContain('highest 50%');
    await drawn(page, 'load');
    expect(await summary(page, 'load').textContent()).toMatch(/Load, 1 min: lowest 0.5, .*Load, 5 min: lowest 0.25, /);
    await drawn(page, 'metric-battery');
    expect(await summary(page, 'metric-battery').textContent()).toContain('newest 97');
    expect(await pixelsOf(canvas, '--loss-0')).toBeGreaterThan(200);
    expect(await pixelsOf(canvas, '--loss-4')).toBeGreaterThan(5);
    expect(faults).toEqual([]);
  });

  it('keep a gap a gap, and mark what was backfilled', async () => {
    await using window = await openSite('lyon-01');
    const { page } = window;
    const canvas = await drawn(page, 'latency');
    const inGap = 25.5 / 61;

    await pointAt(page, 'latency', inGap);
    await expect.poll(() => pointedAt(page, 'latency'), SOON).toContain('nothing measured');
    const marked = await bluePixelsOf(canvas);

    expect(marked).toBeGreaterThan(20);
    await using other = await openSite('lyon-01', { search: `?from=${endMs - 60 * MINUTE_MS}&to=${endMs - 45 * MINUTE_MS}` });
    await expect.poll(() => summary(other.page, 'latency').textContent(), SOON).toContain('highest 80 ms');
    expect(await bluePixelsOf(await drawn(other.page, 'latency'))).toBe(0);
  });

  it('share one cursor, by mouse and by keyboard', async () => {
    await using window = await openSite('lyon-01');
    const { page } = window;
    await drawn(page, 'jitter');
    await drawn(page, 'loss');

    await pointAt(page, 'loss', 0.9);
    await expect.poll(() => pointedAt(page, 'jitter'), SOON).toMatch(/: 1 ms$/);
    const [atLoss, atJitter] = [await pointedAt(page, 'loss'), await pointedAt(page, 'jitter')];
    await page.mouse.move(0, 0);
    const away = await pointedAt(page, 'jitter');
    await chart(page, 'jitter').getByRole('slider').focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    const [keyLoss, keyJitter] = [await pointedAt(page, 'loss'), await pointedAt(page, 'jitter')];

    const time = /^.*?\d\d:\d\d:\d\d/;
    expect(time.exec(atJitter ?? '')?.[0]).toBe(time.exec(atLoss ?? '')?.[0]);
    expect(away).toContain('lowest');
    expect(time.exec(keyJitter ?? '')?.[0]).toBe(time.exec(keyLoss ?? '')?.[0]);
  });

  it('compare targets, each a line of its own', async () => {
    await using window = await openSite('lyon-01');
    const { page } = window;

    await drawn(page, 'targets');

    await expect.poll(() => summary(page, 'targets').textContent(), SOON).toMatch(/Latency by target, Nester: lowest 20 ms.*Latency by target, gateway: lowest 1 ms/);
    expect(await chart(page, 'targets').locator('.readout-name').allTextContents()).toEqual(['Nester', 'gateway']);
  });

  it('are of the range in the address, which a choice, a drawn stretch and a double click change', async () => {
    await using window = await openSite('lyon-01', { search: '' });
    const { page } = window;
    const pressed = () => page.locator('.span[aria-pressed=true]').allTextContents();
    await expect.poll(pressed, SOON).toEqual(['24 h']);

    await page.getByRole('button', { name: '1 h', exact: true }).click();
    await expect.poll(pressed, SOON).toEqual(['1 h']);
    await expect.poll(() => new URL(page.url()).search, SOON).toBe('?range=1h');
    await page.reload();
    // Part by part the page is put together.
    await expect.poll(pressed, SOON).toEqual(['1 h']);
    await pointAt(page, 'latency', 0.25);
    await page.mouse.down();
    await pointAt(page, 'latency', 0.75);
    await page.mouse.up();
    await expect.poll(() => new URL(page.url()).searchParams.get('from'), SOON).not.toBeNull();
    const { searchParams } = new URL(page.url());
    const drawnMs = Date.parse(searchParams.get('to') ?? '') - Date.parse(searchParams.get('from') ?? '');
    await drawn(page, 'latency');
    await chart(page, 'latency').locator('.u-over').dblclick();
    await expect.poll(pressed, SOON).toEqual(['1 h']);

    await expect.poll(() => new URL(page.url()).search, SOON).toBe('?range=1h');
    expect(Math.abs(drawnMs - 30 * MINUTE_MS)).toBeLessThan(MINUTE_MS);
  });

  it('are looked at more closely by keyboard, and left by a button', async () => {
    await using window = await openSite('lyon-01', { search: '?range=1h' });
    const { page } = window;
    await drawn(page, 'latency');
    await chart(page, 'latency').getByRole('slider').focus();

    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await expect.poll(() => new URL(page.url()).searchParams.has('from'), SOON).toBe(true);
    await page.getByRole('button', { name: 'Back', exact: true }).click();

    await expect.poll(() => new URL(page.url()).search, SOON).toBe('?range=1h');
  });

  it('move on with each report, and ask for nothing', async () => {
    const own = await startNester();
    await post(own.url, { node: 'a', latency: 10, interval: 60 });
    await using window = await openSite('a', { from: own.url });
    const { page } = window;
    await expect.poll(() => summary(page, 'latency').textContent(), SOON).toContain('newest 10 ms');
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/history')) asked.push(request.url());
    });

    await post(own.url, { node: 'a', latency: 40, interval: 60 });

    await expect.poll(() => summary(page, 'latency').textContent(), SOON).toContain('highest 40 ms');
    expect(asked).toEqual([]);
    await own.stop();
  });

  it('get a chart for a metric that was never there before', async () => {
    const own = await startNester();
    await post(own.url, { node: 'a', latency: 10, interval: 60 });
    await using window = await openSite('a', { from: own.url });
    const { page } = window;
    await drawn(page, 'latency');

    await post(own.url, { node: 'a', latency: 10, interval: 60, metrics: { 'ups:load': 42 } });

    await expect.poll(() => summary(page, 'metric-ups:load').textContent(), SOON).toContain('newest 42');
    await own.stop();
  });

  it('catch up after Nester was away, without a reload', async () => {
    const own = await startNester();
    await post(own.url, { node: 'a', latency: 10, interval: 60 });
    await using window = await openSite('a', { from: own.url });
    const { page } = window;
    await expect.poll(() => summary(page, 'latency').textContent(), SOON).toContain('newest 10 ms');
    await page.evaluate(() => document.documentElement.setAttribute('data-opened-once', ''));

    await own.stop();
    await page.locator('[role=status][data-phase=lost]').waitFor();
    const saidOld = await page.locator('.says-old').textContent();
    const again = await startNester({ dataDir: own.dataDir, env: { NESTER_PORT: String(own.port) } });
    await post(again.url, { node: 'a', latency: 40, interval: 60 });
    await untilLive(page);

    await expect.poll(() => summary(page, 'latency').textContent(), SOON).toContain('highest 40 ms');
    expect(saidOld).toMatch(/^Not live since \d\d:\d\d:\d\d\. Until then:$/);
    expect(await page.locator('.says-old').isHidden()).toBe(true);
    expect(await page.locator('html[data-opened-once]').count()).toBe(1);
    await again.stop();
  });
});

describe('what is said of a node', () => {
  it('is what is wrong, and since when', async () => {
    const own = await startNester();
    await post(
      own.url,
      { node: 'dark', interval: 1, latency: 3 },
      { node: 'lossy', interval: 3_600, loss: 12, targets: [{ name: 'gateway', loss: 0 }, { name: 'internet', loss: 12 }] },
      { node: 'paused', interval: 60, agent: { version: '1', mode: 'agent', pausedUntil: Date.now() + 3_600_000, pausedWhy: 'swapping the UPS' } },
    );
    await using dark = await openSite('dark', { from: own.url });
    await using lossy = await openSite('lossy', { from: own.url });
    await using paused = await openSite('paused', { from: own.url });

    await expect.poll(() => dark.page.locator('.sentence').textContent(), SOON).toMatch(/^Offline for \d+ secs?: nothing heard since \d\d:\d\d:\d\d; the next report was due at \d\d:\d\d:\d\d\./);
    await expect.poll(() => lossy.page.locator('.sentence').textContent(), SOON).toMatch(/^The site answers, but.* its link loses 12% of packets to the internet; the gateway is fine\.$/);
    expect(await paused.page.locator('.sentence').textContent()).toMatch(/^Paused until .*\d\d:\d\d: swapping the UPS\.$/);
    await own.stop();
  });

  it('is how long it was there, slot by slot, also by keyboard', async () => {
    await using window = await openSite('lyon-01');
    const { page } = window;
    const strip = page.getByRole('slider', { name: 'Availability' });
    await expect.poll(() => page.locator('.availability-span').first().textContent(), SOON).toMatch(/^24 hours\d+(\.\d+)?%$/);

    await strip.focus();
    await page.keyboard.press('End');
    const last = await strip.getAttribute('aria-valuetext');
    await page.keyboard.press('Home');
    const first = await strip.getAttribute('aria-valuetext');
    const tip = await page.locator('.slot-tip').textContent();
    const before = page.url();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url(), SOON).not.toBe(before);

    expect(last).toMatch(/\d\d:\d\d – .*\d\d:\d\d: .*online/);
    expect(first).toMatch(/not known/);
    expect(tip).toBe(first);
    await page.getByRole('button', { name: /^30 days/ }).click();
    await expect.poll(() => page.locator('.slots').getAttribute('data-span'), SOON).toBe('30d');
  });

  it('is when its status changed', async () => {
    const own = await startNester();
    await post(own.url, { node: 'a', interval: 1 });
    await using window = await openSite('a', { from: own.url });
    const { page } = window;
    await page.locator('.site-lists').scrollIntoViewIfNeeded();

    await expect
      .poll(() => page.locator('.events .status').allTextContents(), SOON)
      .toEqual(['Offline', 'Late', 'Online']);
    expect(await page.locator('.event-span').first().textContent()).toBe('until now');
    await own.stop();
  });

  it('is each report as it is kept', async () => {
    await using window = await openSite('lyon-01');
    const { page } = window;
    await page.locator('.site-lists').scrollIntoViewIfNeeded();
    const newest = page.locator('.raw-reports details').first();

    await newest.locator('summary').click();
    const report: unknown = JSON.parse((await newest.locator('code').textContent()) ?? '');

    expect(report).toMatchObject({ node: 'lyon-01', timestamp: new Date(endMs).toISOString(), latency: 20, receivedAt: endMs + 50 });
    expect(await page.locator('.raw-reports details').count()).toBe(20);
  });
});

describe('the network of a node', () => {
  const ips = (page: Page) => page.locator('.hosts tbody td[data-column=ip]').evaluateAll((cells) => cells.map((cell) => cell.firstChild?.textContent));

  it('is listed, with what joined and what left', async () => {
    await using window = await openSite('lyon-01');
    const { page } = window;
    await page.locator('.inventory').scrollIntoViewIfNeeded();

    await expect.poll(() => ips(page), SOON).toEqual(['10.0.0.1', '10.0.0.9', '10.0.0.10']);

    expect(await page.locator('[data-news=joined]').first().textContent()).toBe('1 host joined in the last 24 h: sensor');
    expect(await page.locator('[data-news=left]').first().textContent()).toBe('1 host left in the last 24 h: printer');
    expect(await page.locator('.hosts tr', { hasText: 'printer' }).locator('.host-mark').textContent()).toBe('gone');
    expect(await page.locator('.hosts tr', { hasText: 'router' }).locator('td').allTextContents()).toEqual([
      '10.0.0.1',
      'router',
      'Ubiquiti',
      '02:00:00:00:00:01',
      '22, 443',
      expect.stringMatching(/\d\d:\d\d$/),
      expect.stringMatching(/\d\d:\d\d$/),
    ]);
  });

  it('is filtered by what is typed, and sorted by any column', async () => {
    await using window = await openSite('lyon-01');
    const { page } = window;
    await page.locator('.inventory').scrollIntoViewIfNeeded();
    await expect.poll(() => ips(page), SOON).toHaveLength(3);

    await page.getByRole('button', { name: 'Name', exact: true }).click();
    const byName = await ips(page);
    await page.getByRole('button', { name: 'Name', exact: true }).click();
    const backwards = await ips(page);
    const sorted = await page.getByRole('columnheader', { name: 'Name' }).getAttribute('aria-sort');
    await page.getByLabel('Filter hosts').fill('METEO');
    const found = await ips(page);
    await page.getByLabel('Filter hosts').fill('no such host');

    expect(byName).toEqual(['10.0.0.10', '10.0.0.1', '10.0.0.9']);
    expect(backwards).toEqual(['10.0.0.9', '10.0.0.1', '10.0.0.10']);
    expect(sorted).toBe('descending');
    expect(found).toEqual(['10.0.0.9']);
    expect(await page.getByText('No host matches').isVisible()).toBe(true);
  });
});

describe('what can be done about a node', () => {
  const KEY = 'correct horse battery staple';

  it('is to have it measured now: its agent is asked, and the page says when the report is there', async () => {
    const own = await startNester({ env: { NESTER_API_KEY: KEY } });
    const agent = await connectAgent(own.url, { 'x-api-key': KEY });
    await agent.next();
    agent.send({ type: 'report', id: 1, report: { node: 'a', latency: 10, interval: 3_600, agent: { version: '1', mode: 'agent' } } });
    await agent.next();
    await using window = await openSite('a', { from: own.url });
    const { page, faults } = window;
    await page.getByRole('button', { name: 'Measure now' }).click();

    const dialog = page.getByRole('dialog', { name: 'API key' });
    await dialog.getByLabel('Key').fill('wrong');
    const hadError = await dialog.getByText('This key was refused.').isVisible();
    await page.keyboard.press('Enter');
    await dialog.getByText('This key was refused.').waitFor();
    await dialog.getByLabel('Key').fill(KEY);
    await dialog.getByRole('button', { name: 'Continue' }).click();
    const asked = await agent.next();
    await page.getByText('Asked; waiting for the report').waitFor();
    agent.send({ type: 'report', id: 2, report: { node: 'a', latency: 30, interval: 3_600, agent: { version: '1', mode: 'agent' } } });
    await page.getByText(/^Measured: the report came after [\d.]+ secs?$/).waitFor();
    await page.getByRole('button', { name: 'Measure now' }).click();
    const askedAgain = await agent.next().then((frame) => (frame.type === 'ack' ? agent.next() : frame));

    expect(hadError).toBe(false);
    expect([asked.type, askedAgain.type]).toEqual(['measure', 'measure']);
    expect(await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie]))).not.toContain('horse');
    expect(faults).toEqual([]);
    agent.socket.close();
    await expect.poll(() => page.getByRole('button', { name: 'Measure now' }).isDisabled(), SOON).toBe(true);
    await own.stop();
  });

  it('is to forget it, once that was agreed to with its name', async () => {
    const own = await startNester();
    await post(own.url, { node: 'a', latency: 1, interval: 3_600 }, { node: 'b', interval: 3_600 });
    await using window = await openSite('a', { from: own.url });
    const { page, faults } = window;

    await page.getByRole('button', { name: 'Forget this site' }).click();
    const dialog = page.getByRole('dialog', { name: 'Forget a?' });
    await dialog.getByRole('button', { name: 'Keep it' }).click();
    const kept = await fetch(`${own.url}/api/nodes/a`).then(({ status }) => status);
    await page.getByRole('button', { name: 'Forget this site' }).click();
    await dialog.getByRole('button', { name: 'Forget a' }).click();
    await expect.poll(() => readNodes(page), SOON).toEqual(['b']);

    expect(kept).toBe(200);
    expect(await fetch(`${own.url}/api/nodes/a`).then(({ status }) => status)).toBe(404);
    expect(new URL(page.url()).pathname).toBe('/');
    expect(faults).toEqual([]);
    await own.stop();
  });

  it('is nothing any more when someone else forgot it: the page says so, and since when', async () => {
    const own = await startNester();
    await post(own.url, { node: 'a', latency: 1, interval: 3_600 });
    await using window = await openSite('a', { from: own.url });
    const { page } = window;

    await fetch(`${own.url}/api/nodes/a`, { method: 'DELETE' });
    await page.getByText(/^This site was forgotten at \d\d:\d\d:\d\d$/).waitFor();
    const hidden = await page.locator('.site-known').isHidden();
    await post(own.url, { node: 'a', latency: 2, interval: 3_600 });
    await page.locator('.sentence').waitFor();

    expect(hidden).toBe(true);
    await expect.poll(() => summary(page, 'latency').textContent(), SOON).toContain('lowest 2 ms');
    await own.stop();
  });
});

describe('the page of a node', () => {
  it.each([HOSTILE, EMOJI, 'W'.repeat(100)])('shows %s as the text it is, on a phone', async (node) => {
    if (node.startsWith('W')) await post(nester.url, { node, latency: 1, interval: 3_600 });
    await using window = await openSite(node, { search: '?range=1h', viewport: { width: 390, height: 844 } });
    const { page, faults } = window;

    await drawn(page, 'latency');
    await page.getByRole('button', { name: 'Forget this site' }).click();

    expect(await page.getByRole('heading', { level: 2 }).first().textContent()).toBe(node);
    expect(await page.locator('dialog[open] h2').textContent()).toBe(`Forget ${node}?`);
    expect(await page.locator('main img, main script, main b b').count()).toBe(0);
    expect(await sidewaysPx(page)).toBe(0);
    expect(faults).toEqual([]);
  });

  it('speaks French to who prefers it, with French numbers and times', async () => {
    await using window = await openSite('lyon-01', { locale: 'fr-FR' });
    const { page } = window;
    const plain = (text: string | null): string => (text ?? '').replace(/\s/gu, ' ');
    await drawn(page, 'latency');

    await expect.poll(async () => plain(await summary(page, 'latency').textContent()), SOON).toBe(
      'Latence : au plus bas 20 ms, en moyenne 21,2 ms, au plus haut 80 ms, en dernier 20 ms. 1 trou. 1 période rattrapée.',
    );
    expect(await page.getByRole('heading', { level: 3 }).allTextContents()).toEqual([
      'Disponibilité',
      'Graphiques',
      'Sur son réseau',
      'Changements d’état',
      'Derniers rapports, bruts',
    ]);
    expect(await page.getByRole('button', { name: 'Oublier ce site' }).isVisible()).toBe(true);
  });

  it.each([
    [320, 'fr-FR'],
    [390, 'en-GB'],
    [768, 'fr-FR'],
    [1024, 'en-GB'],
    [1440, 'fr-FR'],
  ])('needs no sideways scrolling at %d px (%s)', async (width, locale) => {
    await using window = await openSite('lyon-01', { viewport: { width, height: 844 }, locale });
    const { page } = window;

    for (const id of ['latency', 'targets', 'load']) await drawn(page, id);
    await page.locator('.inventory').scrollIntoViewIfNeeded();
    await page.locator('.hosts td').first().waitFor();

    expect(await sidewaysPx(page)).toBe(0);
  });

  it('draws its charts as wide as the window allows, whatever it was before', async () => {
    await using window = await openSite('lyon-01');
    const { page } = window;
    const canvas = await drawn(page, 'latency');
    const fits = () => canvas.evaluate((target) => Math.abs(target.clientWidth - (target.closest('.plot')?.clientWidth ?? 0)));

    await page.setViewportSize({ width: 700, height: 900 });
    await expect.poll(fits, SOON).toBeLessThan(2);
    await page.setViewportSize({ width: 1_300, height: 900 });
    await expect.poll(fits, SOON).toBeLessThan(2);
  });

  it.each(['light', 'dark'] as const)('is readable in %s: every text stands out from what is behind it', async (colorScheme) => {
    await using window = await openSite('lyon-01', { colorScheme });
    const { page } = window;
    await drawn(page, 'latency');
    await page.locator('.inventory').scrollIntoViewIfNeeded();
    await page.locator('.hosts td').first().waitFor();

    const weak = (await contrasts(page)).filter(({ ratio }) => ratio < 4.5);

    expect(weak).toEqual([]);
  });

  it('follows the theme with its charts', async () => {
    await using window = await openSite('lyon-01', { colorScheme: 'light' });
    const { page } = window;
    const canvas = await drawn(page, 'latency');
    const inLight = await pixelsOf(canvas, '--loss-0');

    await page.emulateMedia({ colorScheme: 'dark' });

    await expect.poll(() => pixelsOf(canvas, '--loss-0'), SOON).toBeGreaterThan(0.8 * inLight);
  });

  it('is fit for paper: light, without controls, with its charts', async () => {
    await using window = await openSite('lyon-01', { colorScheme: 'dark', viewport: { width: 720, height: 1_000 } });
    const { page } = window;
    const canvas = await drawn(page, 'latency');

    await page.emulateMedia({ media: 'print' });

    await expect.poll(() => pixelsOf(canvas, '--loss-0'), SOON).toBeGreaterThan(100);
    const surface = await page.locator('.says').evaluate((box) => getComputedStyle(box).backgroundColor);
    expect(surface).toBe('rgb(255, 255, 255)');
    for (const control of ['Forget this site', 'Measure now', 'Print', '7 d']) {
      expect(await page.getByRole('button', { name: control, exact: true }).isVisible()).toBe(false);
    }
    expect(await canvas.isVisible()).toBe(true);
    expect(await sidewaysPx(page)).toBe(0);
  });

  it('asks for all charts before it prints', async () => {
    await using window = await openSite('lyon-01', { viewport: { width: 390, height: 700 } });
    const { page } = window;
    await page.evaluate(() => {
      Object.assign(window, {
        print: () => document.documentElement.setAttribute('data-printed', String(document.querySelectorAll('.chart canvas').length)),
      });
    });

    await page.getByRole('button', { name: 'Print' }).click();
    await page.locator('html[data-printed]').waitFor();

    expect(Number(await page.locator('html').getAttribute('data-printed'))).toBe(await page.locator('.chart').count());
  });

  it('leaves nothing running when it is left', async () => {
    await using window = await openSite('lyon-01');
    const { page, faults } = window;
    await drawn(page, 'latency');

    await page.getByRole('link', { name: 'All nodes' }).click();
    await expect.poll(() => readNodes(page), SOON).toContain('lyon-01');
    await page.goBack();
    await drawn(page, 'latency');

    // Counted at one moment: charts are still being drawn.
    const hidden = await page.evaluate(() => document.querySelectorAll('.uplot').length - document.querySelectorAll('.plot:not([hidden]) .uplot').length);
    expect(hidden).toBe(0);
    expect(new URL(page.url()).search).toBe(THE_HOUR());
    expect(faults).toEqual([]);
  });
});
