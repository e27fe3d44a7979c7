import type { InputError } from '../../protocol/decoded.ts';
import { decodeReport } from '../../protocol/report.ts';
import type { Kept, ReportStore } from '../store/report-store.ts';

/** What becomes of a report. `ok: false`: it is not valid, and sending it again is of no use. */
export type Taken = { ok: true; kept: Promise<Kept> } | { ok: false; errors: InputError[] };

export type Ingest = (input: unknown) => Taken;

/**
 * The one path by which a report enters Nester, whichever door it came through.
 *
 * Order: decode, append. The store resolves once the report is durable and whoever follows the
 * store (state, viewers) saw it, so nothing is shown that a restart could forget and nothing is
 * acknowledged that a power cut could take. `kept` rejects with `NESTER_STORE_UNAVAILABLE` when
 * nothing can be stored now. One promise a report, and none for one that is refused: a door has
 * ten thousand of them a second.
 */
export function createIngest({ store, now }: { store: Pick<ReportStore, 'append'>; now: () => number }): Ingest {
  return function ingest(input) {
    const receivedAtMs = now();
    const decoded = decodeReport(input, receivedAtMs);
    return decoded.ok ? { ok: true, kept: store.append(decoded.value, receivedAtMs) } : decoded;
  };
}
