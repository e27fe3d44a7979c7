import { setImmediate as breathe } from 'node:timers/promises';
import type { LineHold } from '../store/array-file.ts';
import type { NodeRecord } from './records.ts';

/**
 * history.json was written anew, and its lines stand elsewhere. There may be millions of them: told
 * all at once, nobody else would be heard for seconds. So one node after the other learns where its
 * lines are now, and who asks for those of a node meanwhile gets them from the old file, until that
 * node was told.
 */
export interface LineMoves {
  /** The new file is in place. Before `finish` has resolved there is no other `begin`. */
  begin(moved: MovedLines): void;
  /** Resolves when every node was told. */
  finish(): Promise<void>;
  /** Tells a node now: something is about to change in its lines. */
  settle(record: NodeRecord): void;
  /** Holds the old file if the lines of a node still stand there; `undefined`: they are in the new one. */
  hold(record: NodeRecord): LineHold | undefined;
}

export interface MovedLines {
  /** The numbers of each node's lines: ranges, [from, to), one behind the other. Taken over. */
  numbers: Map<NodeRecord, number[]>;
  /** Of the old file; kept by whoever gave it until `finish` has resolved. */
  oldFile: LineHold;
  /** Says where a line is now. */
  move: (record: NodeRecord, number: number) => void;
}

/** Lines told before everything else gets its turn. */
const AT_ONCE = 128;

export function createLineMoves(): LineMoves {
  let current: MovedLines | undefined;

  /** Returns how many lines it has. */
  function settle(record: NodeRecord): number {
    const ranges = current?.numbers.get(record);
    if (!current || !ranges) return 0;
    current.numbers.delete(record);
    let count = 0;
    for (let at = 0; at < ranges.length; at += 2) {
      const to = ranges[at + 1] ?? 0;
      for (let number = ranges[at] ?? 0; number < to; number++, count++) current.move(record, number);
    }
    return count;
  }

  return {
    begin(moved) {
      current = moved;
    },
    async finish() {
      let told = 0;
      for (const record of current?.numbers.keys() ?? []) {
        told += settle(record);
        if (told < AT_ONCE) continue;
        told = 0;
        await breathe();
      }
      current = undefined;
    },
    settle: (record) => void settle(record),
    hold: (record) => (current?.numbers.has(record) ? current.oldFile.share() : undefined),
  };
}
