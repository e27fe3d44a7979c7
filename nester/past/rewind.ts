import type { NodeState } from '../../protocol/node-state.ts';
import { type Expectation, silentSinceMs, statusAt } from '../state/due.ts';
import { onlineSince } from '../state/online-since.ts';
import { intervalOf, pausedUntilOf, stateOf } from '../state/watched-node.ts';
import type { ReportAsOf, ReportStore } from '../store/report-store.ts';
import type { Chronicle } from './chronicle.ts';

/** The fleet as it was shown at a moment of the past. */
export interface Rewind {
  /** The state of each node then, as JSON, in order of first appearance. */
  statesAt(atMs: number): Promise<string[]>;
  /** `undefined`: nothing that is kept had been received of it by then. */
  stateAt(node: string, atMs: number): Promise<NodeState | undefined>;
}

/**
 * What a report said comes from the newest one of those received by then; what the fleet made
 * of it (status, since, connected) from what was noted when it was shown. Where nothing was
 * noted, as of reports that were imported, status and since follow from the due time alone.
 */
export function createRewind({ store, chronicle }: { store: Pick<ReportStore, 'asOf'>; chronicle: Chronicle }): Rewind {
  function stateFrom({ report, times }: ReportAsOf, atMs: number): NodeState {
    const timeline = chronicle.timeline(report.node);
    const wasSilentAt = (ms: number): boolean => {
      const status = timeline?.shownAt(ms)?.status;
      return status === 'late' || status === 'offline';
    };
    const expected: Expectation = {
      baseMs: chronicle.watch.baseMs(report.receivedAt, atMs, wasSilentAt),
      intervalSeconds: intervalOf(report, times),
      goneAtMs: undefined,
      pausedUntilMs: pausedUntilOf(report),
    };
    const shown = timeline?.shownAt(atMs);
    return stateOf(report, expected, shown ? { ...shown, since: shown.sinceMs } : { ...byDueTime(report.receivedAt, times, expected, atMs), connected: false });
  }

  return {
    async statesAt(atMs) {
      const texts: string[] = [];
      for await (const batch of store.asOf(atMs)) {
        for (const one of batch) texts[one.rank] = JSON.stringify(stateFrom(one, atMs));
      }
      // Without those that were removed while we read.
      return texts.filter((text) => typeof text === 'string');
    },
    async stateAt(node, atMs) {
      for await (const batch of store.asOf(atMs, node)) for (const one of batch) return stateFrom(one, atMs);
      return undefined;
    },
  };
}

function byDueTime(receivedAtMs: number, times: readonly number[], expected: Expectation, atMs: number): Pick<NodeState, 'status' | 'since'> {
  const status = statusAt(expected, atMs);
  if (status === 'late' || status === 'offline') return { status, since: silentSinceMs(expected, status) };
  if (status === 'paused') return { status, since: receivedAtMs };
  const heardSince = onlineSince(receivedAtMs, times, expected.intervalSeconds);
  // A pause that ran out ended at its time.
  return { status, since: Math.max(heardSince, expected.pausedUntilMs ?? -Infinity) };
}
