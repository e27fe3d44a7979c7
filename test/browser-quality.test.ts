import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWindow, startBrowser } from './support/browser.ts';
import { aFleet } from './support/fleet.ts';
import { judgeWithLighthouse } from './support/lighthouse.ts';
import { post } from './support/post.ts';
import { makeFolder, type RunningNester, startNester } from './support/program.ts';

/** What tools that judge pages say of ours. How fast it is, they say in the bench. */

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** In the page, once its source has run there. */
declare const axe: { run: (options: RunOptions) => Promise<AxeResults> };

let browser: Browser;
let nester: RunningNester;
beforeAll(async () => {
  [browser, nester] = [await startBrowser(), await startNester()];
  await post(nester.url, ...aFleet(30));
});
afterAll(() => browser.close());

const PAGES = { table: '/', site: '/nodes/lyon-01', wall: '/?wall' };
const LOOKS = (['light', 'dark'] as const).flatMap((colorScheme) => ['en-GB', 'fr-FR'].map((locale) => ({ colorScheme, locale })));

describe.each(Object.entries(PAGES))('the %s', (_name, path) => {
  it.each(LOOKS)('has nothing that axe finds fault with, in $colorScheme and $locale', async ({ colorScheme, locale }) => {
    // The page's own policy lets in no script but its own.
    await using window = await openWindow(browser, nester.url + path, { colorScheme, locale, bypassCSP: true, reducedMotion: 'reduce' });
    const { page } = window;
    await page.locator('[role=status][data-phase=live]').waitFor({ state: 'attached' });
    await page.locator('main').getByText('lyon-01').filter({ visible: true }).first().waitFor();
    await page.evaluate(axeSource);

    const violations = await page.evaluate(async () => {
      const found = await axe.run({ resultTypes: ['violations'] });
      return found.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ''}`).join(' | ')}`);
    });

    expect(violations).toEqual([]);
  });
});

describe('Lighthouse', () => {
  it('gives table and site page at least 95 for accessibility and best practices', async () => {
    const verdicts = await judgeWithLighthouse([`${nester.url}${PAGES.table}`, `${nester.url}${PAGES.site}`], 'desktop', makeFolder('lighthouse'));

    for (const { accessibility, bestPractices, complaints } of verdicts) {
      expect({ accessibility: accessibility >= 95, bestPractices: bestPractices >= 95, complaints }).toMatchObject({ accessibility: true, bestPractices: true });
    }
  });
});
