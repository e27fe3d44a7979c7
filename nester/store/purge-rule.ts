import type { LogRecord } from './log.ts';

/**
 * Which records a purge keeps. Reports, as long as they are not dead. The others go, too, once
 * they are of no more use: a `forget` when no earlier report of its node is left, a `drop` when
 * no report it names is alive, a `mirrored` when a newer one is there.
 */
export interface PurgeRule {
  /** To be asked of every record of the log, in order: what a `forget` holds down lies before it. */
  isOfUse(record: LogRecord): boolean;
}

/** `mirroredSeq`: sequence number of the newest `mirrored` record of the log. */
export function createPurgeRule(isDead: (seq: number) => boolean, mirroredSeq: number): PurgeRule {
  /** Nodes with a report left in what was looked through so far. */
  const nodes = new Set<string>();
  return {
    isOfUse({ seq, event }) {
      switch (event.type) {
        case 'report':
        case 'keep':
          if (isDead(seq)) return false;
          nodes.add(event.node);
          return true;
        case 'forget':
          return nodes.has(event.node);
        case 'drop':
          return event.ranges.some(([first, last]) => someSeq(first, last, (dropped) => !isDead(dropped)));
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
