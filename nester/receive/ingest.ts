import { type Decoded, type InputError, refused } from '../../protocol/decoded.ts';
import { checkTime, decodeReport, type Report } from '../../protocol/report.ts';
import { ScannedReport } from '../../protocol/scan-report.ts';
import type { Grant } from '../auth/access.ts';
import type { NodeLimit } from './node-limit.ts';
import type { ReportStore, Taking } from '../store/report-store.ts';

/**
 * What becomes of a report. `ok: false`: it is not valid, and sending it again is of no use; or,
 * `forbidden`, whoever sent it may not report for its node, or there is no room for that node: sent
 * again it may be taken, once somebody has seen to it.
 */
export type Taken = { ok: true; taking: Taking } | { ok: false; errors: InputError[]; forbidden?: true };

/** `input`: a report read from its bytes, or what `JSON.parse` made of them. `writer`: on whose right it comes. */
export type Ingest = (input: unknown, writer: Pick<Grant, 'mayWrite'>) => Taken;

/**
 * The one path by which a report enters Nester, whichever door it came through.
 *
 * Order: decode, ask whether this sender may report for this node, and whether there is room for
 * it, append. The store resolves once the report is durable and whoever follows the
 * store (state, viewers) saw it, so nothing is shown that a restart could forget and nothing is
 * acknowledged that a power cut could take. `durable` rejects with `NESTER_STORE_UNAVAILABLE` when
 * nothing can be stored now; it is the same promise for all that go to the disk together, since a
 * door has ten thousand reports a second.
 */
export function createIngest({ store, nodeLimit, now }: { store: Pick<ReportStore, 'take'>; nodeLimit: NodeLimit; now: () => number }): Ingest {
  return function ingest(input, writer) {
    const receivedAtMs = now();
    const scanned = input instanceof ScannedReport ? input : undefined;
    const decoded = scanned ? timeChecked(scanned, receivedAtMs) : decodeReport(input, receivedAtMs);
    if (!decoded.ok) return decoded;
    const { node } = decoded.value;
    if (!writer.mayWrite(node)) {
      return { ...refused(`this key may not report for node ${JSON.stringify(node)}`, 'node'), forbidden: true };
    }
    const place = nodeLimit.admit(node);
    if (place === 'full') {
      return { ...refused('this Nester has as many nodes as it may (NESTER_MAX_NODES); forget some, or let it have more', 'node'), forbidden: true };
    }
    const taking = store.take(decoded.value, receivedAtMs, scanned);
    if (place === 'new') {
      const settled = (): void => nodeLimit.settled(node);
      taking.durable.then(settled, settled);
    }
    return { ok: true, taking };
  };
}

function timeChecked({ report, timestampMs }: ScannedReport, nowMs: number): Decoded<Report> {
  return timestampMs === undefined ? { ok: true, value: report } : checkTime(report, timestampMs, nowMs);
}
