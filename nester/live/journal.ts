import { isAtOrBefore, type Position } from './cursor.ts';
import type { Segment } from './segment.ts';
import { createTextShelf, type ShelvedText } from './text-shelf.ts';

/** What was published last, for viewers that were away for a moment. Bounded in items and bytes. */
export interface Journal {
  add(segment: Segment): void;
  /**
   * Everything published after the position: the reports behind it and each `nodes` and
   * `removed` since, some of which the viewer may have seen; saying them again in order ends in
   * the same. `undefined` when that is not known any more, or was before this process.
   */
  after(position: Position): Segment[] | undefined;
  /** Cursor of the newest reports. */
  newest(): string | undefined;
}

/** A segment as it is kept: its texts as one, with commas between them. */
interface Kept {
  type: Segment['type'];
  cursor: string;
  items: number;
  size: number;
  text: ShelvedText;
}

export function createJournal({ keptItems, keptBytes }: { keptItems: number; keptBytes: number }): Journal {
  const shelf = createTextShelf();
  let segments: Kept[] = [];
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
    bytes -= oldest.size;
    if (head <= segments.length / 2) return;
    segments = segments.slice(head);
    head = 0;
  }

  function read({ type, cursor, size, text }: Kept): Segment {
    const texts = [shelf.read(text)];
    return type === 'reports' ? { type, texts, size, cursor } : { type, texts, size };
  }

  return {
    add(segment) {
      const { type, texts } = segment;
      const cursor = type === 'reports' ? segment.cursor : '';
      const text = shelf.put(texts);
      const kept: Kept = { type, cursor, items: texts.length, size: text.end - text.start, text };
      segments.push(kept);
      items += kept.items;
      bytes += kept.size;
      if (type === 'reports') newest = cursor;
      while ((items > keptItems || bytes > keptBytes) && head < segments.length) forgetOldest();
    },
    after(position) {
      for (let at = segments.length - 1; at >= head; at--) {
        const segment = segments[at];
        if (segment?.type === 'reports' && isAtOrBefore(segment.cursor, position)) return segments.slice(at + 1).map(read);
      }
      return undefined;
    },
    newest: () => newest,
  };
}
