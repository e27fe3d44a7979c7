import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { findBrowser } from '../tools.mjs';
import { makeFolder } from './program.ts';

/** The page as people see it: in a real browser. */

export interface Window extends AsyncDisposable {
  page: Page;
  /**
   * What a page must never do: throw, break its own security policy, or ask another host for
   * anything. Empty unless it did.
   */
  faults: string[];
}

/** Starts Chromium, `under` a command such as `['ip', 'netns', 'exec', 'here']` if one is given. The caller closes it. */
export async function startBrowser({ under = [] }: { under?: readonly string[] } = {}): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === undefined) {
    throw new Error('No Chromium here. On Debian or Ubuntu: sudo apt-get install -y --no-install-recommends chromium');
  }
  return chromium.launch({
    executablePath: under.length === 0 ? executablePath : wrapped([...under, executablePath]),
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}

/** A program that runs the command with the arguments it is given, for who takes only a path. */
function wrapped(command: readonly string[]): string {
  const program = join(makeFolder('browser'), 'chromium');
  const words = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  writeFileSync(program, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, { mode: 0o755 });
  return program;
}

/** Opens a page in a window of its own: nothing is shared with other windows. */
export async function openWindow(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Window> {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) faults.push(message.text());
  });
  page.on('request', (request) => {
    if (new URL(request.url()).host !== new URL(url).host) faults.push(`request to ${request.url()}`);
  });
  await page.goto(url);
  return { page, faults, [Symbol.asyncDispose]: () => context.close() };
}

/** Resolves when the page says that it is live. */
export async function untilLive(page: Page): Promise<void> {
  await page.locator('[role=status][data-phase=live]').waitFor();
}

export interface ShownRow {
  status: string;
  node: string;
  ip: string;
  devices: string;
  latency: string;
  loss: string;
  updated: string;
}

/** The rows that have elements, those near the window, in their order. Names and values as text; labels apart. */
export async function readRows(page: Page): Promise<ShownRow[]> {
  return (await readPlaced(page)).map(({ row }) => row);
}

/** Rows as they stand in the document, with their place among all. */
async function readPlaced(page: Page): Promise<{ place: number; row: ShownRow }[]> {
  return page.locator('tbody').evaluate((body) =>
    Array.from(body.querySelectorAll('tr:not(.group)'), (row) => {
      const read = (selector: string): string => row.querySelector(selector)?.textContent.replace(/\s+/gu, ' ') ?? '';
      return {
        place: Number(row.getAttribute('aria-rowindex')),
        row: {
          status: read('.in-status .status'),
          node: read('.in-node .name'),
          ip: read('.in-ip'),
          devices: read('.in-devices'),
          latency: read('.in-latency'),
          loss: read('.in-loss'),
          updated: read('.in-updated'),
        },
      };
    }),
  );
}

/** Resolves when no row is a sketch any more, as rows are while the page rushes by. */
export async function untilWhole(page: Page): Promise<void> {
  await page.locator('tbody [data-sketch]').first().waitFor({ state: 'detached' });
}

/** Names of the nodes near the window, in their order. */
export async function readNodes(page: Page): Promise<string[]> {
  return (await readRows(page)).map(({ node }) => node);
}

/** The header of a column, by its name: a button that sorts. */
export function header(page: Page, name: string) {
  return page.getByRole('columnheader', { name, exact: true });
}

/**
 * Every row of a table of any length, as the page is scrolled from top to bottom. Leaves it at the bottom.
 */
export async function readWhole(page: Page): Promise<ShownRow[]> {
  const rows = new Map<number, ShownRow>();
  await page.evaluate(() => scrollTo(0, 0));
  for (let atPx = -1; ; ) {
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    await untilWhole(page);
    // While a page is scrolled its rows lie in their places, but need not follow each other in the document.
    for (const { place, row } of await readPlaced(page)) rows.set(place, row);
    const nowPx = await page.evaluate(() => scrollY);
    if (nowPx === atPx) return [...rows].sort(([a], [b]) => a - b).map(([, row]) => row);
    atPx = nowPx;
    await page.evaluate(() => scrollBy(0, innerHeight));
  }
}

/** How far the page could be scrolled sideways, in px. */
export async function sidewaysPx(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
