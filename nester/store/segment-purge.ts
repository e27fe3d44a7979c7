import path from 'node:path';
import type { FilePort } from './file-port.ts';
import type { LineDecoder } from './line-decoder.ts';
import { scanLines } from './line-scan.ts';
import { isReport } from './log-line.ts';
import type { Place } from './log.ts';
import { createPurgeRule, someSeq } from './purge-rule.ts';
import type { SegmentHandles } from './segment-handles.ts';
import { encodeHeader, type Segment } from './segment.ts';
import { addRange, type Ranges, rewriteSegment } from './segment-rewrite.ts';

export interface PurgeDeps {
  files: FilePort;
  epoch: string;
  decoder: LineDecoder;
  handles: SegmentHandles;
  /** The segments to look through: sealed ones, ascending. */
  sealed: readonly Segment[];
  /** Sequence number of the newest `mirrored` record of the log. */
  mirroredSeq: number;
  /** The segment holds nothing any more, and its file is gone. */
  onEmpty: (segment: Segment) => void;
}

/** A few ms of work: reports come and go meanwhile. */
const CHUNK_BYTES = 128 * 1024;

/**
 * Rewrites segments without what is dead, oldest first, each durably before the next: so a
 * `forget` or a `drop` is never gone from the disk before the reports it killed are.
 */
export async function purgeSegments(
  deps: PurgeDeps,
  isDead: (seq: number) => boolean,
  moved: (seq: number, place: Place) => void,
): Promise<void> {
  const { files, epoch, decoder, handles, sealed, mirroredSeq, onEmpty } = deps;
  const rule = createPurgeRule(isDead, mirroredSeq);
  // Only with the nodes of all segments can be told what a `forget` still has to hold down.
  const all = sealed.some(({ controls }) => controls > 0);
  for (const segment of sealed) {
    if (all || mayHoldDead(segment, isDead)) await purgeSegment(segment);
  }

  async function purgeSegment(segment: Segment): Promise<void> {
    const header = encodeHeader({ epoch, number: segment.number, nextSeq: segment.firstSeq });
    const pin = handles.pin(segment.number);
    try {
      const source = await pin.handle();
      const kept: Ranges = [];
      /** Sequence number, offset and length of each, one behind the other: there are tens of thousands. */
      const places: number[] = [];
      const rewritten: Segment = { ...segment, size: header.length, firstSeq: 0, lastSeq: 0, controls: 0 };
      let lines = 0;
      let gone = 0;
      await scanLines(source, segment.size, {
        line(bytes, start, end, position) {
          if (lines++ === 0) return;
          const record = decoder.decode(bytes, start, end, segment.number, rewritten.size);
          // A line that went bad while Nester runs is left for the next start to find and report.
          if (!('bad' in record)) {
            if (!rule.isOfUse(record)) {
              gone++;
              return;
            }
            rewritten.firstSeq ||= record.seq;
            rewritten.lastSeq = record.seq;
            if (isReport(record.event)) {
              places.push(record.seq, record.place.offset, record.place.length);
            } else {
              rewritten.controls++;
            }
          }
          addRange(kept, position, position + end + 1 - start);
          rewritten.size += end + 1 - start;
        },
        chunk: () => undefined,
      }, CHUNK_BYTES);
      if (gone === 0) return;
      if (kept.length === 0) {
        await files.unlink(segment.path);
        onEmpty(segment);
        await files.syncFolder(path.dirname(segment.path));
        return;
      }
      const replacement = await rewriteSegment(files, source, header, kept, segment.path);
      await replacement.place();
      // From here to the last `moved` nothing else runs: no read meets new places with old bytes, or the reverse.
      handles.put(segment.number, segment.path);
      Object.assign(segment, rewritten);
      for (let at = 0; at < places.length; at += 3) {
        moved(places[at] ?? 0, { segment: segment.number, offset: places[at + 1] ?? 0, length: places[at + 2] ?? 0 });
      }
      await files.syncFolder(path.dirname(segment.path));
    } finally {
      pin.release();
    }
  }
}

function mayHoldDead({ firstSeq, lastSeq }: Segment, isDead: (seq: number) => boolean): boolean {
  return firstSeq > 0 && someSeq(firstSeq, lastSeq, isDead);
}
