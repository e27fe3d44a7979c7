import { DAY_MS } from './daily-sums.ts';
import type { PastRecord } from './record.ts';
import type { Period } from './stretch.ts';
import { createTimeline, type StatusEvent, type Timeline } from './timeline.ts';
import { createWatch, type Watch } from './watch.ts';

/** How long the past of a node is kept. */
export const KEPT_MS = 400 * DAY_MS;

/** Events kept one by one, of all nodes together, and of each. The older ones become sums by day. */
const EVENTS = { all: 2_000_000, leastOfNode: 100, mostOfNode: 10_000 };

/** The past of every node, in memory. Pure: what it is made of comes in as records, at start from the file. */
export interface Chronicle {
  /** Takes a record, in order. `false`: it said nothing new, and need not be kept. */
  apply(record: PastRecord): boolean;
  timeline(node: string): Timeline | undefined;
  nodes(): string[];
  readonly watch: Watch;
  /** Periods that cover [from, to) without holes, in order: `unknown` where Nester did not watch, or did not know the node. */
  periods(node: string, fromMs: number, toMs: number): Generator<Period>;
  /** The last moment of which anything was noted; `-Infinity` when nothing was. */
  noted(): number;
  /** Sequence number of the last record. */
  seq(): number;
  /** Everything, as few records as there are nodes. Walk it in one go, or let it go on between changes: later records come on top. */
  records(nowMs: number): Generator<PastRecord>;
}

export function createChronicle(limits = EVENTS): Chronicle {
  const timelines = new Map<string, Timeline>();
  /** Up to which record a node is known: what a `node` record brought is not taken twice. */
  const known = new Map<string, number>();
  let watch = createWatch();
  let watchKnown = 0;
  let seq = 0;
  let notedMs = -Infinity;

  function mostEvents(): number {
    const share = Math.floor(limits.all / Math.max(1, timelines.size));
    return Math.min(limits.mostOfNode, Math.max(limits.leastOfNode, share));
  }

  function note(ms: number): void {
    notedMs = Math.max(notedMs, ms);
  }

  function turnBack(ms: number, seqOfIt: number): void {
    for (const [node, timeline] of timelines) if (seqOfIt > (known.get(node) ?? 0)) timeline.turnBack(ms);
    notedMs = Math.min(notedMs, ms);
  }

  function addEvent(node: string, event: StatusEvent): boolean {
    let timeline = timelines.get(node);
    if (!timeline) timelines.set(node, (timeline = createTimeline()));
    if (!timeline.add(event, watch.fromMs())) return false;
    const most = mostEvents();
    // A quarter at a time: folding looks through all that it folds.
    if (timeline.size() > most * 1.25) {
      timeline.fold(most, (stretch) => watched(watch, stretch));
      timeline.trim(event.atMs - KEPT_MS);
    }
    return true;
  }

  function apply(record: PastRecord): boolean {
    seq = Math.max(seq, record.seq);
    switch (record.type) {
      case 'start':
      case 'leap':
        if (record.seq <= watchKnown) return false;
        if (record.type === 'start') watch.start(record.atMs, record.aliveMs);
        else watch.leap(record.atMs, record.leapMs);
        turnBack(record.atMs, record.seq);
        note(record.atMs);
        return true;
      case 'alive':
      case 'stop':
        note(record.atMs);
        return true;
      case 'status':
        if (record.seq <= (known.get(record.node) ?? 0)) return false;
        note(record.atMs);
        return addEvent(record.node, record);
      case 'forget':
        if (record.seq <= (known.get(record.node) ?? 0)) return false;
        return timelines.delete(record.node);
      case 'node':
        timelines.set(record.node, createTimeline(record.timeline));
        known.set(record.node, record.seq);
        note(record.timeline.at.at(-1) ?? -Infinity);
        return true;
      case 'watch':
        watch = createWatch(record.watch);
        watchKnown = record.seq;
        return true;
    }
  }

  function* periods(node: string, fromMs: number, toMs: number): Generator<Period> {
    let at = fromMs;
    for (const stretch of timelines.get(node)?.stretches(fromMs, toMs) ?? []) {
      if (stretch.toMs <= at) continue;
      if (stretch.fromMs > at) yield { status: 'unknown', fromMs: at, toMs: stretch.fromMs };
      yield* watch.split({ ...stretch, fromMs: Math.max(stretch.fromMs, at) });
      at = stretch.toMs;
    }
    if (at < toMs) yield { status: 'unknown', fromMs: at, toMs };
  }

  return {
    apply,
    timeline: (node) => timelines.get(node),
    nodes: () => [...timelines.keys()],
    get watch() {
      return watch;
    },
    periods,
    noted: () => notedMs,
    seq: () => seq,
    *records(nowMs) {
      watch.trim(nowMs - KEPT_MS);
      yield { type: 'watch', seq, watch: watch.toText() };
      if (notedMs !== -Infinity) yield { type: 'alive', seq, atMs: notedMs };
      for (const node of [...timelines.keys()]) {
        const timeline = timelines.get(node);
        if (!timeline) continue;
        timeline.trim(nowMs - KEPT_MS);
        yield { type: 'node', seq, node, timeline: timeline.toText() };
      }
    },
  };
}

function* watched(watch: Watch, stretch: Parameters<Watch['split']>[0]) {
  for (const { status, fromMs, toMs } of watch.split(stretch)) if (status !== 'unknown') yield { status, fromMs, toMs };
}
