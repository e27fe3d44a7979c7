import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { header, openWindow, readNodes, readRows, readWhole, startBrowser, untilLive, untilWhole, type Window } from './support/browser.ts';
import { post } from './support/post.ts';
import { type RunningNester, startNester } from './support/program.ts';

/** The table answers: sorting, filter, chips, keys, and two thousand nodes. */

const SOON = { timeout: 20_000 };

let browser: Browser;
let nester: RunningNester;
let window: Window;

beforeAll(async () => {
  browser = await startBrowser();
});

afterAll(() => browser.close());

describe('a table of six nodes', () => {
  beforeAll(async () => {
    nester = await startNester();
    await post(
      nester.url,
      { node: 'site 10', ip: '10.0.0.10', devices: 7, latency: 90, loss: 0, interval: 3_600, labels: { city: 'Lyon' } },
      { node: 'site 9', ip: '10.0.0.9', devices: 30, latency: 9, loss: 2, interval: 3_600, labels: { city: 'Lille' } },
      { node: 'Météo', ip: 'fe80::1', devices: 100, latency: 1.5, loss: 0, interval: 3_600 },
      { node: 'nothing measured', interval: 3_600 },
      { node: 'dark', ip: '9.9.9.9', devices: 1, latency: 300, loss: 50, interval: 1, labels: { city: 'Lyon' } },
      { node: 'old', latency: 20, interval: 3_600, timestamp: Date.now() - 600_000 },
    );
  });

  beforeEach(async () => {
    window = await openWindow(browser, nester.url);
    await untilLive(window.page);
    await expect.poll(async () => (await readRows(window.page))[0], SOON).toMatchObject({ node: 'dark', status: 'Offline' });
  });

  afterEach(() => window[Symbol.asyncDispose]());
  afterAll(() => nester.stop());

  it('lists trouble first, then names as people count', async () => {
    const { page } = window;

    const nodes = await readNodes(page);

    expect(nodes).toEqual(['dark', 'Météo', 'nothing measured', 'old', 'site 9', 'site 10']);
    expect(await header(page, 'Status').getAttribute('aria-sort')).toBe('ascending');
  });

  it.each([
    ['Node', ['dark', 'Météo', 'nothing measured', 'old', 'site 9', 'site 10'], ['site 10', 'site 9', 'old', 'nothing measured', 'Météo', 'dark']],
    ['IP', ['dark', 'site 9', 'site 10', 'Météo', 'nothing measured', 'old'], ['Météo', 'site 10', 'site 9', 'dark', 'nothing measured', 'old']],
    ['Devices', ['dark', 'site 10', 'site 9', 'Météo', 'nothing measured', 'old'], ['Météo', 'site 9', 'site 10', 'dark', 'nothing measured', 'old']],
    ['Latency', ['Météo', 'site 9', 'old', 'site 10', 'dark', 'nothing measured'], ['dark', 'site 10', 'old', 'site 9', 'Météo', 'nothing measured']],
    ['Loss', ['Météo', 'site 10', 'site 9', 'dark', 'nothing measured', 'old'], ['dark', 'site 9', 'Météo', 'site 10', 'nothing measured', 'old']],
  ])('sorts by %s, and the other way round, with what is unknown at the end', async (name, up, down) => {
    const { page } = window;
    const button = header(page, name).getByRole('button');

    await button.click();
    await expect.poll(() => readNodes(page), SOON).toEqual(up);
    const sorted = await header(page, name).getAttribute('aria-sort');
    await button.click();
    await expect.poll(() => readNodes(page), SOON).toEqual(down);

    expect([sorted, await header(page, name).getAttribute('aria-sort')]).toEqual(['ascending', 'descending']);
    expect(await page.locator('[aria-sort]').count()).toBe(1);
  });

  it('sorts by the last update, oldest first', async () => {
    const { page } = window;

    await header(page, 'Last update').getByRole('button').click();

    await expect.poll(async () => (await readNodes(page))[0], SOON).toBe('old');
  });

  it('can be sorted and filtered by keyboard alone, and shows where the focus is', async () => {
    const { page } = window;
    const focused = () =>
      page.evaluate(() => {
        const active = document.activeElement ?? document.body;
        return { text: active.textContent, outline: getComputedStyle(active).outlineStyle };
      });
    const passed: { text: string; outline: string }[] = [];

    while (passed.at(-1)?.text !== 'Latency' && passed.length < 30) {
      await page.keyboard.press('Tab');
      passed.push(await focused());
    }
    await page.keyboard.press('Enter');

    await expect.poll(() => header(page, 'Latency').getAttribute('aria-sort'), SOON).toBe('ascending');
    const fromChips = passed.map(({ text }) => text).slice(passed.findIndex(({ text }) => text === 'All6'));
    expect(fromChips).toEqual(['All6', 'Offline1', 'Late0', 'Online5', '', 'Group', 'Columns', 'CSV', 'Add a site', 'Status', 'Node', 'IP', 'Devices', 'Latency']);
    expect(passed.every(({ outline }) => outline === 'solid')).toBe(true);
  });

  it.each([
    ['a name', 'site', ['site 9', 'site 10']],
    ['a name without its accents', 'METEO', ['Météo']],
    ['an address', '10.0.0.', ['site 9', 'site 10']],
    ['a label', 'lyon', ['dark', 'site 10']],
    ['several words', 'lyon site', ['site 10']],
  ])('filters by %s', async (_what, words, expected) => {
    const { page } = window;

    await page.getByLabel('Filter by name, IP, label or device').fill(words);

    await expect.poll(() => readNodes(page), SOON).toEqual(expected);
    expect(await page.locator('.shown').textContent()).toBe(`${expected.length} of 6 shown`);
  });

  it('says so when nothing matches, and finds the way back', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'Late 0' }).click();
    await page.getByLabel('Filter by name, IP, label or device').fill('zzz');
    await page.getByRole('heading', { name: 'No node matches' }).waitFor();

    await page.getByRole('button', { name: 'Show all nodes' }).click();

    await expect.poll(async () => (await readNodes(page)).length, SOON).toBe(6);
    expect(await page.getByLabel('Filter by name, IP, label or device').inputValue()).toBe('');
    expect(await page.getByRole('button', { name: 'All 6' }).getAttribute('aria-pressed')).toBe('true');
  });

  it('counts by status, and shows those of the chips that are pressed', async () => {
    const { page } = window;
    const chips = await page.getByRole('group', { name: 'Filter by status' }).getByRole('button').allInnerTexts();
    const offline = page.getByRole('button', { name: 'Offline 1' });

    await offline.click();
    await expect.poll(() => readNodes(page), SOON).toEqual(['dark']);
    const pressed = await offline.getAttribute('aria-pressed');
    await page.getByRole('button', { name: 'Online 5' }).click();
    await expect.poll(async () => (await readNodes(page)).length, SOON).toBe(6);
    await page.getByRole('button', { name: 'All 6' }).click();

    await expect.poll(() => offline.getAttribute('aria-pressed'), SOON).toBe('false');
    expect(chips.map((chip) => chip.replace(/\s+/g, ' '))).toEqual(['All 6', 'Offline 1', 'Late 0', 'Online 5']);
    expect(pressed).toBe('true');
    await expect.poll(async () => (await readNodes(page)).length, SOON).toBe(6);
  });
});

describe('a site that is being worked on', () => {
  it.each([
    ['en-GB', 'Paused', 'until .*: swapping the UPS', 'Paused 1'],
    ['fr-FR', 'En pause', 'jusqu’à .* : swapping the UPS', 'En pause 1'],
  ])('is shown as such, until when and why, and is no trouble (%s)', async (locale, status, said, chip) => {
    await using own = await startedNester();
    const until = Date.now() + 2 * 3_600_000;
    const agent = { version: '1', mode: 'agent' };
    await post(own.url, { node: 'worked on', interval: 1, agent: { ...agent, pausedUntil: until, pausedWhy: 'swapping the UPS' } });
    await post(own.url, { node: 'a', interval: 3_600 }, { node: 'dark', interval: 1 });
    await using opened = await openWindow(browser, own.url, { locale });
    const { page } = opened;
    await untilLive(page);
    await page.locator('tr[data-status=offline]').waitFor();

    const rows = await readRows(page);
    const pause = page.locator('tr', { hasText: 'worked on' }).locator('.pause');

    expect(rows.map(({ node }) => node)).toEqual(['dark', 'worked on', 'a']);
    expect(rows[1]).toMatchObject({ status });
    expect(await pause.textContent()).toMatch(new RegExp(`^${said}$`));
    expect(await page.title()).toBe('(1) Nester');
    expect(await page.getByRole('button', { name: chip }).count()).toBe(1);

    await post(own.url, { node: 'worked on', interval: 3_600, agent });
    await expect.poll(async () => (await readRows(page)).find(({ node }) => node === 'worked on')?.status, SOON).not.toBe(status);
    await expect.poll(() => pause.isVisible(), SOON).toBe(false);
    expect(await page.getByRole('button', { name: status }).count()).toBe(0);
  });
});

/** A Nester of the test's own. */
async function startedNester(): Promise<RunningNester & AsyncDisposable> {
  const own = await startNester();
  return { ...own, [Symbol.asyncDispose]: () => own.kill() };
}

describe('a table that changes while it is read', () => {
  beforeEach(async () => {
    nester = await startNester();
    await post(
      nester.url,
      { node: 'old', latency: 20, interval: 3_600 },
      { node: 'site 9', ip: '10.0.0.9', devices: 30, latency: 9, loss: 2, interval: 3_600, labels: { city: 'Lille' } },
      { node: 'site 10', interval: 3_600 },
    );
    window = await openWindow(browser, nester.url);
    await untilLive(window.page);
    await expect.poll(() => readNodes(window.page), SOON).toEqual(['old', 'site 9', 'site 10']);
  });

  afterEach(async () => {
    await window[Symbol.asyncDispose]();
    await nester.stop();
  });

  it('keeps its filter while reports come, and lets in who now matches', async () => {
    const { page } = window;
    await page.getByLabel('Filter by name, IP, label or device').fill('lille');
    await expect.poll(() => readNodes(page), SOON).toEqual(['site 9']);

    await post(nester.url, { node: 'old', interval: 3_600, labels: { city: 'Lille' } }, { node: 'new', interval: 3_600 });

    await expect.poll(() => readNodes(page), SOON).toEqual(['old', 'site 9']);
    await expect.poll(() => page.locator('.shown').textContent(), SOON).toBe('2 of 4 shown');
  });

  it('patches the row that changed and marks the value, and leaves the other rows alone', async () => {
    const { page } = window;
    await page.locator('tbody').evaluate((body) => {
      const touched = new Set<string>();
      const watch = new MutationObserver((mutations) => {
        for (const { target } of mutations) {
          const near = target instanceof Element ? target : target.parentElement;
          // Times and sparklines go on by themselves, in every row.
          if (near?.closest('time, svg, .lasting')) continue;
          touched.add(near?.closest('tr')?.querySelector('.name')?.textContent ?? 'the table');
          document.body.dataset['touched'] = [...touched].join();
        }
      });
      watch.observe(body, { subtree: true, childList: true, characterData: true, attributes: true });
    });

    await post(nester.url, { node: 'site 9', ip: '10.0.0.9', devices: 30, latency: 77, loss: 2, interval: 3_600, labels: { city: 'Lille' } });

    await expect.poll(async () => (await readRows(page)).find(({ node }) => node === 'site 9')?.latency, SOON).toBe('77.0 ms');
    const marked = await page.locator('td[data-changed]').evaluateAll((cells) =>
      cells.map((cell) => [cell.closest('tr')?.querySelector('.name')?.textContent, cell.classList.item(0)]),
    );
    expect(await page.locator('body').getAttribute('data-touched')).toBe('site 9');
    expect(marked).toEqual([['site 9', 'in-latency']]);
  });
});

describe('a table of two thousand nodes', () => {
  const NODES = 2_000;

  it('shows them all in order, finds one, and keeps up with a burst', async () => {
    const big = await startNester();
    const reports = Array.from({ length: NODES }, (_, index) => ({
      node: `site ${index + 1}`,
      ip: `10.${index >> 8}.${index & 255}.1`,
      devices: index % 90,
      latency: (index * 7) % NODES,
      loss: 0,
      interval: 3_600,
      labels: { city: `city ${index % 100}` },
    }));
    await post(big.url, ...reports);
    await using opened = await openWindow(browser, big.url);
    const { page, faults } = opened;

    await expect.poll(() => page.locator('table').getAttribute('aria-rowcount'), SOON).toBe(String(NODES + 1));
    const elements = await page.locator('tbody tr').count();
    const inOrder = (await readWhole(page)).map(({ node }) => node);
    await header(page, 'Latency').getByRole('button').click();
    await expect.poll(async () => (await readNodes(page))[0], SOON).toBe('site 1');
    const byLatency = (await readWhole(page)).map(({ latency }) => Number.parseFloat(latency.replaceAll(',', '')));
    await page.getByLabel('Filter by name, IP, label or device').fill('site 1777');
    await expect.poll(() => readNodes(page), SOON).toEqual(['site 1777']);
    await page.getByLabel('Filter by name, IP, label or device').fill('');
    await post(big.url, ...reports.map((report) => ({ ...report, devices: report.devices + 1_000 })));
    await expect.poll(async () => (await readRows(page)).every(({ devices }) => devices.startsWith('1,0')), SOON).toBe(true);
    const after = await readWhole(page);

    expect(elements).toBeLessThan(100);
    expect(inOrder).toHaveLength(NODES);
    expect(after).toHaveLength(NODES);
    expect(after.filter(({ devices }) => devices.startsWith('1,0'))).toHaveLength(NODES);
    expect(inOrder.slice(0, 3)).toEqual(['site 1', 'site 2', 'site 3']);
    expect(inOrder.at(-1)).toBe('site 2000');
    expect(byLatency).toEqual([...byLatency].sort((a, b) => a - b));
    expect(await page.getByRole('button', { name: 'All 2,000' }).count()).toBe(1);
    expect(faults).toEqual([]);
    await big.stop();
  });

  it('sketches what rushes by, and shows it whole as soon as the page halts', async () => {
    await using own = await startedNester();
    const reports = Array.from({ length: NODES }, (_, index) => ({
      node: `site ${index + 1}`,
      ip: `10.${index >> 8}.${index & 255}.1`,
      interval: index % 2 === 0 ? 3_600 : 1,
      labels: { at: `${index + 1}` },
    }));
    await post(own.url, ...reports);
    await using opened = await openWindow(browser, own.url);
    const { page } = opened;
    await expect.poll(() => page.getByRole('button', { name: 'Offline 1,000' }).count(), SOON).toBe(1);

    // Leaps, which are fast at any frame rate; and what is in the window after each.
    const sketches = await page.locator('tbody').evaluate(async (body) => {
      const seen: { place: number; name: string; link: string; status: string; mark: string; rest: string }[] = [];
      for (let leap = 0; leap < 20; leap++) {
        scrollBy(0, 3_000);
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
        for (const tr of body.querySelectorAll<HTMLElement>('[data-sketch]')) {
          const link = tr.querySelector<HTMLAnchorElement>('.name');
          const rest = Array.from(tr.querySelectorAll('.in-ip, .in-latency, .labels'), (part) => getComputedStyle(part).contentVisibility);
          seen.push({
            place: Number(tr.getAttribute('aria-rowindex')) - 1,
            name: link?.textContent ?? '',
            link: decodeURIComponent(link?.pathname.split('/').pop() ?? ''),
            status: tr.querySelector('.status')?.textContent ?? '',
            mark: tr.dataset['status'] ?? '',
            rest: [...new Set(rest)].join(),
          });
        }
      }
      return seen;
    });
    await untilWhole(page);
    const rows = await readRows(page);
    const labels = await page.locator('tbody tr').evaluateAll((all) => all.map((tr) => [tr.querySelector('.name')?.textContent, tr.querySelector('.label')?.textContent]));

    expect(sketches.length).toBeGreaterThan(100);
    for (const { place, name, ...sketch } of sketches) {
      // The even ones, which are dark, come first.
      const isWell = place > NODES / 2;
      expect(name).toBe(`site ${isWell ? 2 * place - NODES - 1 : 2 * place}`);
      expect(sketch).toEqual({ link: name, status: isWell ? 'Online' : 'Offline', mark: isWell ? 'online' : 'offline', rest: 'hidden' });
    }
    expect(rows.map(({ ip }) => ip)).toEqual(rows.map(({ node }) => reports.find((report) => report.node === node)?.ip));
    for (const [name, label] of labels) expect(label).toBe(name?.replace('site', 'at'));
  });
});
