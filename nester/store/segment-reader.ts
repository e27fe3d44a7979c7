import { LogError } from './log-error.ts';
import type { Place } from './log.ts';
import type { Pin, SegmentHandles } from './segment-handles.ts';

/** One read covers at most so many bytes, unless a single place is longer. */
const RUN_BYTES = 1024 * 1024;
const RUNS_AT_ONCE = 32;
/** Places with no more than this between them are read at once: line heads, a dead report or two. */
const GAP_BYTES = 4096;

/** Places that are read at once: indices `first` to, not including, `end`. */
interface Run {
  segment: number;
  first: number;
  end: number;
  from: number;
  to: number;
  /** Each place lies behind the one before it. */
  isAscending: boolean;
}

const NOWHERE: Place = { segment: 0, offset: 0, length: 0 };

/** As `Log.read`. The results are views into what was read. */
export async function readPlaces(handles: SegmentHandles, places: readonly Place[]): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  await readRuns(handles, places, 0, ({ first, end, from }, bytes) => {
    for (const { offset, length } of places.slice(first, end)) found.push(bytes.subarray(offset - from, offset - from + length));
  });
  return found;
}

/**
 * As `Log.readJoined`. Whoever asks for everything gets here a hundred million bytes a second: they
 * are moved together within what was read, without a view for each report.
 */
export async function joinPlaces(handles: SegmentHandles, places: readonly Place[], before: Uint8Array): Promise<Buffer> {
  const parts: Buffer[] = [];
  await readRuns(handles, places, before.length, (run, bytes) => {
    parts.push(closedUp(bytes, places, run, before));
  });
  return parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts);
}

/**
 * In the log, more than `before` stands in front of each report: where they ascend, they are moved
 * towards the front, and nothing is written over before it was moved. Others get room behind.
 */
function closedUp(bytes: Buffer, places: readonly Place[], run: Run, before: Uint8Array): Buffer {
  const room = run.isAscending ? bytes : Buffer.concat([bytes], bytes.length + sizeOf(places, run, before));
  const start = run.isAscending ? 0 : bytes.length;
  let at = start;
  for (let index = run.first; index < run.end; index++) {
    const { offset, length } = places[index] ?? NOWHERE;
    for (let byte = 0; byte < before.length; byte++) room[at++] = before[byte] ?? 0;
    room.copyWithin(at, offset - run.from, offset - run.from + length);
    at += length;
  }
  return room.subarray(start, at);
}

function sizeOf(places: readonly Place[], { first, end }: Run, before: Uint8Array): number {
  let size = before.length * (end - first);
  for (let index = first; index < end; index++) size += places[index]?.length ?? 0;
  return size;
}

/**
 * Reads places, as many at once as lie together, with `margin` bytes in front of each run. All
 * segments are pinned before the first wait, so that none goes away in between.
 */
async function readRuns(handles: SegmentHandles, places: readonly Place[], margin: number, take: (run: Run, bytes: Buffer) => void): Promise<void> {
  const pins = new Map<number, Pin>();
  try {
    for (const { segment } of places) if (!pins.has(segment)) pins.set(segment, handles.pin(segment));
    const read = async (run: Run): Promise<Buffer> => readRun(run, await pins.get(run.segment)?.handle());
    for (let at = 0; at < places.length; ) {
      const runs = runsFrom(places, at, margin);
      // All of them, also when one fails: nothing is let go of while it is being read.
      const outcomes = await Promise.allSettled(runs.map(read));
      for (const [n, run] of runs.entries()) {
        const outcome = outcomes[n];
        if (outcome?.status === 'rejected') throw outcome.reason;
        if (outcome) take(run, outcome.value);
      }
      at = runs.at(-1)?.end ?? places.length;
    }
  } finally {
    for (const pin of pins.values()) pin.release();
  }
}

/** The next runs: several when they are short, as those of one node among thousands are, since each read has to wait. */
function runsFrom(places: readonly Place[], first: number, margin: number): Run[] {
  const runs: Run[] = [];
  let bytes = 0;
  for (let at = first; at < places.length && runs.length < RUNS_AT_ONCE && bytes < RUN_BYTES; ) {
    const run = runFrom(places, at);
    run.from -= margin;
    bytes += run.to - run.from;
    at = run.end;
    runs.push(run);
  }
  return runs;
}

/** Goes on as long as the next place lies close, before or behind: answers run in both directions. */
function runFrom(places: readonly Place[], first: number): Run {
  const run: Run = { segment: 0, first, end: first, from: 0, to: 0, isAscending: true };
  for (; run.end < places.length; run.end++) {
    const place = places[run.end];
    if (!place) break;
    const from = place.offset;
    const to = place.offset + place.length;
    if (run.end === first) {
      run.segment = place.segment;
      run.from = from;
      run.to = to;
      continue;
    }
    const close = from <= run.to + GAP_BYTES && to >= run.from - GAP_BYTES;
    const small = Math.max(run.to, to) - Math.min(run.from, from) <= RUN_BYTES;
    if (place.segment !== run.segment || !close || !small) break;
    if (from < run.to) run.isAscending = false;
    run.from = Math.min(run.from, from);
    run.to = Math.max(run.to, to);
  }
  return run;
}

async function readRun(run: Run, handle: Awaited<ReturnType<Pin['handle']>> | undefined): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(run.to - run.from);
  let done = 0;
  while (done < bytes.length) {
    const came = (await handle?.read(bytes, done, bytes.length - done, run.from + done)) ?? 0;
    if (came === 0) {
      throw new LogError(
        'NESTER_LOG_GONE',
        `segment ${run.segment} of the log ends at ${run.from + done}, expected bytes up to ${run.to}`,
      );
    }
    done += came;
  }
  return bytes;
}
