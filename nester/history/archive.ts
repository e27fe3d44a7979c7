import type { FilePlace, ArrayFile, LineHold } from '../store/array-file.ts';
import { createSerial } from '../serial.ts';
import { allEntries, createDayIndex, type DayEntry, entriesOfKind, entryOf, moveEntry, setEntry } from './day-index.ts';
import { type DayValues, decodeDay, decodeHead, encodeDay, reportsOf } from './day-values.ts';
import { createLineMoves } from './line-moves.ts';
import { dropLine, type NodeRecord, type Records } from './records.ts';

/**
 * history.json: a line for each node and day. A later line of the same day takes the place of
 * an earlier one, which is left behind until the file is written anew. Before the lines of a
 * log stands one that names it: `{"log":"9f3a0c1e5b7d2468"}`; the sequence numbers of lines
 * from before it mean nothing any more.
 *
 * In memory is only where each line stands.
 */
export interface Archive {
  /** Reads where the lines are. Rejects when the file cannot be read; then nothing is ever written to it. */
  load(): Promise<void>;
  /** Every line of the node from before `seq` is void, also those not loaded yet. */
  forget(node: string, seq: number): void;
  /** Writes lines; `added` is called once they are on disk and known. */
  append(days: readonly ArchivedDay[], added: () => void): Promise<void>;
  /**
   * Reads lines of a node, all as they are at the time of the call. Of one that is damaged
   * nothing comes, and it is let go of. To be read to its end.
   */
  read(record: NodeRecord, entries: readonly DayEntry[]): AsyncGenerator<DayValues>;
  /** Writes the file anew without what is of no use, if that is much. */
  tidy(): Promise<void>;
  /** Writes it anew in any case. */
  rewrite(): Promise<void>;
  /** Lines that nobody may find any more stand in the file. */
  hasForgotten(): boolean;
  close(): Promise<void>;
}

export interface ArchivedDay {
  record: NodeRecord;
  values: DayValues;
}

export interface ArchiveDeps {
  file: ArrayFile;
  records: Records;
  /** Names the log that sequence numbers are of, and the last of them. Asked by `load`. */
  position: () => { epoch: string; seq: number };
  say: (level: 'warn', message: string) => void;
}

/** A file with less than this to spare is left alone. */
const SPARE_BYTES = 1024 * 1024;
/** Lines read and parsed before everything else gets its turn. */
const AT_ONCE = 64;
const LOG_LINE = Buffer.from('{"log":');

export function createArchive({ file, records, position, say }: ArchiveDeps): Archive {
  const forgotten = new Map<string, number>();
  const moves = createLineMoves();
  let epoch = '';
  /** The log of the last lines in the file. */
  let fileEpoch: string | undefined;
  let liveBytes = 0;
  let hasForgotten = false;
  /** There may be lines whose numbers are those of another log. */
  let hasOld = false;
  const inTurn = createSerial();
  let problem: unknown = new Error('it was not read yet');

  function setLine(record: NodeRecord, entry: DayEntry): void {
    moves.settle(record);
    liveBytes += entry.length - (entryOf(record.lines, entry.day)?.length ?? 0);
    setEntry(record.lines, entry);
  }

  function beginLoad() {
    const { seq: lastSeq } = position();
    for (const record of records.all()) record.lines = createDayIndex();
    fileEpoch = undefined;
    liveBytes = 0;
    hasOld = false;
    return (line: Uint8Array, { offset, length }: FilePlace): void => {
      if (LOG_LINE.equals(line.subarray(0, LOG_LINE.length))) {
        fileEpoch = (JSON.parse(Buffer.from(line).toString()) as { log: string }).log;
        return;
      }
      const head = decodeHead(line);
      if (!head) return;
      const { node, day, reports, isWhole } = head;
      // A log that ends before what a line counts is not the one it was made from.
      const isOld = fileEpoch !== epoch || head.through > lastSeq;
      hasOld ||= isOld;
      const through = isOld ? 0 : head.through;
      if (through < (forgotten.get(node) ?? 0)) hasForgotten = true;
      else setLine(records.of(node), { day, offset, length, through, reports, kind: { isWhole, isOld } });
    };
  }

  /** What was not read must not be written over. */
  function mustBeRead(): void {
    if (problem !== undefined) throw new Error(`history.json could not be read when Nester started: ${reasonOf(problem)}`, { cause: problem });
  }

  async function append(all: readonly ArchivedDay[], added: () => void, isSecond = false): Promise<void> {
    mustBeRead();
    const days = all.filter(({ record }) => !record.isGone);
    const texts = days.map(({ values }) => encodeDay(values));
    const isNewLog = fileEpoch !== epoch;
    const lines = isNewLog ? [logLine(epoch), ...texts] : texts;
    const isAdded = await file.append(lines, (places) => {
      fileEpoch = epoch;
      for (const [n, { record, values }] of days.entries()) {
        const place = places[isNewLog ? n + 1 : n];
        if (!place) continue;
        if (record.isGone) {
          // Forgotten while its line was written, which has to go again.
          hasForgotten = true;
          continue;
        }
        const { day, through, isWhole } = values;
        setLine(record, { day, ...place, through, reports: reportsOf(values), kind: { isWhole, isOld: false } });
      }
      added();
    });
    if (isAdded) return;
    if (isSecond) throw new Error('history.json is changed by somebody else again and again');
    await rewrite();
    await append(days, added, true);
  }

  /** One after the other: the next must know where all lines stand. */
  function rewrite(): Promise<void> {
    return inTurn(rewriteNow);
  }

  async function rewriteNow(): Promise<void> {
    mustBeRead();
    /** Day and offset of each line. */
    const entries: number[] = [];
    const numbers = new Map<NodeRecord, number[]>();

    function* lines(): Generator<string | FilePlace> {
      // Where there are none, ten thousand nodes would be looked through while everybody waits.
      for (const wantsOld of hasOld ? [true, false] : [false]) {
        if (!wantsOld) yield logLine(epoch);
        for (const record of records.all()) {
          const from = entries.length / 2;
          for (const { day, offset, length } of entriesOfKind(record.lines, wantsOld)) {
            entries.push(day, offset);
            yield { offset, length };
          }
          const to = entries.length / 2;
          if (to > from) numbers.set(record, [...(numbers.get(record) ?? []), from, to]);
        }
      }
    }

    const oldFile = file.hold();
    try {
      await file.rewrite(lines, (placeOf) => {
        fileEpoch = epoch;
        hasForgotten = false;
        liveBytes = 0;
        moves.begin({ numbers, oldFile, move: (record, number) => move(record, entries[2 * number] ?? 0, entries[2 * number + 1] ?? 0, placeOf(number)) });
      });
      await moves.finish();
    } finally {
      oldFile.release();
    }
  }

  /** `from`: where the line of the day stood when it was copied. */
  function move(record: NodeRecord, day: number, from: number, place: FilePlace | undefined): void {
    // It may have been let go of while it was copied.
    if (!moveEntry(record.lines, day, from, place ?? { offset: from, length: 0 })) return;
    if (!place) lose(record, day);
    else if (!record.isGone) liveBytes += place.length;
    else hasForgotten = true;
  }

  function lose(record: NodeRecord, day: number): void {
    // Where its lines stand was not told to one that was forgotten.
    if (record.isGone) return;
    say('warn', `history.json: the line of ${JSON.stringify(record.name)} for ${new Date(day * 86_400_000).toISOString().slice(0, 10)} is damaged, and made anew from what is kept`);
    dropLine(record, day);
  }

  async function* readAll(record: NodeRecord, entries: readonly DayEntry[], hold: LineHold): AsyncGenerator<DayValues> {
    try {
      for (let at = 0; at < entries.length; at += AT_ONCE) {
        const some = entries.slice(at, at + AT_ONCE);
        const texts = await hold.read(some);
        for (const [n, { day, offset }] of some.entries()) {
          const text = texts[n];
          const values = text === undefined ? undefined : decodeDay(text);
          if (values) yield values;
          else if (entryOf(record.lines, day)?.offset === offset) lose(record, day);
        }
      }
    } finally {
      hold.release();
    }
  }

  return {
    async load() {
      epoch = position().epoch;
      try {
        await file.open(beginLoad);
        problem = undefined;
      } catch (error) {
        problem = error;
        throw error;
      }
    },
    forget(node, seq) {
      forgotten.set(node, seq);
      const record = records.get(node);
      if (record) {
        moves.settle(record);
        for (const { length } of allEntries(record.lines)) liveBytes -= length;
      }
      hasForgotten ||= file.size() > 0;
    },
    append: (days, added) => append(days, added),
    // Held from this moment on, not from when the first line is asked for.
    read: (record, entries) => readAll(record, entries, moves.hold(record) ?? file.hold()),
    async tidy() {
      const spare = file.size() - liveBytes;
      if (hasForgotten || spare > Math.max(SPARE_BYTES, liveBytes)) await rewrite();
    },
    rewrite,
    hasForgotten: () => hasForgotten,
    close: () => file.close(),
  };
}

function logLine(epoch: string): string {
  return JSON.stringify({ log: epoch });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
