import type { NodeState } from '../../protocol/node-state.ts';
import { type Expectation, nextDueMs, silentSinceMs, statusAt } from '../state/due.ts';
import { learntInterval } from '../state/learnt-interval.ts';
import { onlineSince } from '../state/online-since.ts';
import { pausedUntilOf } from '../state/watched-node.ts';
import type { ReportAsOf, ReportStore } from '../store/report-store.ts';
import type { Chronicle } from './chronicle.ts';
import { createStateWriter, type StateWriter } from './state-writer.ts';

/** What a batch of states is expected to take, and one of them. */
const CHUNK_BYTES = 256 * 1024;
const STATE_BYTES = 1024;

/** The fleet as it was shown at a moment of the past. */
export interface Rewind {
  /** The states of the nodes then, in no order: a JSON array, piece by piece. */
  statesAt(atMs: number): AsyncIterable<Buffer>;
  /** `undefined`: nothing that is kept had been received of it by then. */
  stateAt(node: string, atMs: number): Promise<NodeState | undefined>;
}

/**
 * What a report said comes from the newest one of those received by then; what the fleet made
 * of it (status, since, connected) from what was noted when it was shown. Where nothing was
 * noted, as of reports that were imported, status and since follow from the due time alone.
 */
export function createRewind({ store, chronicle }: { store: Pick<ReportStore, 'asOf'>; chronicle: Chronicle }): Rewind {
  function write(into: StateWriter, { node, receivedAtMs, json, times }: ReportAsOf, atMs: number): void {
    into.look(json);
    const timeline = chronicle.timeline(node);
    const wasSilentAt = (ms: number): boolean => isSilent(timeline?.shownAtLeap(ms)?.status);
    const interval = into.intervalSeconds() ?? learntInterval(times());
    const agent = into.pausedAgent();
    const expected: Expectation = {
      baseMs: chronicle.watch.baseMs(receivedAtMs, atMs, wasSilentAt),
      intervalSeconds: interval,
      goneAtMs: undefined,
      pausedUntilMs: agent && pausedUntilOf({ agent, receivedAt: receivedAtMs }),
    };
    const shown = timeline?.shownAt(atMs);
    const { status, since } = shown ? { status: shown.status, since: shown.sinceMs } : byDueTime(receivedAtMs, times, expected, atMs);
    into.write({ status, since, interval, nextDue: nextDueMs(expected), connected: shown?.connected ?? false });
  }

  return {
    async *statesAt(atMs) {
      const writer = createStateWriter(CHUNK_BYTES);
      for await (const batch of store.asOf(atMs)) {
        for (const one of batch) write(writer, one, atMs);
        yield writer.take();
      }
      writer.end();
      yield writer.take();
    },
    async stateAt(node, atMs) {
      const writer = createStateWriter(STATE_BYTES);
      for await (const batch of store.asOf(atMs, node)) for (const one of batch) write(writer, one, atMs);
      writer.end();
      const [state] = JSON.parse(writer.take().toString()) as NodeState[];
      return state;
    },
  };
}

function isSilent(status: NodeState['status'] | undefined): boolean {
  return status === 'late' || status === 'offline';
}

function byDueTime(receivedAtMs: number, times: () => number[], expected: Expectation, atMs: number): Pick<NodeState, 'status' | 'since'> {
  const status = statusAt(expected, atMs);
  if (status === 'late' || status === 'offline') return { status, since: silentSinceMs(expected, status) };
  if (status === 'paused') return { status, since: receivedAtMs };
  const heardSince = onlineSince(receivedAtMs, times(), expected.intervalSeconds);
  // A pause that ran out ended at its time.
  return { status, since: Math.max(heardSince, expected.pausedUntilMs ?? -Infinity) };
}
