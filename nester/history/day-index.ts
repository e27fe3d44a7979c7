/**
 * Where the lines of one node stand in history.json, by day: 48 bytes a line, in one array,
 * because there may be millions of lines. In order of days.
 */
export interface DayIndex {
  get(day: number): DayEntry | undefined;
  set(entry: DayEntry): void;
  remove(day: number): void;
  /** Entries of the days in [from, to). */
  between(from: number, to: number): Generator<DayEntry>;
  count(): number;
}

export interface DayEntry {
  day: number;
  offset: number;
  length: number;
  /** Sequence number of the last report that may be counted. */
  through: number;
  /** Reports counted. */
  reports: number;
  kind: DayKind;
}

/** `hours` of a day or the `whole`. `old`: its numbers are those of another log. */
export interface DayKind {
  isWhole: boolean;
  isOld: boolean;
}

const FIELDS = 6;
const WHOLE = 1;
const OLD = 2;

export function createDayIndex(): DayIndex {
  let table = new Float64Array(0);
  let count = 0;

  /** Number of the first entry at or after a day. */
  function find(day: number): number {
    // Most ask for, or add, the last.
    if (count > 0 && (table[(count - 1) * FIELDS] ?? 0) < day) return count;
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((table[middle * FIELDS] ?? 0) < day) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function isAt(number: number, day: number): boolean {
    return number < count && table[number * FIELDS] === day;
  }

  function entryAt(number: number): DayEntry {
    const at = number * FIELDS;
    const kind = table[at + 5] ?? 0;
    return {
      day: table[at] ?? 0,
      offset: table[at + 1] ?? 0,
      length: table[at + 2] ?? 0,
      through: table[at + 3] ?? 0,
      reports: table[at + 4] ?? 0,
      kind: { isWhole: (kind & WHOLE) !== 0, isOld: (kind & OLD) !== 0 },
    };
  }

  return {
    get(day) {
      const number = find(day);
      return isAt(number, day) ? entryAt(number) : undefined;
    },
    set({ day, offset, length, through, reports, kind }) {
      const number = find(day);
      if (!isAt(number, day)) {
        if ((count + 1) * FIELDS > table.length) {
          const larger = new Float64Array(Math.ceil((count + 2) * 1.5) * FIELDS);
          larger.set(table);
          table = larger;
        }
        table.copyWithin((number + 1) * FIELDS, number * FIELDS, count * FIELDS);
        count++;
      }
      table.set([day, offset, length, through, reports, (kind.isWhole ? WHOLE : 0) + (kind.isOld ? OLD : 0)], number * FIELDS);
    },
    remove(day) {
      const number = find(day);
      if (!isAt(number, day)) return;
      table.copyWithin(number * FIELDS, (number + 1) * FIELDS, count * FIELDS);
      count--;
    },
    *between(from, to) {
      for (let number = find(from); number < count && (table[number * FIELDS] ?? 0) < to; number++) yield entryAt(number);
    },
    count: () => count,
  };
}
