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
  /** The states of the nodes then, in no order: JSON of some, separated by commas, at a time. */
  statesAt(atMs: number): AsyncIterable<string>;
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
    const { node, timestamp, receivedAt, ip = 'null', latency = 'null', loss = 'null', jitter = 'null' } = parts;
    const { metrics = '{}', targets = '[]', labels = '{}', agent = 'null' } = parts;
    const timeline = chronicle.timeline(node);
    const wasSilentAt = (ms: number): boolean => isSilent(timeline?.shownAt(ms)?.status);
    const intervalSeconds = parts.interval ?? learntInterval(times());
    const expected: Expectation = {
      baseMs: chronicle.watch.baseMs(receivedAt, atMs, wasSilentAt),
      intervalSeconds,
      goneAtMs: undefined,
      pausedUntilMs: pausedUntil(agent, receivedAt),
    };
    const shown = timeline?.shownAt(atMs);
    const { status, since } = shown ? { status: shown.status, since: shown.sinceMs } : byDueTime(receivedAt, times, expected, atMs);
    // In the order of a state. What a report said goes into it as the text it is.
    return (
      `{"node":${JSON.stringify(node)},"status":"${status}","since":${since},"ip":${ip},"devices":${devicesOf(parts)}` +
      `,"latency":${latency},"loss":${loss},"jitter":${jitter},"metrics":${metrics},"targets":${targets},"labels":${labels},"agent":${agent}` +
      `,"timestamp":"${timestamp}","receivedAt":${receivedAt},"interval":${intervalSeconds},"nextDue":${nextDueMs(expected)},"connected":${shown?.connected ?? false}}`
    );
  }

  return {
    async *statesAt(atMs) {
      for await (const batch of store.asOf(atMs)) if (batch.length > 0) yield batch.map((one) => stateText(one, atMs)).join(',');
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

const PAUSED_MARK = '"pausedUntil":';

function pausedUntil(agent: string, receivedAtMs: number): number | undefined {
  if (!agent.includes(PAUSED_MARK)) return undefined;
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
