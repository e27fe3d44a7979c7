import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contrasts } from './support/contrast.ts';
import { openWindow, readNodes, readRows, sidewaysPx, startBrowser, untilLive, type Window } from './support/browser.ts';
import { post } from './support/post.ts';
import { type RunningNester, startNester } from './support/program.ts';

/** The page reads well for everyone: languages, themes, small screens, hostile names. */

const SOON = { timeout: 20_000 };
const PHONE = { width: 390, height: 844 };
const HOSTILE = '<img src=x onerror=alert(1)>';
const EMOJI = '😀'.repeat(100);

let browser: Browser;
let nester: RunningNester;
let empty: RunningNester;

beforeAll(async () => {
  browser = await startBrowser();
  empty = await startNester();
  nester = await startNester();
  await post(
    nester.url,
    { node: 'lyon-01', ip: '10.0.0.7', devices: 1_200, latency: 3.4, loss: 12.5, interval: 3_600, labels: { city: 'Lyon' } },
    { node: 'dark', loss: 100, interval: 1 },
    { node: 'worked on', agent: { version: '1', mode: 'agent', pausedUntil: Date.now() + 7 * 86_400_000, pausedWhy: 'swapping the UPS' } },
    { node: HOSTILE, interval: 3_600, labels: { '<b>bold</b>': '<script>alert(2)</script>' } },
    { node: EMOJI, ip: '2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff', latency: 12_345.6, devices: 99_999, loss: 100, interval: 3_600 },
    {
      node: 'W'.repeat(100),
      interval: 3_600,
      labels: Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`label ${index}`, 'W'.repeat(100)])),
    },
  );
});

afterAll(async () => {
  await browser.close();
  await Promise.all([nester.stop(), empty.stop()]);
});

async function openFleet(options: BrowserContextOptions = {}): Promise<Window> {
  const window = await openWindow(browser, nester.url, options);
  await untilLive(window.page);
  await window.page.locator('tr[data-status=offline]').waitFor();
  return window;
}

describe('the page', () => {
  it('speaks French to who prefers it, with French numbers and times', async () => {
    await using window = await openFleet({ locale: 'fr-FR' });
    const { page } = window;

    const heads = await page.getByRole('columnheader').allInnerTexts();
    const rows = await readRows(page);

    expect(heads).toEqual(['État', 'Nœud', 'IP', 'Appareils', 'Latence', 'Perte', 'CPU', 'Mémoire', 'Disque', 'Agent', 'Mise à jour']);
    expect(rows[0]).toMatchObject({ node: 'dark', status: 'Hors ligne', loss: '100 %' });
    expect(rows.find(({ node }) => node === 'lyon-01')).toMatchObject({
      status: 'En ligne',
      devices: '1 200',
      latency: '3,40 ms',
      loss: '12,5 %',
      updated: expect.stringMatching(/^(maintenant|il y a \d+ (s|min))$/) as string,
    });
    expect(await page.locator('html').getAttribute('lang')).toBe('fr');
    expect(await page.locator('header').getByRole('status').textContent()).toBe('En direct');
    expect(await page.getByLabel('Filtrer par nom, IP, étiquette ou appareil').count()).toBe(1);
  });

  it.each([['en-GB'], ['de-DE']])('speaks English to %s', async (locale) => {
    await using window = await openFleet({ locale });
    const { page } = window;

    expect(await page.getByRole('columnheader').first().innerText()).toBe('Status');
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
  });

  it('shows hostile names as the text they are', async () => {
    await using window = await openFleet();
    const { page, faults } = window;

    const nodes = await readNodes(page);
    const label = await page.locator('tr', { hasText: HOSTILE }).locator('.label').textContent();

    expect(nodes).toContain(HOSTILE);
    expect(nodes).toContain(EMOJI);
    expect(label).toBe('<b>bold</b> <script>alert(2)</script>');
    expect(await page.locator('tbody img, tbody script, tbody b').count()).toBe(0);
    expect(faults).toEqual([]);
  });

  it.each([
    ['a phone', 390, 'en'],
    ['a phone', 390, 'fr'],
    ['a small phone', 320, 'fr'],
    ['a tablet', 768, 'en'],
    ['a laptop', 1024, 'fr'],
    ['a desktop', 1440, 'en'],
  ])('needs no sideways scrolling on %s of %d px, in %s', async (_device, width, locale) => {
    const viewport = { width, height: 844 };
    await using window = await openFleet({ viewport, locale });
    await using first = await openWindow(browser, empty.url, { viewport, locale });
    await first.page.locator('pre').first().waitFor();

    expect(await sidewaysPx(window.page)).toBe(0);
    expect(await sidewaysPx(first.page)).toBe(0);
  });

  it('shows every value on a phone, each with its name where no header stands above it', async () => {
    await using window = await openFleet({ viewport: PHONE });
    const { page } = window;
    const row = page.locator('tr', { hasText: 'lyon-01' });
    await row.scrollIntoViewIfNeeded();

    const shown = await row.locator('td').evaluateAll((cells) =>
      cells.map((cell) => ({
        name: getComputedStyle(cell, '::before').content === 'none' ? null : cell.getAttribute('data-name'),
        isVisible: cell.getBoundingClientRect().width > 0 && cell.getBoundingClientRect().right <= innerWidth,
        isCut: cell.scrollWidth > cell.clientWidth,
      })),
    );

    expect(shown.map(({ isVisible, isCut }) => isVisible && !isCut)).toEqual(shown.map(() => true));
    expect(shown.map(({ name }) => name)).toEqual([null, null, null, 'Devices', 'Latency', 'Loss', null]);
  });

  it.each(['light', 'dark'] as const)('is readable in %s: every text stands out from what is behind it', async (colorScheme) => {
    await using window = await openFleet({ colorScheme });
    await using first = await openWindow(browser, empty.url, { colorScheme });
    await first.page.locator('pre').first().waitFor();

    const weak = [...(await contrasts(window.page)), ...(await contrasts(first.page))].filter(({ ratio }) => ratio < 4.5);
    const background = await window.page.evaluate(() => getComputedStyle(document.body).backgroundColor);

    expect(weak).toEqual([]);
    const [red = 0] = /\d+/.exec(background)?.map(Number) ?? [];
    expect(red > 128 ? 'light' : 'dark').toBe(colorScheme);
  });

  it.each([
    ['no-preference', 'changed-a'],
    ['reduce', 'none'],
  ] as const)('marks a change by motion only where motion is welcome (%s)', async (reducedMotion, animation) => {
    const own = await startNester();
    await post(own.url, { node: 'a', latency: 1 });
    await using window = await openWindow(browser, own.url, { reducedMotion });
    const { page } = window;
    await untilLive(page);
    await expect.poll(() => readNodes(page), SOON).toEqual(['a']);

    await post(own.url, { node: 'a', latency: 2 });
    const cell = page.locator('td.in-latency[data-changed]');
    await cell.waitFor();

    expect(await cell.evaluate((td) => getComputedStyle(td).animationName)).toBe(animation);
    await own.stop();
  });

  it('shows on first use commands that work as they stand, ready to be copied', async () => {
    const context = await browser.newContext({ locale: 'en-GB', permissions: ['clipboard-read', 'clipboard-write'] });
    const page = await context.newPage();
    await page.goto(empty.url);
    await page.getByRole('heading', { name: 'No node yet' }).waitFor();
    const commands = await page.locator('code').allTextContents();

    await page.getByRole('button', { name: 'Copy: Try it from any terminal' }).click();
    await expect.poll(() => page.locator('button.copy').first().textContent(), SOON).toBe('Copied');

    expect(commands[0]).toContain(`curl -X POST ${empty.url}/api/report`);
    expect(commands[1]).toContain(`requests.post("${empty.url}/api/report"`);
    expect(commands[2]).toBe(`curl -fsSO ${empty.url}/harvester.js &&\nNESTER=${empty.url} node harvester.js agent`);
    expect(commands[3]).toContain(`* * * * * NESTER=${empty.url} $(command -v node) $PWD/harvester.js once`);
    expect(commands[4]).toContain(`NESTER=${empty.url} sh harvester.sh loop`);
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(commands[0]);
    await context.close();
  });

  it('asks no other host for anything, and breaks no rule of its own policy', async () => {
    await using window = await openFleet({ colorScheme: 'dark', locale: 'fr' });
    await using first = await openWindow(browser, empty.url);
    await first.page.locator('pre').first().waitFor();
    await window.page.getByRole('button', { name: 'Latence' }).click();

    expect([...window.faults, ...first.faults]).toEqual([]);
  });
});
