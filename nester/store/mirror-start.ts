import type { MirrorStart } from './data-mirror.ts';
import type { KnownBody } from './line-match.ts';
import type { LogEvent, LogRecord } from './log.ts';
import type { ReportIndex } from './report-index.ts';
import { identityKey } from './stored-report.ts';

/** Gathers, while the log is replayed, what it says of data.json. */
export interface MirrorStartReader {
  /** One record, in order; `apply` brings the index up to it. */
  replayed(record: LogRecord, apply: () => void): void;
  /** `damaged`: the log lost records. */
  result(damaged: boolean): MirrorStart;
}

export function createMirrorStart(index: ReportIndex): MirrorStartReader {
  let known: KnownBody | undefined;
  let undisturbed = true;
  const leftovers = new Set<string>();

  /** Identities that an event takes away. */
  function* doomed(event: Extract<LogEvent, { type: 'forget' | 'drop' }>): Generator<string> {
    for (const seq of event.type === 'forget' ? index.ofNode(event.node) : dropped(event.ranges)) {
      const { node, timestampMs } = index.row(seq);
      yield identityKey(node, timestampMs);
    }
  }

  function* dropped(ranges: readonly [number, number][]): Generator<number> {
    for (const [first, last] of ranges) for (const batch of index.bySeq(first - 1, last)) yield* batch;
  }

  return {
    replayed({ event }, apply) {
      if (event.type === 'mirrored') {
        known = event;
        undisturbed = true;
        leftovers.clear();
      } else if (event.type === 'forget' || event.type === 'drop') {
        for (const key of doomed(event)) leftovers.add(key);
      }
      const before = index.count();
      apply();
      // A report that adds nothing took another one's place.
      if (event.type !== 'mirrored' && index.count() <= before) undisturbed = false;
    },
    result: (damaged) => ({ known, undisturbed: undisturbed && !damaged, leftovers }),
  };
}
