import { describe, expect, it } from 'vitest';
import { createLineWindow } from './line-window.ts';

/** A line of so many bytes per second with a way back of so many ms, kept full by a backlog; returns the longest wait at the end. */
function longestWaitMs(bytesPerSecond: number, roundTripMs: number, reportBytes = 400): { waitMs: number; bytesPerSecond: number } {
  let nowMs = 0;
  const window = createLineWindow({ monotonic: () => nowMs });
  const onTheWay: { sentMs: number; answeredMs: number }[] = [];
  let freeMs = 0;
  let delivered = 0;
  let waitMs = 0;
  while (nowMs < 60_000) {
    while ((onTheWay.length + 1) * reportBytes <= window.bytes()) {
      freeMs = Math.max(freeMs, nowMs) + (reportBytes / bytesPerSecond) * 1000;
      onTheWay.push({ sentMs: nowMs, answeredMs: freeMs + roundTripMs });
    }
    if (nowMs > 30_000) waitMs = Math.max(waitMs, freeMs - nowMs);
    const next = onTheWay.shift();
    if (next === undefined) break;
    nowMs = Math.max(nowMs, next.answeredMs);
    window.answered(reportBytes, next.sentMs);
    delivered += reportBytes;
  }
  return { waitMs, bytesPerSecond: delivered / (nowMs / 1000) };
}

describe('line window', () => {
  it('lets a fresh report on a line of 64 kbit/s wait no longer than a second, and uses the line', () => {
    const { waitMs, bytesPerSecond } = longestWaitMs(8_000, 80);

    expect(waitMs).toBeLessThan(1_000);
    expect(bytesPerSecond).toBeGreaterThan(7_000);
  });

  it('opens wide on a quick line', () => {
    expect(longestWaitMs(1_000_000, 20).bytesPerSecond).toBeGreaterThan(800_000);
  });

  it('does not take a long way for a slow line', () => {
    expect(longestWaitMs(1_000_000, 600).bytesPerSecond).toBeGreaterThan(80_000);
  });

  it('begins anew with another connection', () => {
    let nowMs = 0;
    const window = createLineWindow({ monotonic: () => nowMs });
    const before = window.bytes();
    window.answered(400, nowMs);
    nowMs = 5_000;
    window.answered(400, 1);
    expect(window.bytes()).toBeLessThan(before);

    window.reset();

    expect(window.bytes()).toBe(before);
  });
});
