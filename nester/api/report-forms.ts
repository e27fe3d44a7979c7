import { CSV_HEADER, csvRow } from './csv.ts';
import type { ReportFormat } from './report-request.ts';

/** How an answer of many reports is written: a beginning, batch after batch, an end. */
export interface ReportForm {
  contentType: string;
  /** Reports written in one go, before everything else gets its turn. */
  atOnce: number;
  /** Before the first report. */
  head: Buffer;
  /** One batch; `isFirst`: nothing was written but the head. Never called with none. */
  batch(reports: readonly Uint8Array[], isFirst: boolean): Buffer;
  tail: Buffer;
}

/** Bytes that stand between the reports, around the JSON that the store hands out as it is. */
const COMMA = Buffer.from(',\n');
const LINE_FEED = Buffer.from('\n');
const NOTHING = Buffer.alloc(0);

/**
 * A POST takes some ten turns of the event loop until it is acknowledged, and waits for a piece of
 * every long answer at each: pieces of a fifth of a millisecond keep that short.
 */
const PIECE = 64;

export const REPORT_FORMS: Record<ReportFormat, ReportForm> = {
  json: {
    contentType: 'application/json',
    atOnce: PIECE,
    head: Buffer.from('[\n'),
    batch: (reports, isFirst) => interleaved(reports, isFirst ? NOTHING : COMMA, COMMA, NOTHING),
    tail: Buffer.from('\n]\n'),
  },
  ndjson: {
    contentType: 'application/x-ndjson',
    atOnce: PIECE,
    head: NOTHING,
    batch: (reports) => interleaved(reports, NOTHING, LINE_FEED, LINE_FEED),
    tail: NOTHING,
  },
  csv: {
    contentType: 'text/csv; charset=utf-8; header=present',
    // Each is parsed and written anew.
    atOnce: 250,
    head: Buffer.from(CSV_HEADER),
    batch: (reports) => Buffer.from(reports.map(csvRow).join('')),
    tail: NOTHING,
  },
};

/** One allocation for a batch: pieces with something before, between and after them. */
function interleaved(pieces: readonly Uint8Array[], before: Buffer, between: Buffer, after: Buffer): Buffer {
  let size = before.length + between.length * (pieces.length - 1) + after.length;
  for (const piece of pieces) size += piece.length;
  const whole = Buffer.allocUnsafe(size);
  let at = before.copy(whole, 0);
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) at += between.copy(whole, at);
    whole.set(piece, at);
    at += piece.length;
  }
  after.copy(whole, at);
  return whole;
}
