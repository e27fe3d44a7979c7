import { execFileSync, spawnSync } from 'node:child_process';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWindow, startBrowser, untilLive } from './support/browser.ts';
import { makeFolder, runProgram, startNester } from './support/program.ts';
import { postReport } from './support/requests.ts';
import { findPython } from './tools.mjs';

/** Adding a site from the page: the commands are run as they are shown. */

const PASSWORD = 'correct horse battery';
let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());

async function askFor(page: Page, name: string, labels = ''): Promise<void> {
  await page.getByRole('button', { name: 'Add a site' }).first().click();
  await page.getByLabel('Name of the site').fill(name);
  await page.getByLabel('Labels').fill(labels);
  await page.getByRole('button', { name: 'Show the commands' }).click();
  await page.getByText(`Waiting for the first report of ${name}`).waitFor();
}

async function commandOf(page: Page, way: string): Promise<string> {
  await page.getByRole('radio', { name: way, exact: true }).check({ force: true });
  return (await page.locator('dialog .command code').textContent()) ?? '';
}

const run = (command: string, cwd = makeFolder('site')) => spawnSync('sh', ['-c', command], { cwd, encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '', HARVESTER_STATE_DIR: cwd } });

describe('adding a site', () => {
  it('to a Nester that has none: a name, a command, and the page says when the site is here', async () => {
    const nester = await startNester();
    await using window = await openWindow(browser, nester.url);
    const { page, faults } = window;

    await askFor(page, 'lyon-02', 'city=Lyon, group=shops');
    const installer = await commandOf(page, 'Linux, a service');
    const command = await commandOf(page, 'curl');
    expect(run(command).status).toBe(0);
    await page.getByText(/^lyon-02 is here, /).waitFor();

    expect(installer).toBe(`curl -fsSL ${nester.url}/install.sh | sudo sh -s -- --node 'lyon-02' --label 'city=Lyon' --label 'group=shops'`);
    expect(await (await fetch(`${nester.url}/api/nodes/lyon-02`)).json()).toMatchObject({ labels: { city: 'Lyon', group: 'shops' } });
    await page.getByRole('link', { name: 'Open its page' }).click();
    await page.getByRole('heading', { name: 'lyon-02' }).waitFor();
    expect(faults).toEqual([]);
    await nester.stop();
  });

  it('with a key of its own where reports need one, and every command there is', async () => {
    const nester = await startNester({ env: { NESTER_PASSWORD: PASSWORD } });
    const first = await runProgram('nester.js', ['keys', 'add', 'first', '--data-dir', nester.dataDir]);
    const firstKey = first.stdout.split('\n')[0] ?? '';
    await expect.poll(async () => (await postReport(nester.url, { node: 'first' }, { 'X-API-Key': firstKey })).status, { timeout: 20_000 }).toBe(201);
    await using window = await openWindow(browser, nester.url);
    const { page } = window;
    await page.locator('input[type=password]').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await untilLive(page);
    const name = `L'Isle "2" $HOME`;

    await askFor(page, name);
    await page.getByText('The key in it is for this site alone').waitFor();
    const python = findPython() ?? 'python3';
    expect(execFileSync(python, ['-'], { input: await commandOf(page, 'Python'), encoding: 'utf8' })).toBe('');
    await page.getByText(`${name} is here, `).waitFor();
    expect(run((await commandOf(page, 'curl')).replace('curl ', 'curl -o /dev/null ')).status).toBe(0);
    const loop = await commandOf(page, 'Any shell');
    expect(run(loop.replace('sh harvester.sh loop', 'HARVESTER_PINGS=1 HARVESTER_TARGET=127.0.0.1 HARVESTER_SCAN=off sh harvester.sh once'))).toMatchObject({ status: 0, stderr: '' });
    const docker = (await commandOf(page, 'Docker')).replace(/\\\n/g, ' ');
    // What the container would run, without the container.
    const inside = /-e .* node:22-alpine (sh -c .*)$/.exec(docker)?.[1] ?? '';
    const settings = [...docker.matchAll(/-e ('(?:[^']|'\\'')*')/g)].map(([, word = '']) => word).join(' ');
    expect(run(`env ${settings} HARVESTER_PINGS=1 HARVESTER_TARGET=127.0.0.1 HARVESTER_SCAN=off ${inside.replace('/tmp/harvester.js agent', '/tmp/harvester.js once').replaceAll('/tmp/', './')}`)).toMatchObject({ status: 0, stderr: '' });
    expect(await commandOf(page, 'Windows')).toMatch(/-Key '.+' -Node 'L''Isle "2" \$HOME'$/);
    // The key is for this name alone.
    const key = /X-API-Key: ([^']+)'/.exec(await commandOf(page, 'curl'))?.[1] ?? '';
    expect((await postReport(nester.url, { node: 'first' }, { 'X-API-Key': key })).status).toBe(403);
    await nester.stop();
  });

  it('says what is not a label, and is left by Escape', async () => {
    const nester = await startNester();
    await using window = await openWindow(browser, nester.url);
    const { page } = window;
    await page.getByRole('button', { name: 'Add a site' }).first().click();
    await page.getByLabel('Name of the site').fill('a');
    await page.getByLabel('Labels').fill('Lyon');
    await page.keyboard.press('Enter');

    await page.getByRole('alert').filter({ hasText: 'name=value' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('dialog[open]').waitFor({ state: 'detached' });
    await askFor(page, 'a');
    await page.keyboard.press('Escape');
    await page.locator('dialog[open]').waitFor({ state: 'detached' });
    await nester.stop();
  });
});

describe('a Harvester of an older version', () => {
  it('is marked, in the table and on its page, and says what it is older than', async () => {
    const nester = await startNester();
    const agent = (version: string) => ({ version, mode: 'once', os: 'Linux', hostname: 'h' });
    await postReport(nester.url, { node: 'old', agent: agent('0.0.9-sh') });
    await postReport(nester.url, { node: 'new', agent: agent('99.0.0') });
    await using window = await openWindow(browser, nester.url);
    const { page } = window;

    const cell = page.locator('td.in-agent');
    await expect.poll(() => cell.allTextContents(), { timeout: 20_000 }).toEqual(['99.0.0', '0.0.9-sh ↑']);
    await page.goto(`${nester.url}/nodes/old`);
    await page.getByTitle(/^0\.0\.9-sh is older than this Nester \(\d+\.\d+\.\d+\)$/).filter({ hasText: '↑' }).waitFor();
    await nester.stop();
  });
});
