import path from 'node:path';
import { removeLeftovers } from './durable-replace.ts';
import type { FileHandle, FilePort } from './file-port.ts';
import { type LineDecoder } from './line-decoder.ts';
import { scanLines } from './line-scan.ts';
import { LogError } from './log-error.ts';
import type { LogRecord, LogRepairs } from './log.ts';
import { contentEnd } from './segment-reserve.ts';
import {
  decodeHeader,
  encodeHeader,
  HEADER_BYTES,
  LOG_VERSION,
  type Segment,
  type SegmentHeader,
  segmentNumber,
  segmentPath,
} from './segment.ts';
import { addRange, type Ranges, rewriteSegment } from './segment-rewrite.ts';

/**
 * Finds out what is in the log's folder, replays it, and leaves every segment whole.
 *
 * What a crash can leave, given how segments are written (one batch under way at a time, the
 * next one only after the one before is durable or cut off again):
 * - behind the last durable batch of the **last** segment, any part of one batch that nobody
 *   was told about. Lines that are not whole at the end are cut off.
 * - a last segment whose header is not whole: it was being begun, and holds nothing. It goes.
 * - a set-aside that was interrupted (`.repaired`), and temporary files.
 *
 * Everything else is damage: every line that is good is kept, the original is set aside for
 * a person to look at. That goes for bad lines in the last segment with good ones behind them,
 * too: they may be a batch that reached the disk with holes, and then nobody misses them; or
 * they may be acknowledged lines that were hit later, with acknowledged ones behind them. The
 * two look the same, and keeping what is good is right in both: an event nobody was told about
 * may be kept.
 */
export interface Recovered {
  epoch: string;
  nextSeq: number;
  nextNumber: number;
  /** Ascending. */
  segments: Segment[];
  /** The segment to go on with, synced and opened for writing. */
  last: { segment: Segment; handle: FileHandle } | undefined;
  /** Sequence number of the newest `mirrored` record; 0 if there is none. */
  mirroredSeq: number;
  repairs: LogRepairs;
}

export interface RecoveryDeps {
  files: FilePort;
  folder: string;
  decoder: LineDecoder;
  replay: (records: LogRecord[]) => void | Promise<void>;
  /** Epoch ms: names what is set aside. */
  now: () => number;
  /** Names a log that has no epoch yet. */
  newEpoch: () => string;
}

export async function recoverLog(deps: RecoveryDeps): Promise<Recovered> {
  const { files, folder, decoder, replay } = deps;
  const repairs: LogRepairs = { messages: [], damaged: false };
  await refuseNewer(files, folder);
  await finishSetAside(files, folder);
  await removeLeftovers(files, folder, (name) => segmentNumber(name.replace(REPAIRED, '')) !== undefined);
  const headers = await readHeaders(files, folder);
  const known = [...headers.values()].find((header) => header !== undefined);
  const epoch = known?.epoch ?? deps.newEpoch();

  const segments: Segment[] = [];
  let nextSeq = 1;
  let mirroredSeq = 0;
  const highest = Math.max(0, ...headers.keys());
  for (const [number, header] of headers) {
    if (header && header.epoch !== epoch) {
      const aside = await setAside(deps, number);
      repairs.damaged = true;
      repairs.messages.push(`${segmentPath(folder, number)}: belongs to another log (expected epoch ${epoch}, got ${header.epoch}); set aside as ${aside}`);
      continue;
    }
    nextSeq = Math.max(nextSeq, header?.nextSeq ?? 0);
    const segment = await recoverSegment(number, header);
    if (segment) segments.push(segment);
  }

  const newest = segments.at(-1);
  const last = newest && { segment: newest, handle: await files.open(newest.path, 'update') };
  // What is whole may have been written by a process that was killed before it synced.
  await last?.handle.datasync();
  return { epoch, nextSeq, nextNumber: highest + 1, segments, last, mirroredSeq, repairs };

  async function recoverSegment(number: number, header: SegmentHeader | undefined): Promise<Segment | undefined> {
    const file = segmentPath(folder, number);
    const handle = await files.open(file, 'read');
    try {
      const facts = await handle.stat();
      // Zeros at the end were reserved for lines that did not come.
      const size = await contentEnd(handle, facts.size);
      const isLast = number === highest;
      const newHeader = encodeHeader({ epoch, number, nextSeq: header?.nextSeq ?? nextSeq });
      const scan = await scanSegment(handle, size, number, header !== undefined, newHeader.length);
      const { segment, bad, good, end } = scan;
      const inTail = bad.filter(({ position }) => position >= end);

      if (isLast && !header && size <= HEADER_BYTES && bad.every(({ whole }) => !whole)) {
        await files.unlink(file);
        await files.syncFolder(folder);
        repairs.messages.push(`${file}: was being begun when Nester stopped, and holds nothing; removed`);
        return undefined;
      }
      if (isLast && header && inTail.length === bad.length) {
        if (end < facts.size) await cut(file, end);
        if (end < size) tellOfTail(file, end, size, inTail);
        return segment;
      }
      if (bad.length > 0 || !header) {
        const aside = await setAside(deps, number, { source: handle, header: newHeader, good });
        repairs.damaged = true;
        repairs.messages.push(...describe(file, bad, header !== undefined, scan.unreadable, aside));
      } else if (size < facts.size) {
        await cut(file, size);
      }
      return segment;
    } finally {
      await handle.close();
    }
  }

  async function cut(file: string, end: number): Promise<void> {
    const handle = await files.open(file, 'update');
    try {
      await handle.truncate(end);
      await handle.datasync();
    } finally {
      await handle.close();
    }
  }

  function tellOfTail(file: string, end: number, size: number, bad: Bad[]): void {
    // Whole lines that are bad may also be acknowledged ones that were hit later.
    if (bad.some(({ whole }) => whole)) repairs.damaged = true;
    const first = bad[0];
    repairs.messages.push(
      `${file}: line ${first?.line ?? '?'} was not whole when Nester stopped; cut off ${size - end} bytes at its end (${first?.why ?? ''})`,
    );
  }

  /** Replays the good lines of a segment, with the places they have once the bad ones are gone. */
  async function scanSegment(handle: FileHandle, size: number, number: number, hasHeader: boolean, headerBytes: number) {
    const bad: Bad[] = [];
    const good: Ranges = [];
    const segment: Segment = { number, path: segmentPath(folder, number), size: headerBytes, firstSeq: 0, lastSeq: 0, controls: 0 };
    let line = 0;
    let end = 0;
    let records: LogRecord[] = [];
    const unreadable = await scanLines(handle, size, {
      line(bytes, start, stop, position, whole) {
        line++;
        if (line === 1 && hasHeader) {
          segment.size = stop + 1;
          end = stop + 1;
          return;
        }
        const record = whole
          ? decoder.decode(bytes, start, stop, number, segment.size)
          : { bad: `expected a line break at the end, got ${stop - start} bytes without` };
        const why = 'bad' in record ? record.bad : record.seq < nextSeq ? notAscending(nextSeq, record.seq) : undefined;
        if (why !== undefined || 'bad' in record) {
          bad.push({ line, position, whole, why: why ?? '' });
          return;
        }
        const length = stop + 1 - start;
        addRange(good, position, position + length);
        end = position + length;
        segment.size += length;
        segment.firstSeq ||= record.seq;
        segment.lastSeq = record.seq;
        nextSeq = record.seq + 1;
        const { type } = record.event;
        if (type !== 'report' && type !== 'keep') segment.controls++;
        if (type === 'mirrored') mirroredSeq = record.seq;
        records.push(record);
      },
      async chunk() {
        const batch = records;
        records = [];
        if (batch.length > 0) await replay(batch);
      },
    });
    return { bad, good, end, segment, unreadable };
  }
}

interface Bad {
  /** Counted from 1, the header. */
  line: number;
  position: number;
  whole: boolean;
  /** What was expected and what came. */
  why: string;
}

function notAscending(expected: number, got: number): string {
  return `expected a sequence number of at least ${expected}, got ${got}`;
}

/** So many bad lines of a segment are told one by one. */
const TOLD = 20;

function describe(file: string, bad: Bad[], hasHeader: boolean, unreadable: Ranges, aside: string): string[] {
  const messages = unreadable.map(([from, to]) => `${file}: bytes ${from} to ${to} cannot be read from the disk`);
  if (!hasHeader) messages.push(`${file}: line 1: expected the header of a segment, and found none that is whole`);
  for (const { line, why } of bad.slice(0, TOLD)) messages.push(`${file}: line ${line}: ${why}`);
  if (bad.length > TOLD) messages.push(`${file}: ${bad.length - TOLD} more lines are bad`);
  messages.push(`${file}: its good lines are kept, the original is set aside as ${aside}`);
  return messages;
}

/** Touches nothing, and rejects when any segment is of a newer format. */
async function refuseNewer(files: FilePort, folder: string): Promise<void> {
  for (const name of await files.list(folder)) {
    if (segmentNumber(name.replace(REPAIRED, '')) === undefined) continue;
    const file = path.join(folder, name);
    const header = await readHeader(files, file);
    if (header && 'newer' in header) {
      throw new LogError(
        'NESTER_LOG_NEWER',
        `${file} was written by a newer Nester: expected format ${LOG_VERSION}, got ${header.newer}; nothing was changed`,
      );
    }
  }
}

/** Headers by segment number, ascending; `undefined` for one that is not whole, or not of this segment. */
async function readHeaders(files: FilePort, folder: string): Promise<Map<number, SegmentHeader | undefined>> {
  const headers = new Map<number, SegmentHeader | undefined>();
  const numbers = (await files.list(folder)).map(segmentNumber).filter((number) => number !== undefined);
  for (const number of numbers.sort((a, b) => a - b)) {
    const header = await readHeader(files, segmentPath(folder, number));
    headers.set(number, header && 'epoch' in header && header.number === number ? header : undefined);
  }
  return headers;
}

async function readHeader(files: FilePort, file: string): Promise<ReturnType<typeof decodeHeader>> {
  const handle = await files.open(file, 'read');
  try {
    let line = '';
    await scanLines(handle, HEADER_BYTES, {
      line(bytes, start, end, position, whole) {
        if (position === 0 && whole) line = bytes.toString('latin1', start, end);
      },
      chunk: () => undefined,
    });
    return decodeHeader(line);
  } finally {
    await handle.close();
  }
}

/** Ending of a segment's repaired form, until it takes the segment's name. */
const REPAIRED = /\.repaired$/;

function repairedPath(folder: string, number: number): string {
  return `${segmentPath(folder, number)}.repaired`;
}

/**
 * Gives a segment's name to its repaired form, if it has one, and keeps the original under
 * another name. In order, each step durable before the next: the repaired form under a name of
 * its own; the original's new name; the repaired form's final name. A crash before the second
 * step changes nothing, and one after it is finished by {@link finishSetAside}.
 */
async function setAside(
  { files, folder, now }: Pick<RecoveryDeps, 'files' | 'folder' | 'now'>,
  number: number,
  repaired?: { source: FileHandle; header: Uint8Array; good: Ranges },
): Promise<string> {
  const file = segmentPath(folder, number);
  const aside = await freeName(files, `${file}.damaged-${new Date(now()).toISOString().replaceAll(':', '-')}`);
  if (repaired) {
    const { source, header, good } = repaired;
    await (await rewriteSegment(files, source, header, good, repairedPath(folder, number))).commit();
  }
  await files.rename(file, aside);
  await files.syncFolder(folder);
  if (repaired) {
    await files.rename(repairedPath(folder, number), file);
    await files.syncFolder(folder);
  }
  return aside;
}

async function freeName(files: FilePort, name: string): Promise<string> {
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? name : `${name}-${count}`;
    if (!(await files.stat(candidate))) return candidate;
  }
}

/** Ends what a crash interrupted in {@link setAside}. */
async function finishSetAside(files: FilePort, folder: string): Promise<void> {
  for (const name of await files.list(folder)) {
    const number = REPAIRED.test(name) ? segmentNumber(name.replace(REPAIRED, '')) : undefined;
    if (number === undefined) continue;
    if (await files.stat(segmentPath(folder, number))) await files.unlink(repairedPath(folder, number));
    else await files.rename(repairedPath(folder, number), segmentPath(folder, number));
    await files.syncFolder(folder);
  }
}
