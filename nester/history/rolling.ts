import { setImmediate as breathe } from 'node:timers/promises';
import type { Archive, ArchivedDay } from './archive.ts';
import { COUNTED, LATE, ROLLING, valueAt } from './block.ts';
import { entryOf } from './day-index.ts';
import { addDay, dayOf, type DayValues, emptyDay, hourOf, slotOf, sumFor } from './day-values.ts';
import { fromNarrow } from './narrow.ts';
import { type BlockRows, rowsBetween } from './node-columns.ts';
import { countedRows, type NodeRecord, setFlags } from './records.ts';
import { DAY_MS } from './step-ladder.ts';
import { addSum, addValue, emptySum, type Sum } from './sum.ts';

/** Writes into history.json what days of nodes come to. */
export interface Rolling {
  /** Writes the lines of these days, one call after the other. Rejects when they cannot be written. */
  roll(days: Iterable<RolledDay | undefined>): Promise<void>;
}

export interface RolledDay {
  record: NodeRecord;
  day: number;
}

export interface RollingDeps {
  archive: Archive;
  /** Epoch ms. */
  now: () => number;
  /** Sequence number of the last report in the columns: all before it are there, too. */
  seen: () => number;
  /** Nothing of this node is being written any more for the moment. */
  settled: (record: NodeRecord) => void;
}

/** Hourly values are kept so long, then those of the whole day. */
export const HOURLY_DAYS = 400;
/** Days gathered for one write: writing a line costs some tenths of a millisecond. */
const AT_ONCE = 16;

export function createRolling({ archive, now, seen, settled }: RollingDeps): Rolling {
  let turn: Promise<unknown> = Promise.resolve();

  async function roll(days: Iterable<RolledDay | undefined>): Promise<void> {
    let batch: ArchivedDay[] = [];
    try {
      for (const due of days) {
        if (due) batch.push({ record: due.record, values: await valuesOf(due.record, due.day) });
        await breathe();
        if (batch.length < AT_ONCE) continue;
        await write(batch);
        batch = [];
      }
      if (batch.length > 0) await write(batch);
    } catch (error) {
      for (const { record, values } of batch) settle(record, values.day, 0);
      throw error;
    }
  }

  async function write(batch: readonly ArchivedDay[]): Promise<void> {
    await archive.append(batch, () => {
      for (const { record, values } of batch) {
        record.forced?.delete(values.day);
        settle(record, values.day, COUNTED);
      }
    });
  }

  /** The line of a day was written (its reports become `COUNTED`), or could not be. */
  function settle(record: NodeRecord, day: number, outcome: number): void {
    setFlags(record, day, ROLLING, outcome, ROLLING);
    record.rolling?.delete(day);
    settled(record);
  }

  /** What a day comes to by now. Its reports that were not counted before are marked `ROLLING`. */
  async function valuesOf(record: NodeRecord, day: number): Promise<DayValues> {
    for (;;) {
      const entry = entryOf(record.lines, day);
      // When all that the line counts is still here, it need not be asked.
      const isNeeded = !record.isGone && entry !== undefined && entry.reports !== countedRows(record, day);
      let before: DayValues | undefined;
      if (isNeeded) for await (const values of archive.read(record, [entry])) before = values;
      // It may have been let go of, or written anew elsewhere.
      if (isNeeded && (!before || entryOf(record.lines, day)?.offset !== entry.offset)) continue;
      const isWhole = (entry?.kind.isWhole ?? false) || day < dayOf(now()) - HOURLY_DAYS;
      const values = emptyDay(record.name, day, isWhole);
      values.through = seen();
      if (before) addDay(values, before);
      addRows(values, record, before ? COUNTED : 0);
      record.rolling ??= new Set();
      record.rolling.add(day);
      return values;
    }
  }

  return {
    roll(days) {
      const done = turn.then(() => roll(days));
      turn = done.catch(() => undefined);
      return done;
    },
  };
}

/** Adds the reports of a day whose flags, masked, are 0, and marks them `ROLLING`. */
function addRows(values: DayValues, { columns }: NodeRecord, mask: number): void {
  for (const rows of rowsBetween(columns, values.day * DAY_MS, (values.day + 1) * DAY_MS)) {
    for (let series = 0; series < rows.block.layout.keys.length; series++) addSeries(values, rows, series, mask);
    const { block, from, to } = rows;
    for (let row = from; row < to; row++) {
      const flags = block.flags[row] ?? 0;
      if ((flags & mask) !== 0) continue;
      block.flags[row] = flags | ROLLING;
      const slot = slotOf(values, hourOf(block.time[row] ?? 0));
      values.reports[slot] = (values.reports[slot] ?? 0) + 1;
    }
  }
}

function addSeries(values: DayValues, { block, from, to }: BlockRows, series: number, mask: number): void {
  const { flags, time, layout } = block;
  const sums: (Sum | undefined)[] = [];
  for (let row = from; row < to; row++) {
    const value = valueAt(block, series, row);
    const flag = flags[row] ?? 0;
    if (Number.isNaN(value) || (flag & mask) !== 0) continue;
    addValue((sums[slotOf(values, hourOf(time[row] ?? 0))] ??= emptySum()), value, (flag & LATE) !== 0);
  }
  for (const [slot, sum] of sums.entries()) {
    // Of one series there are floats in one block, and doubles in another.
    const into = sum && sumFor(values, layout.keys[series] ?? '', slot);
    if (into) addSum(into, layout.wide[series] ? sum : { ...sum, min: fromNarrow(sum.min), max: fromNarrow(sum.max) });
  }
}
