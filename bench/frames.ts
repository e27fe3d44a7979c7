import type { Browser, CDPSession } from 'playwright-core';

/** Times from one frame that the browser drew to the next, ms. */
export interface Frames {
  p50: number;
  p99: number;
  max: number;
}

interface TraceEvent {
  name: string;
  /** Microseconds. */
  ts: number;
  args?: { layerTreeId?: number };
}

/**
 * Frames as the browser's compositor says it drew them, by the Tracing domain of the DevTools
 * protocol, while `run` runs. Something must change in every frame: what does not change is not
 * drawn again, and would look like a frame that came late.
 */
export async function traceFrames(browser: Browser, run: () => Promise<unknown>): Promise<Frames> {
  const devtools = await browser.newBrowserCDPSession();
  await devtools.send('Tracing.start', {
    transferMode: 'ReturnAsStream',
    traceConfig: { recordMode: 'recordAsMuchAsPossible', includedCategories: ['disabled-by-default-devtools.timeline.frame'] },
  });
  await run();
  const complete = new Promise<string>((resolve, reject) => {
    devtools.once('Tracing.tracingComplete', ({ stream }) => {
      if (stream === undefined) reject(new Error('the browser handed over no trace'));
      else resolve(stream);
    });
  });
  await devtools.send('Tracing.end');
  const { traceEvents } = JSON.parse(await readStream(devtools, await complete)) as { traceEvents: TraceEvent[] };
  await devtools.detach();
  return gapsOf(traceEvents);
}

async function readStream(devtools: CDPSession, handle: string): Promise<string> {
  let text = '';
  for (;;) {
    const { data, eof } = await devtools.send('IO.read', { handle });
    text += data;
    if (eof) break;
  }
  await devtools.send('IO.close', { handle });
  return text;
}

function gapsOf(events: readonly TraceEvent[]): Frames {
  // Each window has a tree of layers of its own; the one that draws most is the one looked at.
  const trees = new Map<number, number[]>();
  for (const { name, ts, args } of events) {
    if (name !== 'DrawFrame' || args?.layerTreeId === undefined) continue;
    const times = trees.get(args.layerTreeId) ?? [];
    times.push(ts / 1_000);
    trees.set(args.layerTreeId, times);
  }
  const times = [...trees.values()].sort((a, b) => b.length - a.length)[0]?.sort((a, b) => a - b) ?? [];
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time)).sort((a, b) => a - b);
  if (gaps.length === 0) throw new Error('the trace holds no drawn frame');
  const at = (part: number): number => gaps[Math.min(gaps.length - 1, Math.ceil(part * gaps.length) - 1)] ?? NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
