import type { Selection } from '../store/report-store.ts';
import { CSV_HEADER, csvRow } from './csv.ts';
import type { ReportFormat } from './report-request.ts';

/** How an answer of many reports is written: a head, piece after piece, a tail. */
export interface ReportForm {
  contentType: string;
  /** Before the first report. */
  head: Buffer;
  /** The reports, and what stands between them; no piece is empty. Everything else gets its turn after each. */
  pieces(selection: Pick<Selection, 'batches' | 'joined'>): AsyncGenerator<Buffer>;
  /** After the last; left out when there is none. */
  tail: Buffer;
  /** Of an answer without reports, after the head. */
  nothing: Buffer;
}

/**
 * A POST takes some ten turns of the event loop until it is acknowledged, and waits for a piece of
 * every long answer at each: pieces of a fifth of a millisecond keep that short.
 */
const PIECE_BYTES = 256 * 1024;
/** Each row of CSV is parsed and written anew. */
const PIECE_ROWS = 250;

const NOTHING = Buffer.alloc(0);
const JSON_END = Buffer.from('\n]\n');
const LINE_FEED = Buffer.from('\n');

export const REPORT_FORMS: Record<ReportFormat, ReportForm> = {
  json: {
    contentType: 'application/json',
    head: Buffer.from('[\n'),
    pieces: (selection) => jsonPieces(selection, Buffer.from(',\n')),
    tail: JSON_END,
    nothing: JSON_END,
  },
  ndjson: {
    contentType: 'application/x-ndjson',
    head: NOTHING,
    pieces: (selection) => jsonPieces(selection, LINE_FEED),
    tail: LINE_FEED,
    nothing: NOTHING,
  },
  csv: {
    contentType: 'text/csv; charset=utf-8; header=present',
    head: Buffer.from(CSV_HEADER),
    pieces: csvPieces,
    tail: NOTHING,
    nothing: NOTHING,
  },
};

/** The JSON of the reports as the store has it, and `between` between them. */
async function* jsonPieces(selection: Pick<Selection, 'joined'>, between: Buffer): AsyncGenerator<Buffer> {
  let skip = between.length;
  for await (const joined of selection.joined(between)) {
    for (let at = skip; at < joined.length; at += PIECE_BYTES) yield joined.subarray(at, at + PIECE_BYTES);
    skip = 0;
  }
}

async function* csvPieces(selection: Pick<Selection, 'batches'>): AsyncGenerator<Buffer> {
  for await (const batch of selection.batches()) {
    for (let at = 0; at < batch.length; at += PIECE_ROWS) yield Buffer.from(batch.slice(at, at + PIECE_ROWS).map(csvRow).join(''));
  }
}
