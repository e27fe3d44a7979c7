import { setImmediate as breathe } from 'node:timers/promises';
import type { ArrayFile } from '../store/array-file.ts';
import type { AccountedReport, Companion, ReportStore, WalkedReport } from '../store/report-store.ts';
import { createArchive } from './archive.ts';
import { COUNTED, LATE, LEAVING } from './block.ts';
import { allEntries, entriesBetween, entryOf } from './day-index.ts';
import { dayOf } from './day-values.ts';
import { settleEdits } from './edits.ts';
import { createColumnMemory } from './column-memory.ts';
import { createLayouts } from './layout.ts';
import { createColumnWork, flagsAt, hasReport, markReport, removeReport, rowsBetween, sweepReports } from './node-columns.ts';
import { type Answer, createQuestions, type Question, type SeriesSpan } from './questions.ts';
import { countedRows, createRecords, dropLine, force, type NodeRecord } from './records.ts';
import { createRolling, HOURLY_DAYS, type RolledDay } from './rolling.ts';
import type { SeriesName } from './series.ts';
import { DAY_MS, type Grid, HOUR_MS } from './step-ladder.ts';

/**
 * The charted values of all reports that ever came and were not taken away again: of those kept,
 * in columns in memory; of days gone by, hour by hour in history.json.
 *
 * Each report counts once, whenever it came and whatever ended Nester in between: a line says up
 * to which place in the log reports are counted in it, and what came later is added from the
 * columns. Reports are retired only when lines on disk count them.
 *
 * The store is not asked to wait at the start: what it keeps is read in the background, while
 * new reports come in directly. A question that comes earlier waits for its own node alone.
 */
export interface History {
  companion: Companion;
  /** Begins to read what is kept. For when the store is open. */
  start(): void;
  /** Resolves when all that was kept is known. */
  filled(): Promise<void>;
  values(question: Question): Promise<Answer>;
  /** The series that have values. */
  series(node: string): Promise<SeriesSpan[]>;
  /** Averages of a series for several nodes, of reports kept. */
  averages(series: SeriesName, nodes: readonly string[], grid: Grid): Promise<Map<string, (number | null)[]>>;
  /** Writes the lines of days that are over and have reports that are in no line. By itself now and then. */
  roll(): Promise<void>;
  /** Ends what is under way. */
  close(): Promise<void>;
}

export interface HistoryDeps {
  store: Pick<ReportStore, 'walk' | 'position'>;
  file: ArrayFile;
  /** Epoch ms. */
  now: () => number;
  monotonicMs: () => number;
  say: (level: 'warn' | 'error', message: string) => void;
  /** Calls back every so many ms until the returned function is called. */
  every: (ms: number, task: () => void) => () => void;
}

const ROLL_EVERY_MS = 10 * 60_000;
/** Nodes whose days are looked through in one go. */
const LOOKED_AT_ONCE = 256;
/** A day's line is written so long after its end: most of what comes late has come by then. */
const AFTER_DAY_MS = HOUR_MS;
/** Kept at the site: received so long after it was measured that it cannot just have been slow. */
const LEAST_LATE_MS = 60_000;

export function createHistory({ store, file, now, monotonicMs, say, every }: HistoryDeps): History {
  const records = createRecords();
  const work = createColumnWork(createLayouts(), createColumnMemory());
  const archive = createArchive({ file, records, position: () => store.position(), say });
  let seen = 0;
  const rolling = createRolling({ archive, now, seen: () => seen, settled: settleWhenAllowed });
  const questions = createQuestions({ archive, monotonicMs });
  /** Nodes whose reports are being read before it is their turn. */
  const early = new Map<string, Promise<void>>();
  let loaded: Promise<void> | undefined;
  let isFilled = false;
  let isClosed = false;
  /** Between `leaving` and `left`: the lines just written are all that is left of what goes. */
  let isRetiring = false;
  let stopRolling: () => void = () => undefined;
  /** What was retired last is leaving the columns. */
  let sweeping: Promise<void> = Promise.resolve();

  let begin: () => void = () => undefined;
  /** Settled only after `start` or `close`. */
  const all = new Promise<void>((resolve) => (begin = resolve)).then(fill);
  all.catch(() => undefined);

  // A function, so that the compiler does not think this settled across an await.
  function isOver(): boolean {
    return isClosed;
  }

  function settleWhenAllowed(record: NodeRecord): void {
    if (record.isFilled && !isRetiring) settleEdits(record);
  }

  /** The record of a node of which something comes just now. */
  function liveRecord(node: string): NodeRecord {
    const record = records.of(node);
    // Of a node that came later there is nothing to be read.
    if (isFilled) record.isFilled = true;
    return record;
  }

  function walked(reports: readonly WalkedReport[]): void {
    if (isClosed) throw new Error('the history is closed');
    for (const { seq, timestampMs, carried, report } of reports) {
      seen = Math.max(seen, seq);
      const record = records.of(report.node);
      // It may have come by a walk of its node alone, or changed since.
      if (record.isFilled || hasReport(record.columns, timestampMs)) continue;
      const entry = entryOf(record.lines, dayOf(timestampMs));
      // What was carried forward was counted before. Of another log's lines, see `fillDone`.
      const isCounted = entry !== undefined && (entry.kind.isOld || carried || seq <= entry.through);
      work.add(record.columns, timestampMs, flagsOf(timestampMs, report) | (isCounted ? COUNTED : 0), report);
    }
  }

  function fillDone(record: NodeRecord): void {
    if (record.isFilled) return;
    record.isFilled = true;
    // Lines of another log: their numbers say nothing. As many reports as are counted are most
    // likely the same ones; where there are fewer, some were retired, and all are counted.
    for (const { day, reports, kind } of allEntries(record.lines)) {
      if (!kind.isOld) continue;
      const kept = countedRows(record, day);
      if (kept === 0) continue;
      if (kept >= reports) dropLine(record, day);
      else force(record, day);
    }
    settleWhenAllowed(record);
  }

  async function load(): Promise<void> {
    try {
      await archive.load();
    } catch (error) {
      say('error', `history.json cannot be read: ${reasonOf(error)}. Charts show only what is kept in full, and no report is retired. Mend it, and start Nester anew.`);
    }
  }

  async function fill(): Promise<void> {
    if (isClosed) throw new Error('the history is closed');
    seen = Math.max(seen, store.position().seq);
    loaded = load();
    await loaded;
    try {
      await store.walk(walked);
    } catch (error) {
      if (!isOver()) say('error', `reports could not be read for charts: ${reasonOf(error)}`);
      throw error;
    }
    let done = 0;
    for (const record of records.all()) {
      fillDone(record);
      if (++done % LOOKED_AT_ONCE === 0) await breathe();
    }
    mustBeOpen();
    isFilled = true;
    early.clear();
    stopRolling = every(ROLL_EVERY_MS, () => void rollNow());
    void rollNow();
  }

  async function readEarly(node: string): Promise<void> {
    await loaded;
    await store.walk(walked, node);
    fillDone(records.of(node));
  }

  async function recordOf(node: string): Promise<NodeRecord> {
    if (!isFilled) {
      let reading = early.get(node);
      if (!reading) early.set(node, (reading = readEarly(node)));
      await reading;
    }
    return records.of(node);
  }

  /** Days of which something is to be written. */
  function* dueDays(record: NodeRecord, beforeMs: number): Generator<number> {
    const days = new Set(record.forced);
    for (const { block, from, to } of rowsBetween(record.columns, -Infinity, beforeMs)) {
      for (let row = from; row < to; row++) if (((block.flags[row] ?? 0) & COUNTED) === 0) days.add(dayOf(block.time[row] ?? 0));
    }
    for (const { day, kind } of entriesBetween(record.lines, -Infinity, dayOf(now()) - HOURLY_DAYS)) if (!kind.isWhole) days.add(day);
    yield* days;
  }

  /** `undefined` now and then: everything else has its turn. */
  function* allDue(): Generator<RolledDay | undefined> {
    const beforeMs = dayOf(now() - AFTER_DAY_MS) * DAY_MS;
    let looked = 0;
    for (const record of records.all()) {
      if (++looked % LOOKED_AT_ONCE === 0) yield undefined;
      for (const day of dueDays(record, beforeMs)) {
        if (isClosed) return;
        yield { record, day };
      }
    }
  }

  async function roll(): Promise<void> {
    await all;
    await rolling.roll(allDue());
    await archive.tidy();
  }

  async function rollNow(): Promise<void> {
    await roll().catch((error: unknown) => say('error', `history.json cannot be written: ${reasonOf(error)}`));
  }

  function mustBeOpen(): void {
    if (isClosed) throw new Error('the history is closed');
  }

  type Batches = Iterable<readonly { node: string; timestampMs: number }[]>;

  async function leaving(batches: Batches): Promise<void> {
    await all;
    await sweeping;
    mustBeOpen();
    isRetiring = true;
    await countIn(batches, LEAVING);
  }

  async function carrying(batches: Batches): Promise<void> {
    await all;
    mustBeOpen();
    await countIn(batches, 0);
  }

  /** Writes the lines of those that are in none yet, and marks all of them. */
  async function countIn(batches: Batches, mark: number): Promise<void> {
    const due = new Map<NodeRecord, Set<number>>();
    for (const batch of batches) {
      for (const { node, timestampMs } of batch) {
        const record = records.get(node);
        const flags = record && flagsAt(record.columns, timestampMs);
        if (!record || flags === undefined) continue;
        markReport(record.columns, timestampMs, mark);
        if ((flags & COUNTED) !== 0) continue;
        const days = due.get(record) ?? new Set();
        due.set(record, days.add(dayOf(timestampMs)));
      }
      await breathe();
    }
    mustBeOpen();
    function* days(): Generator<RolledDay> {
      for (const [record, numbers] of due) for (const day of numbers) yield { record, day };
    }
    await rolling.roll(days());
  }

  /** Takes what was retired out of the columns, and sees to the edits that had to wait. */
  async function sweep(areGone: boolean): Promise<void> {
    for (const record of records.all()) {
      if (areGone && sweepReports(record.columns, LEAVING)) record.version++;
      settleWhenAllowed(record);
      await breathe();
    }
  }

  const companion: Companion = {
    stored(reports) {
      for (const { seq, timestampMs, report } of reports) {
        seen = Math.max(seen, seq);
        const record = liveRecord(report.node);
        work.add(record.columns, timestampMs, flagsOf(timestampMs, report), report);
        if (record.edits !== undefined) settleWhenAllowed(record);
      }
    },
    taken(reports) {
      for (const taken of reports) {
        seen = Math.max(seen, taken.by);
        const record = liveRecord(taken.node);
        removeReport(record.columns, taken.timestampMs);
        record.edits ??= [];
        record.edits.push(taken);
        // Not before what takes its place is there.
        if (!taken.isReplaced) settleWhenAllowed(record);
      }
    },
    forgotten(node, seq) {
      seen = Math.max(seen, seq);
      archive.forget(node, seq);
      records.remove(node);
    },
    async erased() {
      await loaded;
      // A line of the node may be on its way.
      await rolling.roll([]);
      if (archive.hasForgotten()) await archive.rewrite();
    },
    async leaving(batches) {
      try {
        await leaving(batches);
      } catch (error) {
        companion.left(false);
        throw error;
      }
    },
    carrying,
    left(areGone) {
      isRetiring = false;
      sweeping = sweep(areGone);
    },
  };

  return {
    companion,
    start: () => begin(),
    filled: () => all,
    async values({ node, ...question }) {
      return questions.values(await recordOf(node), question);
    },
    async series(node) {
      return questions.series(await recordOf(node));
    },
    async averages(series, nodes, grid) {
      const found = new Map<string, (number | null)[]>();
      for (const node of nodes) found.set(node, questions.averages(await recordOf(node), series, grid));
      return found;
    },
    roll,
    async close() {
      isClosed = true;
      stopRolling();
      begin();
      await all.catch(() => undefined);
      await rolling.roll([]).catch(() => undefined);
      await archive.close();
    },
  };
}

/** `LATE` or nothing. */
function flagsOf(timestampMs: number, { receivedAt, interval = 0 }: AccountedReport['report']): number {
  return receivedAt - timestampMs > Math.max(LEAST_LATE_MS, 2_000 * interval) ? LATE : 0;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
