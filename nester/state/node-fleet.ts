import type { StoredReport } from '../../protocol/report.ts';
import type { Alarm } from './alarm.ts';
import { createDueQueue } from './due-queue.ts';
import { type Expectation, lateAtMs, nextChangeMs } from './due.ts';
import type { Fleet, FleetChange } from './fleet.ts';
import { createLinks } from './links.ts';
import { onlineSince } from './online-since.ts';
import { createWakeUp } from './wake-up.ts';
import { type Beginnings, intervalOf, labelsOf, lightReport, pausedUntilOf, remember, sameTexts, stateOf, statusNow, type WatchedNode } from './watched-node.ts';

export interface FleetDeps {
  /** Epoch ms. May leap. */
  now: () => number;
  alarm: Alarm;
  /** Since when Nester can receive reports. */
  startedAtMs: number;
}

/**
 * The fleet, in memory.
 *
 * Time that Nester could not watch is nobody's lateness:
 * - After the start every node is `online` until a whole interval, and the usual grace, have
 *   passed from then. One that was in time when we started keeps the beginning that its last
 *   reports tell; for one that was not, `online` begins at our start.
 * - When the clock leaps forward by more than 5 s (suspended, stopped, or set), nodes that were
 *   online get one whole interval anew; those that were late or offline stay so, for as long as
 *   they had left. Paused ones count as online here. When it is set back, the same, so that none hides behind a due time that is
 *   far ahead. `since` is then at most the new now.
 */
export function createFleet({ now, alarm, startedAtMs }: FleetDeps): Fleet {
  const nodes = new Map<string, WatchedNode>();
  const queue = createDueQueue<WatchedNode>();
  const links = createLinks();
  const wakeUp = createWakeUp({ alarm, wake: () => watch(() => undefined) });
  const listeners: ((change: FleetChange) => void)[] = [];
  let watchedFromMs = startedAtMs;
  let version = 0;

  /**
   * Every change goes through here: first what time did, then what happened, then one call for
   * all listeners, then the alarm for what is next.
   */
  function watch(happen: (nowMs: number, changed: Set<WatchedNode>) => string[] | undefined): void {
    const nowMs = now();
    const changed = new Set<WatchedNode>();
    const leapMs = wakeUp.look(nowMs);
    if (leapMs !== 0) leap(leapMs, nowMs, changed);
    for (let due = queue.take(nowMs); due; due = queue.take(nowMs)) settle(due, nowMs, changed);
    const removed = happen(nowMs, changed) ?? [];
    wakeUp.setNext(nowMs, queue.nextMs());
    if (changed.size === 0 && removed.length === 0) return;
    version++;
    const change: FleetChange = { atMs: nowMs, nodes: Array.from(changed, stateOf), removed };
    if (leapMs !== 0) change.leapMs = leapMs;
    for (const listener of listeners) listener(change);
  }

  function leap(leapMs: number, nowMs: number, changed: Set<WatchedNode>): void {
    watchedFromMs = nowMs;
    links.shift(leapMs);
    for (const [name, node] of nodes) {
      const isSilent = node.status === 'late' || node.status === 'offline';
      node.baseMs = isSilent ? node.baseMs + leapMs : nowMs;
      node.goneAtMs = links.goneAtMs(name);
      node.since = Math.min(node.since, nowMs);
      settle(node, nowMs, changed);
      changed.add(node);
    }
  }

  /** Makes the status follow the expectation, without a report. */
  function settle(node: WatchedNode, nowMs: number, changed: Set<WatchedNode>): void {
    const { status, since } = statusNow(node, nowMs, { online: nowMs, paused: nowMs }, node);
    const connected = links.isOpen(node.report.node);
    if (node.status !== status || node.connected !== connected) changed.add(node);
    node.status = status;
    node.since = since;
    node.connected = connected;
    node.state = undefined;
    queue.set(node, nextChangeMs(node, status));
  }

  /** From when the interval counts: receipt, but never time that was not watched, and never the future. */
  function baseOf(receivedAtMs: number, nowMs: number): number {
    return Math.max(watchedFromMs, Math.min(receivedAtMs, nowMs));
  }

  /** A report newer than what is known. */
  function hear(report: StoredReport, known: WatchedNode | undefined, timestampMs: number, nowMs: number, changed: Set<WatchedNode>): void {
    const name = report.node;
    links.heard(name, report.receivedAt);
    const times = known?.times ?? [];
    remember(times, timestampMs);
    const expected: Expectation = {
      baseMs: baseOf(report.receivedAt, nowMs),
      intervalSeconds: intervalOf(report, times),
      goneAtMs: links.goneAtMs(name),
      pausedUntilMs: pausedUntilOf(report),
    };
    place(report, known, times, expected, report.receivedAt, nowMs, changed);
  }

  function place(
    report: StoredReport,
    known: WatchedNode | undefined,
    times: number[],
    expected: Expectation,
    onlineSinceMs: number,
    nowMs: number,
    changed: Set<WatchedNode>,
  ): void {
    const begins: Beginnings = { online: Math.min(onlineSinceMs, nowMs), paused: Math.min(report.receivedAt, nowMs) };
    const { status, since } = statusNow(expected, nowMs, begins, known);
    const connected = links.isOpen(report.node);
    const light = lightReport(report);
    let node = known;
    if (node === undefined) {
      // Field by field: ten thousand spread objects have ten thousand shapes, and each look at one is a search.
      const { baseMs, intervalSeconds, goneAtMs, pausedUntilMs } = expected;
      node = {
        baseMs,
        intervalSeconds,
        goneAtMs,
        pausedUntilMs,
        status,
        since,
        connected,
        report: light,
        times,
        state: undefined,
        dueAtMs: Infinity,
        keyMs: Infinity,
        place: -1,
      };
      nodes.set(report.node, node);
      changed.add(node);
    } else {
      // Viewers who know the newest report must be told what is not in it.
      const hasSameLabels = sameTexts(labelsOf(node.report), labelsOf(light));
      if (!hasSameLabels || node.status !== status || node.intervalSeconds !== expected.intervalSeconds || node.connected !== connected) changed.add(node);
      // The same texts, once: those that came with the report can be let go of.
      if (hasSameLabels && light.labels) light.labels = labelsOf(node.report);
      node.baseMs = expected.baseMs;
      node.intervalSeconds = expected.intervalSeconds;
      node.goneAtMs = expected.goneAtMs;
      node.pausedUntilMs = expected.pausedUntilMs;
      node.status = status;
      node.since = since;
      node.connected = connected;
      node.report = light;
      node.times = times;
      node.state = undefined;
    }
    queue.set(node, nextChangeMs(node, status));
  }

  return {
    load(histories) {
      const nowMs = now();
      for (const { node, newest, times } of histories) {
        const intervalSeconds = intervalOf(newest, times);
        const expected = { baseMs: startedAtMs, intervalSeconds, goneAtMs: links.goneAtMs(node), pausedUntilMs: pausedUntilOf(newest) };
        const wasInTime = lateAtMs({ ...expected, baseMs: newest.receivedAt }) > startedAtMs;
        const since = wasInTime ? onlineSince(newest.receivedAt, times, intervalSeconds) : startedAtMs;
        place(newest, nodes.get(node), [...times], expected, since, nowMs, new Set());
      }
      version++;
      wakeUp.look(nowMs);
      wakeUp.setNext(nowMs, queue.nextMs());
    },
    apply(reports) {
      watch((nowMs, changed) => {
        for (const { report, timestampMs } of reports) {
          const known = nodes.get(report.node);
          const newest = known?.times[0];
          if (newest !== undefined && timestampMs <= newest) continue;
          version++;
          hear(report, known, timestampMs, nowMs, changed);
        }
        return undefined;
      });
    },
    rebuild(name, history) {
      watch((nowMs, changed) => {
        const node = nodes.get(name);
        if (history === undefined) {
          links.forget(name);
          if (node === undefined) return undefined;
          queue.set(node, Infinity);
          changed.delete(node);
          nodes.delete(name);
          return [name];
        }
        const { newest, times } = history;
        const before = node && stateOf(node);
        const intervalSeconds = intervalOf(newest, times);
        const expected = {
          baseMs: baseOf(newest.receivedAt, nowMs),
          intervalSeconds,
          goneAtMs: links.goneAtMs(name),
          pausedUntilMs: pausedUntilOf(newest),
        };
        const since = onlineSince(newest.receivedAt, times, intervalSeconds);
        place(newest, node, [...times], expected, since, nowMs, changed);
        const after = nodes.get(name);
        if (after && JSON.stringify(before) !== JSON.stringify(stateOf(after))) changed.add(after);
        return undefined;
      });
    },
    connect(name) {
      watchLink(name, () => links.open(name));
      let open = true;
      return () => {
        if (!open) return;
        open = false;
        watchLink(name, (nowMs) => links.close(name, nowMs));
      };
    },
    get(name) {
      const node = nodes.get(name);
      return node && stateOf(node);
    },
    has: (name) => nodes.has(name),
    count: () => nodes.size,
    all: () => Array.from(nodes.values(), stateOf),
    version: () => version,
    onChange(listener) {
      listeners.push(listener);
    },
    close: () => wakeUp.close(),
  };

  function watchLink(name: string, happen: (nowMs: number) => void): void {
    watch((nowMs, changed) => {
      happen(nowMs);
      const node = nodes.get(name);
      if (node === undefined) {
        links.forget(name);
        return undefined;
      }
      node.goneAtMs = links.goneAtMs(name);
      settle(node, nowMs, changed);
      return undefined;
    });
  }
}
