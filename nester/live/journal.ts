import { isAtOrBefore, type Position } from './cursor.ts';
import type { Segment } from './segment.ts';

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

export function createJournal({ keptItems, keptBytes }: { keptItems: number; keptBytes: number }): Journal {
  let segments: Segment[] = [];
  /** Segments before this index are forgotten: cutting them off one by one would copy the rest each time. */
  let head = 0;
  let items = 0;
  let bytes = 0;
  let newest: string | undefined;

  function forgetOldest(): void {
    const oldest = segments[head++];
    items -= oldest?.texts.length ?? 0;
    bytes -= oldest?.size ?? 0;
    if (head <= segments.length / 2) return;
    segments = segments.slice(head);
    head = 0;
  }

  return {
    add(segment) {
      segments.push(segment);
      items += segment.texts.length;
      // Strings of ASCII cost a byte per character; others twice as much at most.
      bytes += segment.size;
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
