import type { InputError } from '../../protocol/decoded.ts';
import { decodeReport } from '../../protocol/report.ts';
import type { Kept, ReportStore } from '../store/report-store.ts';

/** What became of a report. `ok: false`: it is not valid, and sending it again is of no use. */
export type Verdict = ({ ok: true } & Kept) | { ok: false; errors: InputError[] };

export type Ingest = (input: unknown) => Promise<Verdict>;

/**
 * The one path by which a report enters Nester, whichever door it came through.
 *
 * Order: decode, append. The store resolves once the report is durable and whoever follows the
 * store (state, viewers) saw it, so nothing is shown that a restart could forget and nothing is
 * acknowledged that a power cut could take. Never rejects for what the sender did; rejects with
 * `NESTER_STORE_UNAVAILABLE` when nothing can be stored now.
 */
export function createIngest({ store, now }: { store: Pick<ReportStore, 'append'>; now: () => number }): Ingest {
  return async function ingest(input) {
    const receivedAtMs = now();
    const decoded = decodeReport(input, receivedAtMs);
    if (!decoded.ok) return decoded;
    const { node, timestamp, duplicate } = await store.append(decoded.value, receivedAtMs);
    return { ok: true, node, timestamp, duplicate };
  };
}
