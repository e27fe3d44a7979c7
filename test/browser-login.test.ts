import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWindow, sidewaysPx, startBrowser, untilLive } from './support/browser.ts';
import { makeFolder, type RunningNester, startNester } from './support/program.ts';
import { postReport } from './support/requests.ts';

/** Logging in and out, as people do. */

const SOON = { timeout: 20_000 };
const ADMIN = 'correct horse battery';
const VIEWER = 'only for looking';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** In the page, once its source has run there. */
declare const axe: { run: (options: RunOptions) => Promise<AxeResults> };

let browser: Browser;
let nester: RunningNester;
const dataDir = makeFolder();
const start = (env: Record<string, string> = {}): Promise<RunningNester> =>
  startNester({ dataDir, env: { NESTER_PASSWORD: ADMIN, NESTER_VIEWER_PASSWORD: VIEWER, ...env } });

beforeAll(async () => {
  [browser, nester] = [await startBrowser(), await start()];
  await postReport(nester.url, { node: 'lyon-01', latency: 3 });
});
afterAll(() => browser.close());

async function logIn(page: Page, password: string): Promise<void> {
  await page.locator('input[type=password]').fill(password);
  await page.keyboard.press('Enter');
}

describe('the page of a Nester with a password', () => {
  it('asks for it first, then shows what was asked for, and goes on doing so after a reload', async () => {
    await using window = await openWindow(browser, `${nester.url}/nodes/lyon-01?range=1h`);
    const { page, faults } = window;

    await logIn(page, 'not this one');
    await page.getByRole('alert').waitFor();
    const said = await page.getByRole('alert').textContent();
    await logIn(page, VIEWER);
    await untilLive(page);
    const { pathname, search } = new URL(page.url());
    await page.reload();
    await untilLive(page);

    expect(said).toBe('This is not the password.');
    expect(pathname + search).toBe('/nodes/lyon-01?range=1h');
    expect(faults).toEqual([]);
  });

  it('is left with a button, everywhere at once', async () => {
    await using window = await openWindow(browser, nester.url);
    const { page } = window;
    await logIn(page, ADMIN);
    await untilLive(page);
    const other = await page.context().newPage();
    await other.goto(`${nester.url}/nodes/lyon-01`);
    await untilLive(other);

    await page.getByRole('button', { name: 'Log out' }).click();

    await page.locator('input[type=password]').waitFor();
    await other.locator('input[type=password]').waitFor();
    expect(new URL(other.url()).pathname).toBe('/nodes/lyon-01');
  });

  it('lets an admin forget a site without a key, and a viewer not', async () => {
    await postReport(nester.url, { node: 'to-go' });
    const forget = async (password: string) => {
      const window = await openWindow(browser, `${nester.url}/nodes/to-go`);
      await logIn(window.page, password);
      await untilLive(window.page);
      await window.page.getByRole('button', { name: 'Forget' }).first().click();
      await window.page.getByRole('dialog').getByRole('button', { name: /Forget/ }).click();
      return window;
    };

    await using asViewer = await forget(VIEWER);
    await asViewer.page.getByText('A viewer may not forget nodes').waitFor();
    await using asAdmin = await forget(ADMIN);
    await expect.poll(() => new URL(asAdmin.page.url()).pathname, SOON).toBe('/');

    const nodes = await asAdmin.page.evaluate(async () => ((await (await fetch('/api/nodes')).json()) as { node: string }[]).map(({ node }) => node));
    expect(nodes).toEqual(['lyon-01']);
  });

  it('asks again when the password was changed meanwhile, in place of what it showed', async () => {
    await using window = await openWindow(browser, `${nester.url}/nodes/lyon-01`);
    const { page } = window;
    await logIn(page, VIEWER);
    await untilLive(page);

    const { port } = nester;
    await nester.stop();
    nester = await start({ NESTER_PORT: String(port), NESTER_VIEWER_PASSWORD: 'quite another' });
    await page.locator('input[type=password]').waitFor();
    await logIn(page, 'quite another');
    await untilLive(page);

    expect(new URL(page.url()).pathname).toBe('/nodes/lyon-01');
  });
});

describe('the place to log in', () => {
  it.each((['light', 'dark'] as const).flatMap((colorScheme) => ['en-GB', 'fr-FR'].map((locale) => ({ colorScheme, locale }))))(
    'has nothing that axe finds fault with, in $colorScheme and $locale, and fits a phone',
    async ({ colorScheme, locale }) => {
      await using window = await openWindow(browser, nester.url, { colorScheme, locale, bypassCSP: true, viewport: { width: 390, height: 844 } });
      const { page } = window;
      await logIn(page, 'not this one');
      await page.getByRole('alert').waitFor();
      await page.evaluate(axeSource);

      const violations = await page.evaluate(async () => (await axe.run({ resultTypes: ['violations'] })).violations.map(({ id, help }) => `${id}: ${help}`));

      expect(violations).toEqual([]);
      expect(await sidewaysPx(page)).toBe(0);
      expect(await page.locator('html').getAttribute('lang')).toBe(locale.slice(0, 2));
    },
  );
});
