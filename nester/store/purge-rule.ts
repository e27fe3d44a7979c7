import type { LogRecord } from './log.ts';

/**
 * Which records a purge keeps. Reports, as long as they are not dead. The others go, too, once
 * they are of no more use: a `forget` when no earlier report of its node is left, a `drop` when
 * no report it names is left, a `mirrored` when a newer one is there.
 */
export interface PurgeRule {
  /** To be asked of every record of the log, in order: what a `forget` holds down lies before it. */
  isOfUse(record: LogRecord): boolean;
}

/** `mirroredSeq`: sequence number of the newest `mirrored` record of the log. */
export function createPurgeRule(isDead: (seq: number) => boolean, mirroredSeq: number): PurgeRule {
  /** Nodes with a report left in what was looked through so far. */
  const nodes = new Set<string>();
  /**
   * Numbers of the reports left so far, as runs, ascending: first, last, first, last. A million
   * dropped reports need not be asked about one by one.
   */
  const left: number[] = [];

  function leave(seq: number): void {
    if (left.at(-1) === seq - 1) left[left.length - 1] = seq;
    else left.push(seq, seq);
  }

  /** Whether a report from `first` to `last` is left. */
  function isLeft(first: number, last: number): boolean {
    // The first run that does not end before it.
    let low = 0;
    let high = left.length / 2;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((left[2 * middle + 1] ?? 0) < first) low = middle + 1;
      else high = middle;
    }
    return (left[2 * low] ?? Infinity) <= last;
  }
  return {
    isOfUse({ seq, event }) {
      switch (event.type) {
        case 'report':
        case 'keep':
          if (isDead(seq)) return false;
          nodes.add(event.node);
          leave(seq);
          return true;
        case 'forget':
          return nodes.has(event.node);
        case 'drop':
          return event.ranges.some(([first, last]) => isLeft(first, last));
        case 'mirrored':
          return seq === mirroredSeq;
      }
    },
  };
}

/** Whether `test` holds for any number from `first` to `last`. */
export function someSeq(first: number, last: number, test: (seq: number) => boolean): boolean {
  for (let seq = first; seq <= last; seq++) if (test(seq)) return true;
  return false;
}
