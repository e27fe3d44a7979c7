import { writeShort } from '../../protocol/digits.ts';
import { withRoom } from '../room.ts';

/**
 * Lines on their way to data.json, put together as they will stand there, the end of the array behind
 * them: in bytes, and in memory that is used again, because as text all of it would be copied once more
 * for each write.
 */
export interface DataLines {
  /** Copies a report's JSON. */
  add(seq: number, json: Uint8Array): void;
  /** A report that the file has already, further up. */
  addNothing(seq: number): void;
  /** There is no line. */
  isEmpty(): boolean;
  /** Of the first and the last report; `undefined` where there is none. */
  firstSeq(): number | undefined;
  lastSeq(): number | undefined;
  /** Takes out the lines of all reports but those for which `isKept` holds. */
  only(isKept: (seq: number) => boolean): void;
  /** `isFirst`: nothing stands before them. A view: of no more use after `clear`. */
  bytes(isFirst: boolean): Buffer;
  clear(): void;
}

/** An empty array is "[\n]\n", any other "[\n{...},\n{...}\n]\n". */
export const OPENING = '[';
export const CLOSING = '\n]\n';
export const FIRST = '\n';
export const SEPARATOR = ',\n';

/** A buffer that grew beyond this is given back after use. */
const KEPT_BYTES = 1024 * 1024;

export function createDataLines(): DataLines {
  let buffer = Buffer.alloc(0);
  let used = 0;
  /** Of each report, and where its line ends, with its separator before it: the same as the one before, where there is none. */
  let seqs: number[] = [];
  let ends: number[] = [];

  return {
    add(seq, json) {
      buffer = withRoom(buffer, used, SEPARATOR.length + json.length + CLOSING.length);
      used = writeShort(buffer, used, SEPARATOR);
      buffer.set(json, used);
      used += json.length;
      seqs.push(seq);
      ends.push(used);
    },
    addNothing(seq) {
      seqs.push(seq);
      ends.push(used);
    },
    isEmpty: () => used === 0,
    firstSeq: () => seqs[0],
    lastSeq: () => seqs.at(-1),
    only(isKept) {
      if (seqs.every(isKept)) return;
      let from = 0;
      let kept = 0;
      ends = ends.map((end, at) => {
        if (isKept(seqs[at] ?? 0)) {
          buffer.copyWithin(kept, from, end);
          kept += end - from;
        }
        from = end;
        return kept;
      });
      used = kept;
    },
    bytes(isFirst) {
      buffer = withRoom(buffer, used, CLOSING.length);
      return buffer.subarray(isFirst ? SEPARATOR.length - FIRST.length : 0, writeShort(buffer, used, CLOSING));
    },
    clear() {
      if (buffer.length > KEPT_BYTES) buffer = Buffer.alloc(0);
      used = 0;
      seqs = [];
      ends = [];
    },
  };
}
