import { crc32 } from 'node:zlib';

/**
 * The lines of the spool. Each is `<crc32, 8 hex digits> <kind> <fields>\n`; the checksum covers
 * what follows its space. A line that is torn, or that a card has spoiled, is known by it.
 */
export type SpoolRecord =
  /** First line of a file: reports lost so far, the newest time given out (epoch ms), the next number. */
  | { kind: 'head'; dropped: number; newestMs: number; next: number }
  /** A report to be delivered. */
  | { kind: 'report'; seq: number; timestampMs: number; json: string }
  /** These are delivered, or refused for ever. */
  | { kind: 'gone'; seqs: readonly number[] }
  /** So many were lost for lack of room, these of them from this file. */
  | { kind: 'dropped'; count: number; seqs: readonly number[] }
  /** The times given out after this one are worth nothing (epoch ms). */
  | { kind: 'newest'; newestMs: number };

const LETTERS = { head: 'H', report: 'K', gone: 'G', dropped: 'D', newest: 'N' } as const;

export function encodeRecord(record: SpoolRecord): Buffer {
  const text = Buffer.from(`${LETTERS[record.kind]} ${fieldsOf(record)}`);
  const checksum = crc32(text).toString(16).padStart(8, '0');
  return Buffer.concat([Buffer.from(`${checksum} `), text, Buffer.from('\n')]);
}

function fieldsOf(record: SpoolRecord): string {
  switch (record.kind) {
    case 'head':
      return `${record.dropped} ${record.newestMs} ${record.next}`;
    case 'report':
      return `${record.seq} ${record.timestampMs} ${record.json}`;
    case 'gone':
      return record.seqs.join(' ');
    case 'dropped':
      return [record.count, ...record.seqs].join(' ');
    case 'newest':
      return String(record.newestMs);
  }
}

/** `line` without its line break. `undefined`: it is not what was written. */
export function decodeRecord(line: Buffer): SpoolRecord | undefined {
  if (line.length < 11 || line[8] !== 0x20) return undefined;
  const text = line.subarray(9);
  if (line.toString('latin1', 0, 8) !== crc32(text).toString(16).padStart(8, '0')) return undefined;
  const fields = text.toString('utf8', 2);
  switch (String.fromCharCode(text[0] ?? 0)) {
    case LETTERS.head: {
      const [dropped = NaN, newestMs = NaN, next = NaN] = numbersOf(fields);
      return { kind: 'head', dropped, newestMs, next };
    }
    case LETTERS.report: {
      const first = fields.indexOf(' ');
      const second = fields.indexOf(' ', first + 1);
      const [seq = NaN, timestampMs = NaN] = numbersOf(fields.slice(0, second));
      return { kind: 'report', seq, timestampMs, json: fields.slice(second + 1) };
    }
    case LETTERS.gone:
      return { kind: 'gone', seqs: numbersOf(fields) };
    case LETTERS.dropped: {
      const [count = NaN, ...seqs] = numbersOf(fields);
      return { kind: 'dropped', count, seqs };
    }
    case LETTERS.newest:
      return { kind: 'newest', newestMs: Number(fields) };
  }
  return undefined;
}

function numbersOf(fields: string): number[] {
  return fields === '' ? [] : fields.split(' ').map(Number);
}
