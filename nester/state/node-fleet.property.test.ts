import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NodeState } from '../../protocol/node-state.ts';
import type { StoredReport } from '../../protocol/report.ts';
import { createManualClock } from './manual-clock.ts';
import { createFleet } from './node-fleet.ts';

/**
 * What the fleet should say, found the naive way: every node looked at in every millisecond,
 * the rules written out again.
 */
function createSweep(startedAtMs: number) {
  const nodes = new Map<
    string,
    { newest: StoredReport | undefined; open: number; goneAt: number | undefined; status: string; since: number }
  >();
  const entry = (node: string) => {
    const known = nodes.get(node) ?? { newest: undefined, open: 0, goneAt: undefined, status: 'unknown', since: 0 };
    nodes.set(node, known);
    return known;
  };
  return {
    hear(report: StoredReport) {
      const node = entry(report.node);
      if (node.open === 0 && node.goneAt !== undefined && report.receivedAt > node.goneAt) {
        if (node.newest === undefined || report.timestamp > node.newest.timestamp) node.goneAt = undefined;
      }
      if (node.newest === undefined || report.timestamp > node.newest.timestamp) node.newest = report;
    },
    open: (node: string) => Object.assign(entry(node), { open: entry(node).open + 1, goneAt: undefined }),
    close(node: string, nowMs: number) {
      entry(node).open--;
      if (entry(node).open === 0 && entry(node).newest) entry(node).goneAt = nowMs;
    },
    look(nowMs: number) {
      for (const node of nodes.values()) {
        if (!node.newest) continue;
        const heardMs = Math.max(node.newest.receivedAt, startedAtMs);
        const intervalMs = (node.newest.interval ?? 60) * 1_000;
        const silentMs = nowMs - heardMs;
        let status = 'online';
        if (silentMs >= intervalMs * 1.25 + 5_000) status = 'late';
        if (silentMs >= intervalMs * 3 + 5_000) status = 'offline';
        if (node.goneAt !== undefined && nowMs - node.goneAt >= 30_000 && silentMs >= intervalMs) status = 'offline';
        const pausedUntil = node.newest.agent?.pausedUntil;
        if (pausedUntil !== undefined && nowMs < Date.parse(pausedUntil)) status = 'paused';
        if (status !== node.status) Object.assign(node, { status, since: nowMs });
      }
    },
    nodes: () => nodes,
  };
}

const node = fc.constantFrom('a', 'b');
const happening = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('report' as const),
      node,
      interval: fc.constantFrom(1, 2, 8, 40),
      agedMs: fc.constantFrom(0, 1, 3_000),
      pausedMs: fc.constantFrom(undefined, undefined, undefined, -1, 1, 500, 7_000, 20_000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('open' as const), node }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('close' as const), node }) },
);
const afterMs = fc.oneof(fc.nat(40), fc.nat(7_000), fc.constantFrom(6_250, 8_000, 30_000, 40_000));
const history = fc.array(fc.record({ afterMs, happening }), { minLength: 5, maxLength: 20 });

describe('fleet', () => {
  it('says at every millisecond what a sweep over all nodes would find, without being asked', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(history, (steps) => {
        const clock = createManualClock();
        const fleet = createFleet({ now: clock.now, alarm: clock.schedule, startedAtMs: clock.now() });
        const sweep = createSweep(clock.now());
        const told = new Map<string, NodeState>();
        fleet.onChange(({ nodes }) => nodes.forEach((state) => told.set(state.node, state)));
        const open = new Map<string, (() => void)[]>();

        function pass(ms: number): void {
          for (let passed = 0; passed < ms; passed++) {
            clock.advance(1);
            sweep.look(clock.now());
            compare();
          }
        }
        function compare(): void {
          for (const [name, { status, since, open: sockets, newest }] of sweep.nodes()) {
            if (!newest) continue;
            const state = fleet.get(name);
            const pushed = told.get(name);
            const same =
              state?.status === status &&
              state.since === since &&
              state.connected === sockets > 0 &&
              state.latency === newest.latency &&
              pushed?.status === status &&
              pushed.since === since &&
              pushed.connected === state.connected;
            // Matchers are slow, and this runs a million times.
            if (!same) expect({ state, pushed }).toEqual({ status, since, sockets, newest });
          }
        }

        steps.forEach(({ afterMs, happening: what }, index) => {
          pass(afterMs);
          if (what.type === 'report') {
            const nowMs = clock.now();
            const timestamp = new Date(nowMs - what.agedMs).toISOString();
            const pause = what.pausedMs === undefined ? {} : { pausedUntil: new Date(nowMs + what.pausedMs).toISOString() };
            const agent = { version: '1', mode: 'agent' as const, ...pause };
            const report = { node: what.node, timestamp, receivedAt: nowMs, interval: what.interval, latency: index, agent };
            fleet.apply([{ report, timestampMs: nowMs - what.agedMs }]);
            sweep.hear(report);
          } else if (what.type === 'open') {
            open.set(what.node, [...(open.get(what.node) ?? []), fleet.connect(what.node)]);
            sweep.open(what.node);
          } else {
            const close = open.get(what.node)?.pop();
            if (!close) return;
            close();
            sweep.close(what.node, clock.now());
          }
          sweep.look(clock.now());
          compare();
        });
        pass(45_000);
      }),
      { numRuns: 60 },
    );
  });
});
