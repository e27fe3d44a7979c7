import { isAtOrBefore, type Position } from './cursor.ts';
import { type Segment, sizeOf } from './segment.ts';
import type { TextShelf } from './text-shelf.ts';

/** What was published last, for viewers that were away for a moment. Bounded in items and bytes. */
export interface Journal {
  /** Takes the segment over, and has its text released once it is forgotten. */
  add(segment: Segment): void;
  /**
   * Everything published after the position: the reports behind it and each `nodes` and
   * `removed` since, some of which the viewer may have seen; saying them again in order ends in
   * the same. To be read at once: it may be forgotten with the next. `undefined` when that is not
   * known any more, or was before this process.
   */
  after(position: Position): Segment[] | undefined;
  /** Cursor of the newest reports. */
  newest(): string | undefined;
}

export function createJournal({ keptItems, keptBytes }: { keptItems: number; keptBytes: number }, shelf: Pick<TextShelf, 'release'>): Journal {
  let segments: Segment[] = [];
  /** Segments before this index are forgotten: cutting them off one by one would copy the rest each time. */
  let head = 0;
  let items = 0;
  let bytes = 0;
  let newest: string | undefined;

  function forgetOldest(): void {
    const oldest = segments[head++];
    if (oldest === undefined) return;
    shelf.release(oldest.text);
    items -= oldest.items;
    bytes -= sizeOf(oldest);
    if (head <= segments.length / 2) return;
    segments = segments.slice(head);
    head = 0;
  }

  return {
    add(segment) {
      segments.push(segment);
      items += segment.items;
      bytes += sizeOf(segment);
      if (segment.type === 'reports') newest = segment.cursor;
      while ((items > keptItems || bytes > keptBytes) && head < segments.length) forgetOldest();
    },
    after(position) {
      for (let at = segments.length - 1; at >= head; at--) {
        const segment = segments[at];
        if (segment?.type === 'reports' && isAtOrBefore(segment.cursor, position)) return segments.slice(at + 1);
      }
      return undefined;
    },
    newest: () => newest,
  };
}
