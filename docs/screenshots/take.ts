/**
 * `npm run screenshots`: pictures of the page for the documentation, taken from a real Nester
 * that lived through a day of a made-up fleet in a minute.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { findBrowser } from '../../test/tools.mjs';
import { INTERVAL_SECONDS, makeUpFleet, type Site } from './made-up-fleet.ts';

const DAY_MS = 26 * 3_600_000;
/** Sending takes a while; the present is then. */
const LEAD_MS = 30_000;
const STEP_MS = INTERVAL_SECONDS * 1_000;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'nester-screenshots-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

const endMs = Date.now() + LEAD_MS;
const beginMs = endMs - DAY_MS;

const nester = spawn(process.execPath, ['--import', here('led-clock.mjs'), here('../../dist/nester.js')], {
  env: {
    ...process.env,
    LED_CLOCK: String(beginMs),
    NESTER_HOST: '127.0.0.1',
    NESTER_PORT: '0',
    NESTER_DATA_DIR: folder,
    NESTER_LOG_LEVEL: 'warn',
    NESTER_RATE_LIMIT: '0',
  },
  stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
});
process.once('exit', () => nester.kill());
if (!nester.stdout) throw new Error('BUG: Nester was started without a pipe');
const [line] = (await once(nester.stdout, 'data')) as [Buffer];
const url = /http:\/\/\S+/.exec(line.toString())?.[0];
if (url === undefined) throw new Error(`Nester did not say where it listens: ${line.toString()}`);

console.log(`A day of ${makeUpFleet(endMs).length} sites...`);
await live(makeUpFleet(endMs));
const executablePath = findBrowser();
if (executablePath === undefined) throw new Error('No Chromium here. On Debian or Ubuntu: sudo apt-get install -y --no-install-recommends chromium');
const browser = await chromium.launch({
  executablePath,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
mkdirSync(here('../pictures'), { recursive: true });
try {
  await take(browser, 'table', '/', { width: 1440, height: 900 });
  await take(browser, 'table-dark', '/?group=kind', { width: 1440, height: 900, dark: true });
  await take(browser, 'site', '/nodes/lyon-01', { width: 1440, height: 1300 });
  await take(browser, 'phone', '/', { width: 390, height: 844, french: true });
  await take(browser, 'wall', '/?wall', { width: 1600, height: 900, dark: true });
} finally {
  await browser.close();
  nester.kill();
}

/** Sends each report when its time has come, by the fast clock, until the present. */
async function live(sites: readonly Site[]): Promise<void> {
  for (let atMs = Math.ceil(beginMs / STEP_MS) * STEP_MS; atMs < endMs; atMs += STEP_MS) {
    await leadTo(atMs);
    const reports = sites.flatMap((site) => reportsOf(site, atMs));
    await send(reports);
  }
  while (Date.now() < endMs) await sleep(50);
  await leadTo('present');
  // The present itself, of those that are well.
  await send(sites.filter((_, at) => at !== 9).flatMap((site) => reportsOf(site, Date.now())));
}

async function leadTo(to: number | 'present'): Promise<void> {
  const there = once(nester, 'message');
  nester.send({ to });
  await there;
}

function reportsOf({ reportAt, backfill }: Site, atMs: number): Record<string, unknown>[] {
  const report = reportAt(atMs);
  if (report === undefined) return [];
  if (backfill === undefined || atMs <= backfill.fromMs || atMs > backfill.untilMs + STEP_MS) return [report];
  if (atMs <= backfill.untilMs) return [];
  // The line is back: what was kept comes first.
  const kept: Record<string, unknown>[] = [];
  for (let keptMs = Math.ceil(backfill.fromMs / STEP_MS) * STEP_MS; keptMs < atMs; keptMs += STEP_MS) kept.push(reportAt(keptMs) ?? {});
  return [...kept, report];
}

async function send(reports: readonly Record<string, unknown>[]): Promise<void> {
  if (reports.length === 0) return;
  const answer = await fetch(`${url ?? ''}/api/reports`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(reports),
  });
  const said = await answer.text();
  if (!answer.ok || !said.includes('"rejected":[]')) throw new Error(`Nester refused: ${said.slice(0, 300)}`);
}

interface Shot {
  width: number;
  height: number;
  dark?: boolean;
  french?: boolean;
}

async function take(from: Browser, name: string, path: string, { width, height, dark = false, french = false }: Shot): Promise<void> {
  const context = await from.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    locale: french ? 'fr-FR' : 'en-GB',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  // A picture of a broken page must not get into the documentation.
  page.on('pageerror', (error) => {
    throw error;
  });
  await page.goto(`${url ?? ''}${path}`);
  await page.locator('[role=status][data-phase=live]').waitFor({ state: 'attached' });
  await page.locator('main').getByText('lyon-01').filter({ visible: true }).first().waitFor();
  await page.waitForLoadState('networkidle').catch(() => undefined);
  await page.evaluate(() => document.fonts.ready);
  // Charts and sparklines are drawn when what they ask for has come.
  await sleep(1_500);
  await page.screenshot({ path: here(`../pictures/${name}.png`) });
  console.log(`docs/pictures/${name}.png`);
  await context.close();
}
