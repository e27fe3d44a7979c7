import type { Report, StoredReport } from '../../protocol/report.ts';
import { formatTimestamp } from '../../protocol/timestamp.ts';
import { newestOfNode } from './as-of.ts';
import {
  type Companion,
  NO_COMPANION,
  type NodeHistory,
  type ReportAsOf,
  type ReportQuery,
  type ReportStore,
  type Selection,
  type StoreChange,
  StoreUnavailableError,
  type Taking,
  whenDurable,
} from './report-store.ts';
import { completeReport } from './stored-report.ts';

interface Entry {
  seq: number;
  node: string;
  timeMs: number;
  stored: StoredReport;
  json: Buffer;
}

/** How many of a node's last times its history carries. */
const TIMES = 10;
/** Reports in one batch of a selection. */
const BATCH = 1000;

/**
 * A store that keeps its promises for as long as the process lives: same identity, order and
 * cursors as the one on disk, nothing durable. For tests and for trying things out.
 *
 * `epoch` names it in its cursors; two stores of the same name would take each other's.
 */
export function createMemoryStore({ epoch = 'memory' }: { epoch?: string } = {}): ReportStore {
  const nodes = new Map<string, Map<number, Entry>>();
  /** In order of receipt. */
  let entries: Entry[] = [];
  let seq = 0;
  let closed = false;
  let follower: ((change: StoreChange) => void) | undefined;
  let companion: Companion = NO_COMPANION;

  const cursor = (): string => `${epoch}-${seq}`;

  function historyOf(node: string): NodeHistory | undefined {
    const kept = [...(nodes.get(node)?.values() ?? [])].sort((a, b) => b.timeMs - a.timeMs);
    const newest = kept[0];
    if (newest === undefined) return undefined;
    return { node, newest: newest.stored, times: kept.slice(0, TIMES).map(({ timeMs }) => timeMs) };
  }

  /** Sequence number a cursor stands for, or `undefined` when it is not one of ours. */
  function positionOf(after: string): number | undefined {
    const digits = after.startsWith(`${epoch}-`) ? after.slice(epoch.length + 1) : '';
    const position = /^\d{1,15}$/.test(digits) ? Number(digits) : NaN;
    return position <= seq ? position : undefined;
  }

  function take(report: Report, receivedAtMs: number): Taking {
    const { node } = report;
    let timeMs = report.timestamp === undefined ? receivedAtMs : Date.parse(report.timestamp);
    if (closed) {
      const durable = Promise.reject(new StoreUnavailableError(new Error('the store is closed')));
      return { node, timestamp: formatTimestamp(timeMs), duplicate: false, durable };
    }
    const times = nodes.get(node) ?? new Map<number, Entry>();
    const twin = report.timestamp === undefined ? undefined : times.get(timeMs);
    if (twin) return { node, timestamp: twin.stored.timestamp, duplicate: true, durable: Promise.resolve() };
    while (times.has(timeMs)) timeMs++;
    const stored = completeReport(report, timeMs, receivedAtMs);
    const { timestamp } = stored;
    const json = Buffer.from(JSON.stringify(stored));
    const entry: Entry = { seq: ++seq, node, timeMs, stored, json };
    entries.push(entry);
    times.set(timeMs, entry);
    nodes.set(node, times);
    companion.stored([{ seq, timestampMs: timeMs, report: stored }]);
    follower?.({ type: 'reports', cursor: cursor(), reports: [{ report: stored, timestampMs: timeMs, json }] });
    return { node, timestamp, duplicate: false, durable: Promise.resolve() };
  }

  return {
    open: () => Promise.resolve([...nodes.keys()].flatMap((node) => historyOf(node) ?? [])),

    follow(listener) {
      follower = listener;
    },

    accompany(other) {
      companion = other;
    },

    append: (report, receivedAtMs) => whenDurable(take(report, receivedAtMs)),

    take,

    async forget(node) {
      if (closed) throw new StoreUnavailableError(new Error('the store is closed'));
      if (!nodes.delete(node)) return false;
      entries = entries.filter((entry) => entry.node !== node);
      const forgetSeq = ++seq;
      companion.forgotten(node, forgetSeq);
      follower?.({ type: 'rebuilt', cursor: cursor(), nodes: [{ node, history: undefined }] });
      await companion.erased(node, forgetSeq);
      return true;
    },

    select({ node, since = -Infinity, until = Infinity, limit = Infinity, order, after }: ReportQuery): Selection {
      const position = after === undefined ? undefined : positionOf(after);
      const matching = entries.filter(
        (entry) =>
          entry.seq > (position ?? 0) &&
          (node === undefined || entry.node === node) &&
          entry.timeMs >= since &&
          entry.timeMs <= until,
      );
      if (after === undefined) {
        const sign = order === 'desc' ? -1 : 1;
        matching.sort((a, b) => sign * (a.timeMs - b.timeMs || a.seq - b.seq));
      }
      const chosen = matching.slice(0, limit);
      const cutAt = after !== undefined && chosen.length < matching.length ? chosen.at(-1)?.seq ?? position : seq;
      // eslint-disable-next-line @typescript-eslint/require-await -- the interface is async for stores that read files
      async function* batches(): AsyncGenerator<Uint8Array[]> {
        for (let at = 0; at < chosen.length; at += BATCH) {
          yield chosen.slice(at, at + BATCH).map(({ json }) => json);
        }
      }
      return {
        cursorKnown: after === undefined || position !== undefined,
        cursor: `${epoch}-${cutAt ?? 0}`,
        batches,
        async *joined(before) {
          for await (const batch of batches()) yield Buffer.concat(batch.flatMap((json) => [before, json]));
        },
      };
    },

    walk(visit, node) {
      const kept = entries.filter((entry) => node === undefined || entry.node === node);
      visit(kept.map(({ seq, timeMs, stored }) => ({ seq, timestampMs: timeMs, report: stored, carried: false })));
      return Promise.resolve();
    },
    position: () => ({ epoch, seq }),
    // eslint-disable-next-line @typescript-eslint/require-await -- the interface is async for stores that read files
    async *asOf(receivedUntilMs, only) {
      const found: ReportAsOf[] = [];
      for (const node of nodes.keys()) {
        if (only !== undefined && only !== node) continue;
        const rows = entries.filter((entry) => entry.node === node);
        const seqs = rows.map((entry) => ({ seq: entry.seq, timestampMs: entry.timeMs, receivedAtMs: entry.stored.receivedAt }));
        const newest = newestOfNode(seqs.reverse(), receivedUntilMs);
        const entry = rows.find(({ seq: its }) => its === newest?.seq);
        if (newest && entry) found.push({ node, receivedAtMs: entry.stored.receivedAt, json: entry.json, times: newest.times });
      }
      yield found;
    },

    cursor,
    version: cursor,
    writable: () => !closed,
    count: () => entries.length,
    close() {
      closed = true;
      return Promise.resolve();
    },
  };
}
