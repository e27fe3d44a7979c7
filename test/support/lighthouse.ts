import { spawn } from 'node:child_process';
import { once } from 'node:events';
import lighthouse from 'lighthouse';
import { findBrowser } from '../tools.mjs';

/** What Lighthouse found: scores of 0 to 100, and what took points away. */
export interface Verdict {
  performance: number;
  accessibility: number;
  bestPractices: number;
  /** Audits that are not perfect, as `name: score, what it says`. */
  complaints: string[];
}

/**
 * Judges pages with Lighthouse in a Chromium of its own. The browser is started without what
 * would call out to the internet.
 *
 * @param profileFolder an empty folder for the browser's own files
 */
export async function judgeWithLighthouse(urls: readonly string[], formFactor: 'desktop' | 'mobile', profileFolder: string): Promise<Verdict[]> {
  const browser = await startDebuggedBrowser(profileFolder);
  try {
    const verdicts: Verdict[] = [];
    for (const url of urls) verdicts.push(await judge(url, browser.port, formFactor));
    return verdicts;
  } finally {
    await browser.stop();
  }
}

const DESKTOP = { mobile: false, width: 1350, height: 940, deviceScaleFactor: 1, disabled: false };
const FAST_LINE = { rttMs: 40, throughputKbps: 10_240, cpuSlowdownMultiplier: 1, requestLatencyMs: 0, downloadThroughputKbps: 0, uploadThroughputKbps: 0 };

async function judge(url: string, port: number, formFactor: 'desktop' | 'mobile'): Promise<Verdict> {
  const result = await lighthouse(url, {
    port,
    output: 'json',
    logLevel: 'silent',
    onlyCategories: ['performance', 'accessibility', 'best-practices'],
    formFactor,
    ...(formFactor === 'desktop' ? { screenEmulation: DESKTOP, throttling: FAST_LINE } : {}),
    // A live page is never idle for good; what it loads is there long before.
    maxWaitForLoad: 15_000,
  });
  if (!result) throw new Error(`Lighthouse said nothing about ${url}`);
  const { categories, audits, runtimeError } = result.lhr;
  if (runtimeError) throw new Error(`Lighthouse could not judge ${url}: ${runtimeError.message}`);
  const score = (name: string): number => Math.round((categories[name]?.score ?? 0) * 100);
  const weighed = new Set(Object.values(categories).flatMap(({ auditRefs }) => auditRefs.filter(({ weight }) => weight > 0).map(({ id }) => id)));
  const complaints = Object.values(audits)
    .filter(({ id, score: points }) => weighed.has(id) && points !== null && points < 1)
    .map(({ id, score: points, title, displayValue }) => `${id}: ${points ?? 0}, ${title} ${displayValue ?? ''}`);
  return { performance: score('performance'), accessibility: score('accessibility'), bestPractices: score('best-practices'), complaints };
}

/** A Chromium that can be talked to over a port of the loopback. */
async function startDebuggedBrowser(profileFolder: string): Promise<{ port: number; stop: () => Promise<void> }> {
  const program = findBrowser();
  if (program === undefined) throw new Error('No Chromium here. On Debian or Ubuntu: sudo apt-get install -y --no-install-recommends chromium');
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run', '--lang=en-GB'];
  const child = spawn(program, [...flags, '--remote-debugging-port=0', `--user-data-dir=${profileFolder}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  let said = '';
  const port = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`Chromium ended before it could be used:\n${said}`)));
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const found = /DevTools listening on ws:\/\/[^:]+:(\d+)\//.exec(said)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
  });
  return {
    port,
    async stop() {
      child.kill();
      await ended;
    },
  };
}
