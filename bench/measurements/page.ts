import { rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';
import { aFleet } from '../../test/support/fleet.ts';
import { post } from '../../test/support/post.ts';
import { findBrowser } from '../../test/tools.mjs';
import { type Frames, traceFrames } from '../frames.ts';
import { aim, type Measurement, mebibytes, ms, NONE, type Row } from '../measurement.ts';
import { makeDataFolder } from '../programs.ts';
import { startNester } from '../servers.ts';

const NODES = 10_000;
const PER_SECOND = 1_000;
const UPDATES_MS = 30_000;
const SCROLL_MS = 30_000;
/** How much longer than it should a look at the page may take. */
const PATIENCE_MS = 30_000;
/** Reports come in batches, as from agents behind one line. */
const BATCH_MS = 50;

export const page: Measurement = {
  name: 'page',
  title: 'The page with many nodes',
  about: `${NODES.toLocaleString('en-US')} nodes in headless Chromium without a graphics processor, in a window of 1440 by 900. A frame is the time from one that the browser drew to the next, from its own trace (DevTools protocol); a spot in a corner changes in each, so that each is drawn. Heaps are taken after a collection. A node that reports for the first time while the page is open leaves a row of its own there, so the heap is compared from when each has. Browser, Nester and sender share the machine.`,
  async run(): Promise<Row[]> {
    const dataFolder = makeDataFolder();
    const fleet = aFleet(NODES).map((report) => ({ ...report, interval: 3_600, hosts: [] }));
    const first = await startNester(dataFolder);
    await post(first.url, ...fleet);
    await first.stop();
    const server = await startNester(dataFolder);
    const browser = await chromium.launch({ executablePath: findBrowser() ?? '', args: ['--headless', '--no-sandbox', '--disable-gpu'] });
    try {
      return await measure(browser, server.url, fleet);
    } finally {
      await browser.close();
      await server.stop();
      rmSync(dataFolder, { recursive: true, force: true });
    }
  },
};

async function measure(browser: Browser, url: string, fleet: readonly Record<string, unknown>[]): Promise<Row[]> {
  const window = await (await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB' })).newPage();
  // What runs these files names each function by a helper, which the page does not have.
  await window.addInitScript('globalThis.__name = (value) => value');
  // Once for the browser's own caches.
  await firstTableMs(window, url);
  const tableMs = await firstTableMs(window, url);
  const devtools = await window.context().newCDPSession(window);
  await devtools.send('HeapProfiler.enable');
  await wait(2_000);
  const opened = await heapMiB(devtools);
  const warmUp = startSending(url, fleet);
  await warmUp.until(fleet.length);
  await warmUp.stop();
  await wait(1_000);
  const before = await heapMiB(devtools);

  const sender = startSending(url, fleet);
  let updates: Frames;
  let scrolling: Frames;
  let sent: number;
  try {
    updates = await traceFrames(browser, () => look(window, UPDATES_MS, false));
    scrolling = await traceFrames(browser, () => look(window, SCROLL_MS, true));
  } finally {
    sent = await sender.stop();
  }
  await wait(1_000);
  const after = await heapMiB(devtools);

  const frames = ({ p50, p99, max }: Frames): string => `${ms(p50)} / ${ms(p99)} / ${ms(max)}`;
  const plain = { yardstick: NONE, ratio: NONE };
  return [
    { what: 'from opening the page to its first rows', nester: ms(tableMs), ...plain, aim: aim('under 1.5 s', tableMs < 1_500) },
    { what: `frames with ${PER_SECOND.toLocaleString('en-US')} reports/s, p50 / p99 / longest`, nester: frames(updates), ...plain, aim: aim('p99 under 50 ms', updates.p99 < 50) },
    { what: `the same while scrolling from top to bottom in ${SCROLL_MS / 1_000} s`, nester: frames(scrolling), ...plain, aim: aim('p99 under 50 ms', scrolling.p99 < 50) },
    {
      what: `heap when opened, when each node had reported, and ${sent.toLocaleString('en-US')} reports later`,
      nester: `${mebibytes(opened)}, ${mebibytes(before)}, ${mebibytes(after)}`,
      ...plain,
      aim: aim('flat from then on: at most 1 MiB more', after - before <= 1),
    },
  ];
}

/** By the page's own clock, which begins when it is navigated to. */
async function firstTableMs(window: Page, url: string): Promise<number> {
  await window.goto('about:blank');
  await window.goto(url, { waitUntil: 'commit' });
  const shown = await window.waitForFunction(() => (document.querySelector('tbody tr .name')?.textContent ? performance.now() : undefined), undefined, { polling: 'raf' });
  return (await shown.jsonValue()) ?? NaN;
}

/** Looks at the page for so long, standing still or scrolling from top to bottom. */
async function look(window: Page, lastingMs: number, isScrolling: boolean): Promise<void> {
  const over = new AbortController();
  const tooLong = wait(lastingMs + PATIENCE_MS, undefined, { signal: over.signal }).then(() => {
    throw new Error(`the page drew no frames: what takes ${lastingMs} ms was not over ${PATIENCE_MS} ms later`);
  });
  const looked = window.evaluate(
    ({ lastingMs, isScrolling }) =>
      new Promise<void>((resolve) => {
        const spot = document.createElement('div');
        spot.style.cssText = 'position:fixed;right:0;bottom:0;width:1px;height:1px';
        document.body.append(spot);
        const startMs = performance.now();
        const waysPx = document.documentElement.scrollHeight - innerHeight;
        let count = 0;
        requestAnimationFrame(function frame() {
          spot.style.background = count++ % 2 === 0 ? '#000' : '#fff';
          const share = Math.min(1, (performance.now() - startMs) / lastingMs);
          if (isScrolling) scrollTo(0, waysPx * share);
          if (share < 1) {
            requestAnimationFrame(frame);
            return;
          }
          spot.remove();
          resolve();
        });
      }),
    { lastingMs, isScrolling },
  );
  try {
    await Promise.race([looked, tooLong]);
  } finally {
    over.abort();
    tooLong.catch(() => undefined);
  }
}

async function heapMiB(devtools: CDPSession): Promise<number> {
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  return usedSize / 1_024 ** 2;
}

/** Nodes report in turn, each time something else. */
function startSending(url: string, fleet: readonly Record<string, unknown>[]): { until: (count: number) => Promise<void>; stop: () => Promise<number> } {
  const startMs = performance.now();
  const over = new AbortController();
  let sent = 0;
  const sending = (async () => {
    while (!over.signal.aborted) {
      const due = Math.min(1_000, Math.floor(((performance.now() - startMs) / 1_000) * PER_SECOND) - sent);
      const batch = Array.from({ length: due }, (_, index) => ({ ...fleet[(sent + index) % fleet.length], latency: ((sent + index) * 7) % 90 }));
      if (due > 0) await post(url, ...batch);
      sent += due;
      await wait(BATCH_MS);
    }
  })();
  return {
    async until(count) {
      const arrived = async (): Promise<void> => {
        while (sent < count && !over.signal.aborted) await wait(BATCH_MS);
      };
      // Also when it fails.
      await Promise.race([arrived(), sending]);
    },
    async stop() {
      over.abort();
      await sending;
      return sent;
    },
  };
}
