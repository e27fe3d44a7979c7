/**
 * Remembers the rank of each text among all it has seen: comparing names the natural way
 * (`site 9` before `site 10`) is a thousand times slower than comparing numbers, and names
 * hardly ever change.
 */
export interface NameRanks {
  /** Takes in texts it may not know yet, of which there are about so many. Ranks asked for before may be others after. */
  learn(texts: Iterable<string>, count: number): void;
  /** The place of a text that was learnt; -1 for any other. */
  rank(text: string): number;
}

/** So many new ones are put in their places one by one; for more, all are sorted anew. */
const FEW = 64;

export function createNameRanks(compare: (a: string, b: string) => number): NameRanks {
  let sorted: string[] = [];
  let ranks = new Map<string, number>();

  function insert(text: string): void {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(sorted[middle] ?? '', text) <= 0) low = middle + 1;
      else high = middle;
    }
    sorted.splice(low, 0, text);
  }

  return {
    learn(texts, count) {
      // What came and went for long enough is forgotten.
      if (sorted.length > 2 * count + 1_000) {
        sorted = [];
        ranks = new Map();
      }
      const news = new Set<string>();
      for (const text of texts) if (!ranks.has(text)) news.add(text);
      if (news.size === 0) return;
      if (news.size > FEW) sorted = [...sorted, ...news].sort(compare);
      else news.forEach(insert);
      ranks = new Map(sorted.map((text, index) => [text, index]));
    },
    rank: (text) => ranks.get(text) ?? -1,
  };
}
