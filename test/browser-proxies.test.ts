import { request } from 'node:https';
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { openWindow, startBrowser, untilLive } from './support/browser.ts';
import { createAuthority, type CertificateFiles } from './support/certificates.ts';
import { makeFolder, startAgent, startNester } from './support/program.ts';
import { startCaddy, startNginx } from './support/proxies.ts';
import { until } from './support/requests.ts';

/** Everything that Nester does, through the proxies that people put before it, with the configurations of deploy/proxies. */

const PASSWORD = 'correct horse battery';
const folder = makeFolder('certificates');
const authority = createAuthority(folder);
const ca = readFileSync(authority.cert);
let certificate: CertificateFiles;
let browser: Browser;

beforeAll(async () => {
  certificate = authority.issue('proxy');
  browser = await startBrowser();
});
afterAll(() => browser.close());

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** One request over HTTPS, from an address of the loopback. */
function ask(url: string, { method = 'GET', headers = {}, body = '', from = '127.0.0.1' }: { method?: string; headers?: Record<string, string>; body?: string; from?: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { method, headers, ca, servername: 'localhost', lookup: (_host, options, done) => (options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)), localAddress: from }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }));
      answer.on('error', reject);
    });
    asking.on('error', reject);
    asking.end(body);
  });
}

const JSON_TYPE = { 'Content-Type': 'application/json' };

describe.each([
  ['nginx', startNginx, ''],
  ['nginx', startNginx, '/nester'],
  ['Caddy', startCaddy, ''],
  ['Caddy', startCaddy, '/nester'],
] as const)('behind %s', (_, startProxy, path) => {
  it(`${path === '' ? 'under a name of its own' : 'under a path'}: reports, page, sockets, long poll, login, agent, addresses`, async () => {
    const nester = await startNester({ env: { NESTER_API_KEY: 'a-key', NESTER_PASSWORD: PASSWORD, NESTER_READ_KEY: 'read-key', NESTER_TRUST_PROXY: 'loopback', NESTER_BASE_PATH: path } });
    await using proxy = await startProxy({ behind: nester.port, certificate }, path !== '');
    const url = `https://localhost:${proxy.port}${path}`;
    const report = (node: string): Promise<Answer> => ask(`${url}/api/report`, { method: 'POST', headers: { ...JSON_TYPE, 'X-API-Key': 'a-key' }, body: JSON.stringify({ node }) });

    // Reports, and what is refused.
    expect((await report('first')).status).toBe(201);
    expect((await ask(`${url}/api/reports`)).status).toBe(401);
    if (path !== '') expect((await ask(url)).headers['location']).toMatch(/\/nester\/$/);

    // A long poll waits for the next report and answers when it comes.
    const read = { headers: { 'X-API-Key': 'read-key' } };
    const now = await ask(`${url}/api/reports?limit=1`, read);
    const cursor = now.headers['nester-cursor'];
    expect(cursor).toBeTruthy();
    const waiting = ask(`${url}/api/reports?after=${String(cursor)}&wait=30`, read);
    await report('second');
    expect((await waiting).body).toContain('"node":"second"');

    // The page: a login that a browser keeps, then live over the socket.
    await using window = await openWindow(browser, `${url}/`, { ignoreHTTPSErrors: true });
    const { page, faults } = window;
    await page.locator('input[type=password]').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await untilLive(page);
    const [cookie] = (await page.context().cookies());
    expect(cookie).toMatchObject({ secure: true, httpOnly: true, path: `${path}/` });
    await report('third');
    await page.getByText('third').first().waitFor();
    await page.goto(`${url}/nodes/third`);
    await page.getByRole('heading', { name: 'third' }).first().waitFor();
    await untilLive(page);
    expect(faults).toEqual([]);

    // A page of somebody else does not get in.
    const stranger = new WebSocket(`${url.replace('https', 'wss')}/ws`, { ca, headers: { Origin: 'https://elsewhere.example', Cookie: `${cookie?.name ?? ''}=${cookie?.value ?? ''}` } });
    const refused = await new Promise<number>((resolve) => {
      stranger.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
      stranger.on('open', () => resolve(101));
      stranger.on('error', () => undefined);
    });
    expect(refused).toBe(403);

    // An agent stays connected, and what installs one says the address that it was asked by.
    const agent = startAgent({ env: { NESTER: url, NESTER_API_KEY: 'a-key', NESTER_CA: authority.cert, HARVESTER_NODE: 'agent', HARVESTER_STATE_DIR: makeFolder('state'), HARVESTER_PINGS: '1', HARVESTER_SCAN: 'off', HARVESTER_TARGET: '127.0.0.1' } });
    await until('the agent is connected', async () => (await ask(`${url}/api/nodes/agent`, read)).body.includes('"connected":true'));
    await agent.stop();
    expect((await ask(`${url}/install.sh`)).body).toContain(`\nSERVED_BY='${url}'\n`);

    // Guesses of one client are slowed, whatever it says of itself, and not those of another.
    const guess = (from: string, claims: Record<string, string> = {}): Promise<Answer> => ask(`${url}/login`, { method: 'POST', from, headers: { ...JSON_TYPE, ...claims }, body: '{"password":"a wrong guess"}' });
    let tries = 0;
    while ((await guess('127.0.0.2', { 'X-Forwarded-For': `198.51.100.${tries}` })).status !== 429) expect(tries++).toBeLessThan(30);
    expect((await guess('127.0.0.3')).status).toBe(401);
    await nester.stop();
  });
});
