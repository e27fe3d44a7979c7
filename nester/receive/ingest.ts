import { type InputError, refused } from '../../protocol/decoded.ts';
import { decodeReport } from '../../protocol/report.ts';
import type { Grant } from '../auth/access.ts';
import type { Kept, ReportStore } from '../store/report-store.ts';

/**
 * What becomes of a report. `ok: false`: it is not valid, and sending it again is of no use; or,
 * `forbidden`, whoever sent it may not report for its node.
 */
export type Taken = { ok: true; kept: Promise<Kept> } | { ok: false; errors: InputError[]; forbidden?: true };

/** `writer`: on whose right it comes. */
export type Ingest = (input: unknown, writer: Pick<Grant, 'mayWrite'>) => Taken;

/**
 * The one path by which a report enters Nester, whichever door it came through.
 *
 * Order: decode, ask whether this sender may report for this node, append. The store resolves once the report is durable and whoever follows the
 * store (state, viewers) saw it, so nothing is shown that a restart could forget and nothing is
 * acknowledged that a power cut could take. `kept` rejects with `NESTER_STORE_UNAVAILABLE` when
 * nothing can be stored now. One promise a report, and none for one that is refused: a door has
 * ten thousand of them a second.
 */
export function createIngest({ store, now }: { store: Pick<ReportStore, 'append'>; now: () => number }): Ingest {
  return function ingest(input, writer) {
    const receivedAtMs = now();
    const decoded = decodeReport(input, receivedAtMs);
    if (!decoded.ok) return decoded;
    const { node } = decoded.value;
    if (!writer.mayWrite(node)) {
      return { ...refused(`this key may not report for node ${JSON.stringify(node)}`, 'node'), forbidden: true };
    }
    return { ok: true, kept: store.append(decoded.value, receivedAtMs) };
  };
}
