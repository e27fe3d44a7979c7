import type { LogRecord } from './log.ts';
import type { ReportIndex } from './report-index.ts';
import type { TakenReport } from './report-store.ts';

/** What a record of the log did to the index. */
export interface IndexChange {
  /** Reports were taken away or replaced: answers given before may be wrong now. */
  removed: boolean;
  /** Nodes whose newest report was taken away or replaced. */
  touched: string[];
  /** Reports that an operator took away or replaced. */
  taken: TakenReport[];
}

const NOTHING: IndexChange = { removed: false, touched: [], taken: [] };

/** Brings the index up to a record: the same at start, from the log, as when it is stored. */
export function applyToIndex(index: ReportIndex, { seq, event, crc, place }: LogRecord): IndexChange {
  switch (event.type) {
    case 'report':
    case 'keep': {
      const { node, timestampMs, receivedAtMs } = event;
      const twin = index.add({ seq, node, timestampMs, receivedAtMs, crc, place, carried: event.type === 'keep' });
      // A report carried forward is the same report; any other with a twin has changed one.
      if (event.type === 'keep' || twin === 0) return NOTHING;
      const taken = [{ node, timestampMs, seq: twin, by: seq, isReplaced: true }];
      return { removed: true, touched: index.newestOf(node) === seq ? [node] : [], taken };
    }
    case 'forget':
      return { removed: true, touched: index.removeNode(event.node, seq) > 0 ? [event.node] : [], taken: [] };
    case 'drop':
      return { removed: true, ...drop(index, event.ranges, event.edit ? seq : undefined) };
    case 'mirrored':
      return NOTHING;
  }
}

/** `by`: sequence number of the operator's edit, if it is one. */
function drop(index: ReportIndex, ranges: readonly [number, number][], by: number | undefined): Omit<IndexChange, 'removed'> {
  const touched = new Set<string>();
  const taken: TakenReport[] = [];
  for (const [first, last] of ranges) {
    for (const batch of index.bySeq(first - 1, last)) {
      for (const seq of batch) {
        const { node, timestampMs } = index.row(seq);
        if (index.newestOf(node) === seq) touched.add(node);
        if (by !== undefined) taken.push({ node, timestampMs, seq, by, isReplaced: false });
        index.remove(seq);
      }
    }
  }
  return { touched: [...touched], taken };
}
