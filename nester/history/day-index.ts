/**
 * Where the lines of one node stand in history.json, in order of days: 48 bytes a line, in one
 * array, because there may be millions of lines.
 */
export interface DayIndex {
  table: Float64Array;
  count: number;
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

const NONE = new Float64Array(0);

export function createDayIndex(): DayIndex {
  return { table: NONE, count: 0 };
}

export function entryOf(index: DayIndex, day: number): DayEntry | undefined {
  const number = find(index, day);
  return isAt(index, number, day) ? entryAt(index, number) : undefined;
}

export function setEntry(index: DayIndex, { day, offset, length, through, reports, kind }: DayEntry): void {
  const number = find(index, day);
  if (!isAt(index, number, day)) {
    if ((index.count + 1) * FIELDS > index.table.length) {
      const larger = new Float64Array(Math.ceil((index.count + 2) * 1.5) * FIELDS);
      larger.set(index.table);
      index.table = larger;
    }
    index.table.copyWithin((number + 1) * FIELDS, number * FIELDS, index.count * FIELDS);
    index.count++;
  }
  index.table.set([day, offset, length, through, reports, (kind.isWhole ? WHOLE : 0) + (kind.isOld ? OLD : 0)], number * FIELDS);
}

/** Says where the line of a day is now, if it was at `from`. Returns whether it was. */
export function moveEntry({ table, count }: DayIndex, day: number, from: number, { offset, length }: Pick<DayEntry, 'offset' | 'length'>): boolean {
  const number = find({ table, count }, day);
  const at = number * FIELDS;
  if (number >= count || table[at] !== day || table[at + 1] !== from) return false;
  table[at + 1] = offset;
  table[at + 2] = length;
  return true;
}

export function removeEntry(index: DayIndex, day: number): void {
  const number = find(index, day);
  if (!isAt(index, number, day)) return;
  index.table.copyWithin(number * FIELDS, (number + 1) * FIELDS, index.count * FIELDS);
  index.count--;
}

/** Entries of the days in [from, to). */
export function* entriesBetween(index: DayIndex, from: number, to: number): Generator<DayEntry> {
  for (let number = find(index, from); number < index.count && (index.table[number * FIELDS] ?? 0) < to; number++) yield entryAt(index, number);
}

export function allEntries(index: DayIndex): DayEntry[] {
  return [...entriesBetween(index, -Infinity, Infinity)];
}

/** Entries whose numbers are those of another log, or all others. Makes nothing of those that it passes over. */
export function* entriesOfKind(index: DayIndex, isOld: boolean): Generator<DayEntry> {
  for (let number = 0; number < index.count; number++) {
    if ((((index.table[number * FIELDS + 5] ?? 0) & OLD) !== 0) === isOld) yield entryAt(index, number);
  }
}

/** Number of the first entry at or after a day. */
function find({ table, count }: DayIndex, day: number): number {
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

function isAt({ table, count }: DayIndex, number: number, day: number): boolean {
  return number < count && table[number * FIELDS] === day;
}

function entryAt({ table }: DayIndex, number: number): DayEntry {
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
