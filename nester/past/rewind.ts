import type { NodeState } from '../../protocol/node-state.ts';
import type { AgentInfo } from '../../protocol/report.ts';
import { type Expectation, nextDueMs, silentSinceMs, statusAt } from '../state/due.ts';
import { learntInterval } from '../state/learnt-interval.ts';
import { onlineSince } from '../state/online-since.ts';
import { pausedUntilOf } from '../state/watched-node.ts';
import { devicesOf } from '../store/report-parts.ts';
import type { ReportAsOf, ReportStore } from '../store/report-store.ts';
import type { Chronicle } from './chronicle.ts';

/** The fleet as it was shown at a moment of the past. */
export interface Rewind {
  /** The state of each node then, as bytes of JSON, in order of first appearance. */
  statesAt(atMs: number): Promise<Uint8Array[]>;
  /** `undefined`: nothing that is kept had been received of it by then. */
  stateAt(node: string, atMs: number): Promise<NodeState | undefined>;
}

/**
 * What a report said comes from the newest one of those received by then; what the fleet made
 * of it (status, since, connected) from what was noted when it was shown. Where nothing was
 * noted, as of reports that were imported, status and since follow from the due time alone.
 */
export function createRewind({ store, chronicle }: { store: Pick<ReportStore, 'asOf'>; chronicle: Chronicle }): Rewind {
  function stateText({ parts, times }: ReportAsOf, atMs: number): string {
    const { plain, receivedAt, metrics = '{}', targets = '[]', labels = '{}', agent } = parts;
    const { node, timestamp, ip = null, latency = null, loss = null, jitter = null } = plain;
    const timeline = chronicle.timeline(node);
    const wasSilentAt = (ms: number): boolean => isSilent(timeline?.shownAt(ms)?.status);
    const intervalSeconds = plain.interval ?? learntInterval(times());
    const expected: Expectation = {
      baseMs: chronicle.watch.baseMs(receivedAt, atMs, wasSilentAt),
      intervalSeconds,
      goneAtMs: undefined,
      pausedUntilMs: pausedUntil(agent, receivedAt),
    };
    const shown = timeline?.shownAt(atMs);
    const { status, since } = shown ? { status: shown.status, since: shown.sinceMs } : byDueTime(receivedAt, times, expected, atMs);
    // In the order of a state. What is structured goes into it as the text it is; numbers and times need no escaping.
    return (
      `{"node":${JSON.stringify(node)},"status":"${status}","since":${since},"ip":${JSON.stringify(ip)},"devices":${devicesOf(parts)}` +
      `,"latency":${latency},"loss":${loss},"jitter":${jitter},"metrics":${metrics},"targets":${targets},"labels":${labels},"agent":${agent ?? 'null'}` +
      `,"timestamp":"${timestamp}","receivedAt":${receivedAt},"interval":${intervalSeconds},"nextDue":${nextDueMs(expected)},"connected":${shown?.connected ?? false}}`
    );
  }

  return {
    async statesAt(atMs) {
      const states: Uint8Array[] = [];
      for await (const batch of store.asOf(atMs)) {
        // All of a batch at once: ten thousand texts in pieces, waiting for their turn, are what the garbage collector is slow with.
        const bytes = Buffer.from(batch.map((one) => `${stateText(one, atMs)}\n`).join(''));
        let from = 0;
        for (const { rank } of batch) {
          const end = bytes.indexOf(LINE_BREAK, from);
          states[rank] = bytes.subarray(from, end);
          from = end + 1;
        }
      }
      // Without those that were removed while we read.
      return states.filter((state) => state instanceof Uint8Array);
    },
    async stateAt(node, atMs) {
      for await (const batch of store.asOf(atMs, node)) for (const one of batch) return JSON.parse(stateText(one, atMs)) as NodeState;
      return undefined;
    },
  };
}

function isSilent(status: NodeState['status'] | undefined): boolean {
  return status === 'late' || status === 'offline';
}

/** Never inside JSON, where it is escaped. */
const LINE_BREAK = 0x0a;

const PAUSED_MARK = '"pausedUntil":';

function pausedUntil(agent: string | undefined, receivedAtMs: number): number | undefined {
  if (!agent?.includes(PAUSED_MARK)) return undefined;
  return pausedUntilOf({ agent: JSON.parse(agent) as AgentInfo, receivedAt: receivedAtMs });
}

function byDueTime(receivedAtMs: number, times: () => number[], expected: Expectation, atMs: number): Pick<NodeState, 'status' | 'since'> {
  const status = statusAt(expected, atMs);
  if (status === 'late' || status === 'offline') return { status, since: silentSinceMs(expected, status) };
  if (status === 'paused') return { status, since: receivedAtMs };
  const heardSince = onlineSince(receivedAtMs, times(), expected.intervalSeconds);
  // A pause that ran out ended at its time.
  return { status, since: Math.max(heardSince, expected.pausedUntilMs ?? -Infinity) };
}
