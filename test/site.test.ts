import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NodeState } from '../protocol/node-state.ts';
import type { StoredReport } from '../protocol/report.ts';
import { openWindow, readRows, type ShownRow, startBrowser, untilLive, type Window } from './support/browser.ts';
import { binomialInterval } from './support/chance.ts';
import { makeFolder, type Running, type RunningNester, runProgram, startAgent, startNester } from './support/program.ts';
import { until } from './support/requests.ts';
import { ADDRESSES, buildSiteNetwork, type SiteNetwork } from './support/site-network.ts';

/**
 * The whole way, from a site's LAN to the screen: real programs, real packets, a real browser.
 * Each machine is a network namespace; what is measured there was set here.
 */

const SLOWNESS = { delayMs: 40, jitterMs: 5, lossPercent: 10 };
/** What programs and kernel may add to a round trip, in the middle of many. */
const OVERHEAD_MS = 2;
/** By chance alone, one run in 1,000 fails. The count of what arrived is exact in any case. */
const CONFIDENCE = 0.999;
/** For whatever takes a machine its time; only what fails takes so long. */
const PATIENCE_MS = 90_000;

let network: SiteNetwork;
let nester: RunningNester;
let browser: Browser;
let window: Window;
let page: Page;

beforeAll(async () => {
  network = await buildSiteNetwork(SLOWNESS);
  nester = await startNester({ under: network.nester.under, env: { NESTER_HOST: '0.0.0.0' } });
  browser = await startBrowser({ under: network.nester.under });
  window = await openWindow(browser, nester.url);
  page = window.page;
  await untilLive(page);
});

afterAll(async () => {
  await browser.close();
  await network[Symbol.asyncDispose]();
});

describe('a site behind a slow and lossy line', () => {
  it('is shown with the hosts that are there, and with the delay and the loss that the line has', async () => {
    const [pings, rounds] = [20, 3];
    // Many lines to the same place: the more packets, the less is chance.
    const lines = network.moreAddresses.map((address, at) => `${at === 0 ? 'internet' : `line-${at}`}=${address}`);
    const env = { ...aSite('measured'), HARVESTER_PINGS: String(pings), HARVESTER_TARGETS: [`gateway=${ADDRESSES.router}`, ...lines].join(',') };
    const arrivedBefore = network.echoRequests();

    for (let round = 0; round < rounds; round++) {
      const ended = await runProgram('harvester.js', ['once'], { env, under: network.harvester.under, deadlineMs: PATIENCE_MS });
      expect(ended).toMatchObject({ code: 0, stdout: '', stderr: '' });
    }

    const arrived = network.echoRequests() - arrivedBefore;
    const reports = await getReports('measured');
    expect(reports).toHaveLength(rounds);
    expect(reports.map(({ ip, devices }) => [ip, devices])).toEqual(Array(rounds).fill([ADDRESSES.harvester, network.lanAddresses.length]));
    expect(macsOf(reports[0])).toEqual(network.hardwareAddresses());
    expect(network.hosts).toHaveLength(8);
    expect(reports.slice(1).map(({ hosts }) => hosts)).toEqual(Array(rounds - 1).fill(undefined));

    // The router's, which comes first, is another line.
    const measured = reports.flatMap(({ latency, loss, jitter, targets = [] }) => [{ latency, loss, jitter }, ...targets.slice(1)]);
    const sent = measured.length * pings;
    const lost = sum(measured.map(({ loss }) => ((loss ?? NaN) / 100) * pings));
    expect(measured).toHaveLength(rounds * (lines.length + 1));
    expect(lost, 'lost, by what arrived at the other end').toBeCloseTo(sent - arrived, 6);
    const chance = binomialInterval(sent, SLOWNESS.lossPercent / 100, CONFIDENCE);
    expect(lost).toBeGreaterThanOrEqual(chance.least);
    expect(lost).toBeLessThanOrEqual(chance.most);

    const latencies = measured.map(({ latency }) => latency ?? NaN);
    expect(Math.min(...latencies)).toBeGreaterThanOrEqual(SLOWNESS.delayMs - SLOWNESS.jitterMs);
    expect(Math.abs(median(latencies) - SLOWNESS.delayMs), `median of ${median(latencies)} ms`).toBeLessThan(OVERHEAD_MS);
    // Two delays of a range differ by a third of it, in the mean.
    const difference = (2 * SLOWNESS.jitterMs) / 3;
    const jitters = measured.map(({ jitter }) => jitter ?? NaN);
    expect(Math.abs(median(jitters) - difference), `jitter of ${median(jitters)} ms`).toBeLessThan(OVERHEAD_MS);
    // The way to the router has neither delay nor loss.
    const gateway = reports.flatMap(({ targets = [] }) => targets.slice(0, 1));
    expect(gateway).toMatchObject(Array(rounds).fill({ name: 'gateway', loss: 0, method: 'icmp' }));
    expect(median(gateway.map(({ latency }) => latency ?? NaN))).toBeLessThan(OVERHEAD_MS);
    // The way beyond it has both.
    const internet = reports.flatMap(({ targets = [] }) => targets.filter(({ name }) => name === 'internet'));
    expect(internet).toHaveLength(rounds);
    expect(Math.min(...internet.map(({ latency }) => latency ?? NaN))).toBeGreaterThanOrEqual(SLOWNESS.delayMs - SLOWNESS.jitterMs);

    const newest = reports.at(-1);
    await until('the browser shows the newest report', async () => (await shownTime('measured')) === newest?.timestamp, PATIENCE_MS);
    const row = await rowOf('measured');
    expect(row).toMatchObject({ status: 'Online', ip: ADDRESSES.harvester, devices: String(network.lanAddresses.length) });
    expect(parseFloat(row?.latency ?? '')).toBeCloseTo(newest?.latency ?? NaN, 0);
    expect(parseFloat(row?.loss ?? '')).toBeCloseTo(newest?.loss ?? NaN, 0);
  });

  it('is measured by TCP, and its LAN found with all hardware addresses, where there is neither ping nor nmap', async () => {
    const pings = 20;
    const env = { ...aSite('bare'), HARVESTER_PINGS: String(pings), HARVESTER_SCAN_PORTS: '22,80', HARVESTER_TARGETS: `internet=${ADDRESSES.provider}` };
    const under = [...network.harvester.under, 'env', `PATH=${makeFolder('no-programs')}`];

    const ended = await runProgram('harvester.js', ['once'], { env, under, deadlineMs: PATIENCE_MS });

    expect(ended).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const [report] = await getReports('bare');
    expect(macsOf(report)).toEqual(network.hardwareAddresses());
    expect(report?.hosts?.map(({ ports }) => ports)).toEqual(network.lanAddresses.map(() => []));
    expect(report).toMatchObject({ method: 'tcp', devices: network.lanAddresses.length });
    // What the kernel sends again after a second counts for neither: one such would add 100 ms to the jitter.
    const lost = ((report?.loss ?? NaN) / 100) * pings;
    expect(lost).toBeLessThanOrEqual(binomialInterval(pings, SLOWNESS.lossPercent / 100, CONFIDENCE).most);
    expect(report?.jitter).toBeLessThan(50);
    expect(Math.abs((report?.latency ?? NaN) - SLOWNESS.delayMs)).toBeLessThan(SLOWNESS.jitterMs + OVERHEAD_MS);
    expect(report?.targets).toMatchObject([
      { name: 'internet', method: 'tcp', loss: 0 },
      { name: 'gateway', method: 'tcp', loss: 0 },
    ]);
  });

  it('counts one host less when one is taken away', async () => {
    const [host] = network.hosts;
    host?.ip('link', 'set', 'eth0', 'down');

    const shown = await runProgram('harvester.js', ['show'], {
      env: { ...aSite('shown'), HARVESTER_PINGS: '1' },
      under: network.harvester.under,
      deadlineMs: PATIENCE_MS,
    });

    host?.ip('link', 'set', 'eth0', 'up');
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(shown.stdout)).toMatchObject({ devices: network.lanAddresses.length - 1 });
  });

  it('delivers every report that was measured while the link was cut, once, and is back on the screen', async () => {
    const site = await startSite('cut off');
    const statuses = await recordStatuses('cut off');

    network.cut();
    const cutMs = Date.now();
    await until('the browser calls the site offline', async () => (await rowOf('cut off'))?.status === 'Offline', PATIENCE_MS);
    await until('eight reports wait', () => site.kept(cutMs).length >= 8, PATIENCE_MS);
    const kept = site.kept(cutMs);
    const mendMs = Date.now();
    network.mend();
    await site.untilDelivered(kept);
    await until('the browser calls the site online', async () => (await rowOf('cut off'))?.status === 'Online', PATIENCE_MS);
    await until('the agent is connected again', async () => (await getState('cut off')).connected, PATIENCE_MS);
    expect(await site.agent.stop()).toBe(0);

    await expectWhole('cut off', kept, cutMs, mendMs);
    expect(await statuses()).toEqual(['Online', 'Late', 'Offline', 'Online']);
  });

  it('delivers every report that it kept before the agent was killed while the link was cut', async () => {
    const site = await startSite('killed');

    network.cut();
    const cutMs = Date.now();
    await until('five reports wait', () => site.kept(cutMs).length >= 5, PATIENCE_MS);
    await site.agent.kill();
    const keptByKilled = site.kept(cutMs);
    const again = startAgent({ env: site.env, under: network.harvester.under });
    await until('three more wait', () => site.kept(cutMs).length >= keptByKilled.length + 3, PATIENCE_MS);
    const kept = site.kept(cutMs);
    const mendMs = Date.now();
    network.mend();
    await site.untilDelivered(kept);
    await until('the browser calls the site online', async () => (await rowOf('killed'))?.status === 'Online', PATIENCE_MS);
    expect(await again.stop()).toBe(0);

    expect(kept.slice(0, keptByKilled.length)).toEqual(keptByKilled);
    await expectWhole('killed', kept, cutMs, mendMs);
    expect(window.faults).toEqual([]);
  });
});

/** What a report says of hardware addresses. */
function macsOf(report: StoredReport | undefined): Map<string, string | undefined> {
  return new Map(report?.hosts?.map(({ ip, mac }) => [ip, mac]));
}

/** Settings of a harvester of its own on the site's machine. */
function aSite(node: string, stateDir = makeFolder('state')): Record<string, string> {
  return {
    NESTER: `http://${ADDRESSES.nester}:${nester.port}`,
    HARVESTER_NODE: node,
    HARVESTER_STATE_DIR: stateDir,
  };
}

/** An agent that reports every second, once it is on the screen and connected. */
async function startSite(node: string) {
  // One echo request a round: it is not the line that is measured here.
  const stateDir = makeFolder('state');
  const env = { ...aSite(node, stateDir), HARVESTER_INTERVAL: '1', HARVESTER_PINGS: '1' };
  const agent: Running = startAgent({ env, under: network.harvester.under });
  const devices = String(network.lanAddresses.length);
  await until(
    `the browser shows ${node} with its devices`,
    async () => {
      const row = await rowOf(node);
      return row?.status === 'Online' && row.devices === devices;
    },
    PATIENCE_MS,
  ).catch((error: unknown) => {
    throw new Error(`the agent said:\n${agent.stderr()}`, { cause: error });
  });
  expect(await getState(node)).toMatchObject({ status: 'online', connected: true, ip: ADDRESSES.harvester, agent: { mode: 'agent' } });

  return {
    agent,
    env,
    /** Times of the reports in the state folder that were measured since then, oldest first. */
    kept: (sinceMs: number): string[] => timesIn(stateDir, sinceMs),
    async untilDelivered(times: readonly string[]): Promise<void> {
      await until(
        'what was kept is with Nester',
        async () => {
          const there = new Set((await getReports(node)).map(({ timestamp }) => timestamp));
          return times.every((time) => there.has(time));
        },
        PATIENCE_MS,
      );
    },
  };
}

/** Whatever the files there look like, the reports are in them as JSON. */
function timesIn(folder: string, sinceMs: number): string[] {
  if (!existsSync(folder)) return [];
  const texts = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => readFileSync(join(folder, name), 'utf8'));
  const times = texts.flatMap((text) => Array.from(text.matchAll(/"timestamp":"([^"]+)"/g), ([, time = '']) => time));
  return [...new Set(times)].filter((time) => Date.parse(time) > sinceMs).sort();
}

/** Nothing is missing, nothing is there twice, everything is in its place, on the screen and on disk. */
async function expectWhole(node: string, kept: readonly string[], cutMs: number, mendMs: number): Promise<void> {
  const reports = await getReports(node);
  const times = reports.map(({ timestamp }) => timestamp);
  expect(times, 'in order of measurement').toEqual(times.toSorted());
  expect(new Set(times).size, 'reports kept twice').toBe(times.length);

  const missed = reports.filter(({ timestamp }) => Date.parse(timestamp) > cutMs && Date.parse(timestamp) < mendMs);
  expect(missed.map(({ timestamp }) => timestamp)).toEqual(expect.arrayContaining([...kept]));
  expect(missed.filter(({ receivedAt }) => receivedAt < mendMs), 'received over a link that was cut').toEqual([]);
  // Each says how many were waiting when it was made: had one been lost, its number would be missing.
  const waiting = missed.map(({ agent }) => agent?.kept ?? NaN);
  expect(waiting).toEqual(waiting.map((_, at) => (waiting[0] ?? NaN) + at));
  expect(reports.filter(({ agent }) => agent?.dropped !== 0)).toEqual([]);
  // The last one's echo request may have found the link mended.
  expect(missed.slice(0, -1).map(({ latency, loss }) => [latency, loss])).toEqual(Array(missed.length - 1).fill([null, 100]));

  // A beat that a busy machine left out is none that was lost, but there are not many.
  const steps = times.slice(1).map((time, at) => Date.parse(time) - Date.parse(times[at] ?? ''));
  expect(Math.abs(median(steps) - 1_000), `steps of ${steps.join(', ')} ms`).toBeLessThan(100);
  expect(Math.max(...steps), 'a hole in the chart').toBeLessThan(6_250);

  const inFile = (JSON.parse(readFileSync(join(nester.dataDir, 'data.json'), 'utf8')) as StoredReport[])
    .filter((report) => report.node === node)
    .map(({ timestamp }) => timestamp);
  expect(inFile.sort()).toEqual(times);

  await until('the browser shows the newest report', async () => (await shownTime(node)) === times.at(-1), PATIENCE_MS);
}

async function rowOf(node: string): Promise<ShownRow | undefined> {
  return (await readRows(page)).find((row) => row.node === node);
}

/** When the report that the row shows was measured. */
async function shownTime(node: string): Promise<string | null> {
  return page.locator('tbody tr', { has: page.getByText(node, { exact: true }) }).locator('.in-updated time').getAttribute('datetime');
}

/** From now on, every status the row shows, however briefly; returns what was seen so far. */
async function recordStatuses(node: string): Promise<() => Promise<string[]>> {
  await page.evaluate((name) => {
    const seen: string[] = [];
    const look = (): void => {
      for (const row of document.querySelectorAll('tbody tr')) {
        const status = row.querySelector('.in-status .status')?.textContent.trim();
        if (row.querySelector('.in-node .name')?.textContent !== name || !status || status === seen.at(-1)) continue;
        seen.push(status);
        document.documentElement.setAttribute('data-seen', seen.join(' '));
      }
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
    look();
  }, node);
  return async () => ((await page.locator('html').getAttribute('data-seen')) ?? '').split(' ');
}

function getReports(node: string): Promise<StoredReport[]> {
  return get<StoredReport[]>(`/api/reports?node=${encodeURIComponent(node)}`);
}

function getState(node: string): Promise<NodeState> {
  return get<NodeState>(`/api/nodes/${encodeURIComponent(node)}`);
}

/** From Nester's own machine: there is no way to it from here. */
async function get<Answer>(path: string): Promise<Answer> {
  const address = nester.url.replace('0.0.0.0', '127.0.0.1') + path;
  return JSON.parse(await network.nester.runAsync('curl', '-sS', '--fail-with-body', '--max-time', '60', address)) as Answer;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
