import { setImmediate as breathe } from 'node:timers/promises';
import type { AccountedReport, Companion, ReportStore, WalkedReport } from '../store/report-store.ts';
import { type BucketColumns, createBuckets } from './buckets.ts';
import { LATE } from './block.ts';
import { createLayouts } from './layout.ts';
import { createNodeColumns, type NodeColumns } from './node-columns.ts';
import { keyOf, nameOf, type SeriesName } from './series.ts';
import { seriesBounds } from './series-bounds.ts';
import { type Grid, gridEnd, gridOf } from './step-ladder.ts';

/**
 * The charted values of every report kept, by node, in memory.
 *
 * The store is not asked to wait: what it keeps already is read after the start, in the
 * background, while new reports come in directly. A question that comes earlier waits for its
 * own node alone.
 */
export interface History {
  companion: Companion;
  /** Begins to read what the store keeps. */
  start(): void;
  /** Resolves when that is done. */
  filled(): Promise<void>;
  /** Values of a series between two times, in at most so many buckets. */
  values(question: Question): Promise<Answer>;
  /** The series that have values, with the times of the first and the last. */
  series(node: string): Promise<SeriesSpan[]>;
  /** Averages of a series for several nodes, in the buckets of a grid. */
  averages(series: SeriesName, nodes: readonly string[], grid: Grid): Promise<Map<string, (number | null)[]>>;
  /** Reads no further. */
  close(): void;
}

export interface Question {
  node: string;
  series: SeriesName;
  fromMs: number;
  toMs: number;
  points: number;
}

export interface Answer extends BucketColumns {
  step: number;
}

export interface SeriesSpan extends SeriesName {
  /** Epoch ms. */
  from: number;
  to: number;
}

export interface HistoryDeps {
  store: Pick<ReportStore, 'walk'>;
  /** What was kept could not be read: the reason. */
  onTrouble: (error: unknown) => void;
  monotonicMs: () => number;
}

/** Work done in one go; a read of a long series gives way to everything else after it. */
const SLICE_MS = 8;

export function createHistory({ store, onTrouble, monotonicMs }: HistoryDeps): History {
  const layouts = createLayouts();
  const nodes = new Map<string, NodeColumns>();
  /** Nodes whose older reports were all read, or are being read. */
  const known = new Map<string, Promise<void>>();
  let all: Promise<void> | undefined;
  let isFilled = false;
  let closed = false;

  function columnsOf(node: string): NodeColumns {
    let columns = nodes.get(node);
    if (!columns) nodes.set(node, (columns = createNodeColumns(layouts)));
    return columns;
  }

  function walked(reports: readonly WalkedReport[]): void {
    for (const { timestampMs, report } of reports) {
      const columns = columnsOf(report.node);
      // It may have come by a walk of its node alone, or in another version since.
      if (!columns.has(timestampMs)) columns.add(timestampMs, flagsOf(timestampMs, report), report);
    }
    if (closed) throw new Error('the history is closed');
  }

  async function fill(): Promise<void> {
    try {
      await store.walk(walked);
      isFilled = true;
      known.clear();
    } catch (error) {
      if (!closed) onTrouble(error);
    }
  }

  async function untilKnown(node: string): Promise<void> {
    if (isFilled) return;
    let reading = known.get(node);
    if (!reading) known.set(node, (reading = store.walk(walked, node)));
    await reading;
  }

  async function values({ node, series: name, fromMs, toMs, points }: Question): Promise<Answer> {
    await untilKnown(node);
    const key = keyOf(name);
    const grid = gridOf(fromMs, toMs, points);
    const buckets = createBuckets(grid);
    const columns = nodes.get(node);
    let sliceEndMs = monotonicMs() + SLICE_MS;
    for (const { block, from, to } of columns?.rows(grid.startMs, gridEnd(grid)) ?? []) {
      const number = block.layout.keys.indexOf(key);
      if (number !== -1) buckets.addRows(block, number, from, to, 0);
      if (monotonicMs() < sliceEndMs) continue;
      await breathe();
      sliceEndMs = monotonicMs() + SLICE_MS;
    }
    return { step: grid.stepMs, ...buckets.columns() };
  }

  async function series(node: string): Promise<SeriesSpan[]> {
    await untilKnown(node);
    const spans = new Map<string, { from: number; to: number }>();
    for (const { block } of nodes.get(node)?.rows(-Infinity, Infinity) ?? []) {
      for (const [number, key] of block.layout.keys.entries()) {
        const bounds = seriesBounds(block, number);
        if (!bounds) continue;
        const span = spans.get(key);
        if (span) span.to = bounds.to;
        else spans.set(key, bounds);
      }
    }
    return Array.from(spans, ([key, span]) => ({ ...nameOf(key), ...span }));
  }

  return {
    companion: {
      stored(reports) {
        for (const { timestampMs, report } of reports) columnsOf(report.node).add(timestampMs, flagsOf(timestampMs, report), report);
      },
      taken(reports) {
        for (const { node, timestampMs } of reports) nodes.get(node)?.remove(timestampMs);
      },
      forgotten: (node) => void nodes.delete(node),
      erased: () => Promise.resolve(),
      leaving: () => Promise.resolve(),
      left: () => undefined,
    },
    start() {
      all ??= fill();
    },
    async filled() {
      await all;
    },
    values,
    series,
    async averages(name, names, grid) {
      const key = keyOf(name);
      const found = new Map<string, (number | null)[]>();
      for (const node of names) {
        await untilKnown(node);
        const buckets = createBuckets(grid);
        for (const { block, from, to } of nodes.get(node)?.rows(grid.startMs, gridEnd(grid)) ?? []) {
          const number = block.layout.keys.indexOf(key);
          if (number !== -1) buckets.addRows(block, number, from, to, 0);
        }
        found.set(node, buckets.columns().avg);
      }
      return found;
    },
    close() {
      closed = true;
    },
  };
}

/** Kept at the site: received so long after it was measured that it cannot just have been slow. */
function flagsOf(timestampMs: number, { receivedAt, interval = 0 }: AccountedReport['report']): number {
  return receivedAt - timestampMs > Math.max(LEAST_LATE_MS, 2_000 * interval) ? LATE : 0;
}

const LEAST_LATE_MS = 60_000;
