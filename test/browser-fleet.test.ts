import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { header, openWindow, readNodes, readRows, readWhole, sidewaysPx, startBrowser, untilLive, type Window } from './support/browser.ts';
import { post } from './support/post.ts';
import { type RunningNester, startNester } from './support/program.ts';

/** The fleet as people work with it: columns, groups, addresses that can be shared, keys, export, and many nodes. */

const SOON = { timeout: 20_000 };
const FIELD = 'Filter by name, IP, label or device';

let browser: Browser;
let nester: RunningNester;

beforeAll(async () => {
  browser = await startBrowser();
  nester = await startNester();
  const usual = { interval: 3_600, agent: { version: '1.2.3', mode: 'agent' } };
  await post(
    nester.url,
    { ...usual, node: 'lyon-1', ip: '10.1.0.1', devices: 4, latency: 10, loss: 0, metrics: { cpu: 12, disk: 91, battery: 55 }, labels: { city: 'Lyon' } },
    { ...usual, node: 'lyon-2', ip: '10.1.0.2', devices: 9, latency: 30, loss: 5, metrics: { cpu: 80, 'disk:/home': 40, battery: 8 }, labels: { city: 'Lyon' } },
    { ...usual, node: 'lille-1', latency: 20, metrics: { rx: 1_250_000, uptime: 200_000 }, labels: { city: 'Lille', note: '=1+1' } },
    { ...usual, node: 'alone', latency: 3, hosts: [{ ip: '192.168.0.9', mac: '00:11:22:33:44:55', vendor: 'HP', name: 'LaserJet-7' }] },
    { node: 'nice-1', interval: 1, labels: { city: 'Nice' }, loss: 100 },
  );
});

afterAll(async () => {
  await browser.close();
  await nester.stop();
});

async function open(query = '', options: BrowserContextOptions = {}): Promise<Window> {
  const window = await openWindow(browser, `${nester.url}/${query}`, options);
  await untilLive(window.page);
  await window.page.locator('tbody tr').first().waitFor();
  await window.page.locator('[data-status=offline] .chip-count, .chip[data-status=offline]').first().waitFor();
  await expect.poll(() => window.page.title(), SOON).toBe('(1) Nester');
  return window;
}

const heads = (page: Page) => page.getByRole('columnheader').allInnerTexts();
const search = (page: Page) => decodeURIComponent(new URL(page.url()).search);
/** Names and group headings, top to bottom. */
const lines = (page: Page) => page.locator('tbody tr').evaluateAll((rows) => rows.map((row) => row.querySelector('.group-name, .name')?.textContent));

describe('columns', () => {
  it('are those there is room for: all on a desktop, fewer on a laptop', async () => {
    await using desktop = await open();
    await using laptop = await open('', { viewport: { width: 1024, height: 768 } });

    expect(await heads(desktop.page)).toEqual(['Status', 'Node', 'IP', 'Devices', 'Latency', 'Loss', 'CPU', 'Memory', 'Disk', 'Agent', 'Last update']);
    expect(await heads(laptop.page)).toEqual(['Status', 'Node', 'IP', 'Devices', 'Latency', 'Loss', 'Last update']);
  });

  it('can be chosen, any metric too, by keys alone; and sorted by', async () => {
    await using window = await open();
    const { page, faults } = window;

    await page.getByRole('button', { name: 'Columns' }).press('Enter');
    const choices = await page.getByRole('group', { name: 'Columns to show' }).getByRole('checkbox').count();
    await page.getByRole('checkbox', { name: 'battery' }).press('Space');
    await page.getByRole('checkbox', { name: 'IP' }).press('Space');
    const isNodeFixed = await page.getByRole('checkbox', { name: 'Node' }).isDisabled();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('group', { name: 'Columns to show' }).isVisible(), SOON).toBe(false);
    const focused = await page.evaluate(() => document.activeElement?.textContent);
    await header(page, 'battery').getByRole('button').click();

    await expect.poll(() => readNodes(page), SOON).toEqual(['lyon-2', 'lyon-1', 'alone', 'lille-1', 'nice-1']);
    expect(choices).toBe(9 + 3 + 4);
    expect(isNodeFixed).toBe(true);
    expect(focused).toBe('Columns');
    expect(await heads(page)).toEqual(['Status', 'Node', 'Devices', 'Latency', 'Loss', 'CPU', 'Memory', 'Disk', 'Agent', 'Last update', 'battery']);
    expect(await page.locator('tr', { hasText: 'lyon-2' }).locator('td').last().innerText()).toBe('8');
    await expect.poll(() => search(page), SOON).toBe('?sort=battery&columns=status,node,devices,latency,loss,cpu,memory,disk,agent,updated,battery');
    expect(faults).toEqual([]);
  });

  it('show each metric in its unit, and a share as a bar', async () => {
    await using window = await open('?columns=node,cpu,disk,disk:/home,rx,uptime');
    const { page } = window;
    const cells = async (node: string) =>
      (await page.locator('tr', { hasText: node }).locator('td').allInnerTexts()).slice(1).map((text) => text.replace(/\s/g, ' '));

    expect(await cells('lyon-2')).toEqual(['80%', '–', '40%', '–', '–']);
    expect(await cells('lille-1')).toEqual(['–', '–', '–', '1.25 MB/s', '2d']);
    expect(await heads(page)).toEqual(['Node', 'CPU', 'Disk', 'Disk /home', 'Received', 'Uptime']);
    const bar = page.locator('tr', { hasText: 'lyon-2' }).locator('.gauge-fill').first();
    expect(await bar.evaluate((fill) => fill.getBoundingClientRect().width / (fill.parentElement?.getBoundingClientRect().width ?? 1))).toBeCloseTo(0.8, 2);
    expect(await page.locator('tr', { hasText: 'lyon-1' }).locator('td[data-bad]').innerText()).toBe('91%');
  });

  it('that are too many for the width become cards, and nothing is scrolled sideways', async () => {
    await using window = await open('?columns=status,node,latency,loss,cpu,memory,disk,battery,rx,uptime,load1', { viewport: { width: 390, height: 844 } });
    const { page } = window;

    const shown = await page.locator('tr', { hasText: 'lyon-1' }).locator('td').evaluateAll((cells) =>
      cells.map((cell) => {
        const { left, right, bottom } = cell.getBoundingClientRect();
        const row = cell.closest('tr')?.getBoundingClientRect();
        return left >= 0 && right <= innerWidth && row !== undefined && bottom <= row.bottom;
      }),
    );

    expect(shown).toEqual(Array(11).fill(true));
    expect(await sidewaysPx(page)).toBe(0);
  });
});

describe('a view in the address', () => {
  it('is there after a reload, in another window, and after Back', async () => {
    await using window = await open();
    const { page } = window;
    await page.getByRole('button', { name: /^Online/ }).click();
    await page.getByLabel(FIELD).fill('ly');
    await header(page, 'Latency').getByRole('button').click();
    await header(page, 'Latency').getByRole('button').click();
    await expect.poll(() => search(page), SOON).toBe('?status=online&q=ly&sort=-latency');

    await page.reload();
    await expect.poll(() => readNodes(page), SOON).toEqual(['lyon-2', 'lyon-1']);
    const typed = await page.getByLabel(FIELD).inputValue();
    await using other = await openWindow(browser, page.url());
    await expect.poll(() => readNodes(other.page), SOON).toEqual(['lyon-2', 'lyon-1']);
    await page.getByRole('link', { name: 'lyon-2' }).click();
    await page.getByRole('heading', { name: 'lyon-2' }).waitFor();
    await page.goBack();

    await expect.poll(() => readNodes(page), SOON).toEqual(['lyon-2', 'lyon-1']);
    expect(typed).toBe('ly');
    expect(await page.getByRole('button', { name: /^Online/ }).getAttribute('aria-pressed')).toBe('true');
    expect(await header(page, 'Latency').getAttribute('aria-sort')).toBe('descending');
    await page.getByRole('link', { name: 'Nester' }).click();
    await expect.poll(async () => (await readNodes(page)).length, SOON).toBe(5);
    expect(await page.getByLabel(FIELD).inputValue()).toBe('');
  });

  it('that says nothing sensible is the usual one', async () => {
    await using window = await open('?sort=9%20x&status=x&columns=%3Cimg%3E&group=&q=&closed=1');

    expect(await readNodes(window.page)).toEqual(['nice-1', 'alone', 'lille-1', 'lyon-1', 'lyon-2']);
    expect(window.faults).toEqual([]);
  });
});

describe('groups', () => {
  it('gather nodes by a label, trouble first, sum them up, and can be closed', async () => {
    await using window = await open();
    const { page } = window;

    await page.getByRole('button', { name: 'Group' }).click();
    await page.getByRole('radio', { name: 'city' }).check();
    await page.keyboard.press('Escape');
    await expect.poll(() => lines(page), SOON).toEqual(['Nice', 'nice-1', 'Lille', 'lille-1', 'Lyon', 'lyon-1', 'lyon-2', 'Without city', 'alone']);
    const sums = (await page.locator('tr.group', { hasText: 'Lyon' }).innerText()).replace(/\s+/g, ' ');
    await page.getByRole('button', { name: 'Lyon' }).click();
    await expect.poll(() => lines(page), SOON).toEqual(['Nice', 'nice-1', 'Lille', 'lille-1', 'Lyon', 'Without city', 'alone']);
    await expect.poll(() => search(page), SOON).toBe('?group=city&closed=Lyon');
    await page.reload();

    await expect.poll(() => lines(page), SOON).toEqual(['Nice', 'nice-1', 'Lille', 'lille-1', 'Lyon', 'Without city', 'alone']);
    expect(sums).toBe('Lyon 2 nodes 2 Online median latency 20.0 ms worst loss 5%');
    expect(await page.getByRole('button', { name: 'Lyon' }).getAttribute('aria-expanded')).toBe('false');
    expect(await page.getByRole('button', { name: 'By city' }).count()).toBe(1);
    expect(await page.locator('table').getAttribute('aria-rowcount')).toBe('8');
  });
});

describe('the search', () => {
  it('finds a node by a device on its LAN, and says by which', async () => {
    await using window = await open();
    const { page } = window;

    await page.getByLabel(FIELD).fill('laserjet');

    await expect.poll(() => readNodes(page), SOON).toEqual(['alone']);
    expect(await page.locator('.why').first().textContent()).toBe('HP LaserJet-7 · 192.168.0.9');
    await page.getByLabel(FIELD).fill('');
    await expect.poll(async () => (await readNodes(page)).length, SOON).toBe(5);
    expect(await page.locator('.why:visible').count()).toBe(0);
  });
});

describe('keys', () => {
  it('search, go through the rows, open a site and come back', async () => {
    await using window = await open();
    const { page } = window;
    const focused = () => page.evaluate(() => document.activeElement?.closest('tr')?.querySelector('.name')?.textContent);

    await page.keyboard.press('/');
    await page.keyboard.type('lyon');
    await expect.poll(() => readNodes(page), SOON).toEqual(['lyon-1', 'lyon-2']);
    await page.keyboard.press('ArrowDown');
    const first = await focused();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const second = await focused();
    await page.keyboard.press('Home');
    const home = await focused();
    await page.keyboard.press('Escape');
    await expect.poll(async () => (await readNodes(page)).length, SOON).toBe(5);
    const kept = await focused();
    await page.keyboard.press('End');
    const last = await focused();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'lyon-2' }).waitFor();

    expect([first, second, home, kept, last]).toEqual(['lyon-1', 'lyon-2', 'lyon-1', 'lyon-1', 'lyon-2']);
    expect(new URL(page.url()).pathname).toBe('/nodes/lyon-2');
  });

  it('close and open groups', async () => {
    await using window = await open('?group=city');
    const { page } = window;
    await page.keyboard.press('ArrowDown');

    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => lines(page), SOON).toEqual(['Nice', 'Lille', 'lille-1', 'Lyon', 'lyon-1', 'lyon-2', 'Without city', 'alone']);
    await page.keyboard.press('Enter');

    await expect.poll(() => lines(page), SOON).toContain('nice-1');
  });

  it.each([
    ['en-GB', 'Keys', 'Search'],
    ['fr-FR', 'Touches', 'Rechercher'],
  ])('are listed by ? and put away by Esc (%s)', async (locale, title, searchKey) => {
    await using window = await open('', { locale });
    const { page } = window;

    await page.keyboard.press('?');
    const dialog = page.getByRole('dialog', { name: title });
    await dialog.waitFor();
    const said = await dialog.innerText();
    await page.keyboard.press('Escape');

    await expect.poll(() => dialog.isVisible(), SOON).toBe(false);
    for (const key of ['/', '↓', '↑', 'Home', 'End', 'Enter', 'Esc', '?', searchKey]) expect(said).toContain(key);
  });

  it('are letters in a box for text', async () => {
    await using window = await open();
    const { page } = window;

    await page.getByLabel(FIELD).click();
    await page.keyboard.type('a/?b');

    expect(await page.getByLabel(FIELD).inputValue()).toBe('a/?b');
    expect(await page.getByRole('dialog').count()).toBe(0);
  });
});

describe('export', () => {
  it('hands out the rows and columns that are shown, in order, raw, with nothing a spreadsheet would run', async () => {
    await using window = await open('?sort=-latency&columns=node,status,latency,battery,cpu&q=l');
    const { page } = window;

    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV' }).click()]);
    const text = await readFile(await download.path(), 'utf8');

    expect(download.suggestedFilename()).toMatch(/^nester-\d{4}-\d\d-\d\d-\d{4}\.csv$/);
    expect(text).toBe(
      [
        '\uFEFFNode,Labels,Status,Latency (ms),battery,CPU (%)',
        'lyon-2,city: Lyon,online,30,8,80',
        'lille-1,city: Lille; note: =1+1,online,20,,',
        'lyon-1,city: Lyon,online,10,55,12',
        'alone,,online,3,,',
        '',
      ].join('\r\n'),
    );
  });
});

describe('trouble', () => {
  it('is on the icon of the tab, in the drawer with the changes, and gone when it is over', async () => {
    const own = await startNester();
    await post(own.url, { node: 'b', interval: 3_600 });
    await using window = await openWindow(browser, own.url);
    const { page, faults } = window;
    await untilLive(page);
    const icon = async () => decodeURIComponent((await page.locator('link[rel=icon]').getAttribute('href')) ?? '');
    const well = await icon();

    await post(own.url, { node: 'dark', interval: 1 });
    await expect.poll(icon, SOON).toMatch(/^data:image\/svg\+xml,.*>1<\/text>/);
    await expect.poll(() => page.getByRole('button', { name: /^Changes of status: [23] new$/ }).count(), SOON).toBe(1);
    await page.getByRole('button', { name: /^Changes of status/ }).click();
    const changes = page.getByRole('group', { name: 'Changes of status' }).getByRole('listitem');
    await expect.poll(async () => (await changes.allInnerTexts()).map((text) => text.replace(/\s+/g, ' ')), SOON).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d dark Late → Offline$/),
      expect.stringMatching(/^\d\d:\d\d:\d\d dark Online → Late$/),
      expect.stringMatching(/^\d\d:\d\d:\d\d dark new → Online$/),
    ]);
    expect(await page.getByRole('button', { name: 'Changes of status', exact: true }).count()).toBe(1);
    await changes.first().getByRole('link', { name: 'dark' }).click();
    await page.getByRole('heading', { name: 'dark' }).waitFor();
    expect(await changes.first().isVisible()).toBe(false);

    await post(own.url, { node: 'dark', interval: 3_600 });
    await expect.poll(icon, SOON).toBe(well);
    expect(faults).toEqual([]);
    await own.stop();
  });
});

describe('the theme', () => {
  it('is the system’s, light or dark, as chosen, also after a reload', async () => {
    await using window = await open('', { colorScheme: 'dark' });
    const { page } = window;
    const isLight = () => page.evaluate(() => Number(/\d+/.exec(getComputedStyle(document.body).backgroundColor)?.[0]) > 128);
    const system = await isLight();

    await page.getByRole('button', { name: 'Theme: as the system' }).click();
    const light = await isLight();
    await page.reload();
    await untilLive(page);
    const reloaded = await isLight();
    await page.getByRole('button', { name: 'Theme: light' }).click();
    await page.emulateMedia({ colorScheme: 'light' });
    const dark = await isLight();
    await page.getByRole('button', { name: 'Theme: dark' }).click();

    expect([system, light, reloaded, dark, await isLight()]).toEqual([false, true, true, false, true]);
  });
});

describe('a sparkline', () => {
  it('shows the last hour of each node on the screen, and grows with the reports', async () => {
    const own = await startNester();
    const minutesAgo = (minutes: number) => Date.now() - minutes * 60_000;
    await post(own.url, ...[50, 40, 30, 20, 10].map((minutes) => ({ node: 'a', latency: minutes, interval: 600, timestamp: minutesAgo(minutes) })));
    await using window = await openWindow(browser, own.url);
    const { page } = window;
    const line = async () => (await page.locator('.spark-line').first().getAttribute('d')) ?? '';

    await expect.poll(async () => (await line()).split('L').length, SOON).toBe(5);
    await page.locator('td.in-latency').hover();
    const hint = await page.locator('td.in-latency').getAttribute('title');
    await post(own.url, { node: 'a', latency: 500, interval: 600 });

    await expect.poll(async () => (await line()).split('L').length, SOON).toBe(6);
    expect(hint).toBe('Last hour: 10.0 ms to 50.0 ms');
    await own.stop();
  });
});

describe('ten times more nodes than fit', () => {
  const NODES = 2_000;

  it('have few elements, a scrollbar for all, and keep the focus on a row that is scrolled away', async () => {
    const own = await startNester();
    await post(own.url, ...Array.from({ length: NODES }, (_, index) => ({ node: `site ${index + 1}`, latency: index, interval: 3_600, labels: { shelf: String(index % 5) } })));
    await using window = await openWindow(browser, own.url);
    const { page } = window;
    const rowCount = () => page.locator('tbody tr').count();
    await expect.poll(() => page.locator('table').getAttribute('aria-rowcount'), SOON).toBe(String(NODES + 1));

    const rowHeight = await page.locator('tbody tr').first().evaluate((row) => row.getBoundingClientRect().height);
    const bodyHeight = await page.locator('tbody').evaluate((body) => body.getBoundingClientRect().height);
    await page.keyboard.press('ArrowDown');
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    await expect.poll(async () => (await readNodes(page)).at(-1), SOON).toBe(`site ${NODES}`);
    const focused = await page.evaluate(() => document.activeElement?.querySelector('.name')?.textContent);
    const lastIndex = await page.locator('tbody tr').last().getAttribute('aria-rowindex');
    const most = await rowCount();
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => page.evaluate(() => document.activeElement?.querySelector('.name')?.textContent), SOON).toBe('site 2');
    const isSeen = await page.evaluate(() => {
      const row = document.activeElement?.getBoundingClientRect();
      return row !== undefined && row.top > 0 && row.bottom < innerHeight;
    });

    expect(Math.round(bodyHeight)).toBe(Math.round(rowHeight * NODES));
    expect(focused).toBe('site 1');
    expect(lastIndex).toBe(String(NODES + 1));
    expect(most).toBeLessThan(100);
    expect(isSeen).toBe(true);
    await own.stop();
  });

  it('are where they were when one comes back from a site', async () => {
    const own = await startNester();
    await post(own.url, ...Array.from({ length: 300 }, (_, index) => ({ node: `site ${index + 1}`, interval: 3_600 })));
    await using window = await openWindow(browser, own.url);
    const { page } = window;
    await expect.poll(() => page.locator('table').getAttribute('aria-rowcount'), SOON).toBe('301');
    await page.evaluate(() => scrollTo(0, 5_000));
    await expect.poll(() => readNodes(page), SOON).toContain('site 145');

    await page.getByRole('link', { name: 'site 145', exact: true }).click();
    await page.getByRole('heading', { name: 'site 145' }).waitFor();
    const there = await page.evaluate(() => scrollY);
    await page.goBack();

    await expect.poll(() => readNodes(page), SOON).toContain('site 145');
    expect(there).toBe(0);
    expect(await page.evaluate(() => scrollY)).toBeGreaterThan(4_000);
    await own.stop();
  });

  it('are all there on a phone, in groups', async () => {
    const own = await startNester();
    await post(own.url, ...Array.from({ length: 300 }, (_, index) => ({ node: `site ${index + 1}`, interval: 3_600, labels: { shelf: String(index % 5) } })));
    await using window = await openWindow(browser, `${own.url}/?group=shelf&closed=3`, { viewport: { width: 390, height: 844 }, locale: 'fr-FR' });
    const { page } = window;
    await expect.poll(() => page.locator('table').getAttribute('aria-rowcount'), SOON).toBe(String(1 + 5 + 240));

    const rows = await readWhole(page);

    expect(rows).toHaveLength(240);
    expect(await sidewaysPx(page)).toBe(0);
    await own.stop();
  });
});

describe('a paused node on a phone', () => {
  it('shows its whole name, whatever the reason is', async () => {
    const own = await startNester();
    const agent = { version: '1', mode: 'agent', pausedUntil: Date.now() + 7 * 86_400_000, pausedWhy: 'swapping the UPS of the whole building, back on Monday' };
    await post(own.url, { node: 'nice-harbour-02', agent });
    await using window = await openWindow(browser, own.url, { viewport: { width: 390, height: 844 } });
    const { page } = window;
    const name = page.locator('tbody .name');
    await name.waitFor();

    expect(await name.evaluate((link) => link.scrollWidth <= link.clientWidth)).toBe(true);
    expect((await readRows(page))[0]).toMatchObject({ node: 'nice-harbour-02', status: 'Paused' });
    await own.stop();
  });
});
