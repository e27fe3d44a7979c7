import type { LogRecord } from './log.ts';
import type { ReportIndex } from './report-index.ts';

/** What a record of the log did to the index. */
export interface IndexChange {
  /** Reports were taken away or replaced: answers given before may be wrong now. */
  removed: boolean;
  /** Nodes whose newest report was taken away or replaced. */
  touched: string[];
}

const NOTHING: IndexChange = { removed: false, touched: [] };

/** Brings the index up to a record: the same at start, from the log, as when it is stored. */
export function applyToIndex(index: ReportIndex, { seq, event, crc, place }: LogRecord): IndexChange {
  switch (event.type) {
    case 'report':
    case 'keep': {
      const { node, timestampMs, receivedAtMs } = event;
      const before = index.count();
      index.add({ seq, node, timestampMs, receivedAtMs, crc, place, carried: event.type === 'keep' });
      // A report carried forward is the same report; any other that adds none has changed one.
      if (event.type === 'keep' || index.count() > before) return NOTHING;
      return { removed: true, touched: index.newestOf(node) === seq ? [node] : [] };
    }
    case 'forget':
      return { removed: true, touched: index.removeNode(event.node, seq) > 0 ? [event.node] : [] };
    case 'drop':
      return { removed: true, touched: drop(index, event.ranges) };
    case 'mirrored':
      return NOTHING;
  }
}

function drop(index: ReportIndex, ranges: readonly [number, number][]): string[] {
  const touched = new Set<string>();
  for (const [first, last] of ranges) {
    for (const batch of index.bySeq(first - 1, last)) {
      for (const seq of batch) {
        const { node } = index.row(seq);
        if (index.newestOf(node) === seq) touched.add(node);
        index.remove(seq);
      }
    }
  }
  return [...touched];
}
