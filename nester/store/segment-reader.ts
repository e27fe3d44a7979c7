import { LogError } from './log-error.ts';
import type { Place } from './log.ts';
import type { Pin, SegmentHandles } from './segment-handles.ts';

/** One read covers at most so many bytes, unless a single place is longer. */
const RUN_BYTES = 1024 * 1024;
/** Places with no more than this between them are read at once: line heads, a dead report or two. */
const GAP_BYTES = 4096;

/** Places that are read at once: indices `first` to, not including, `end`. */
interface Run {
  segment: number;
  first: number;
  end: number;
  from: number;
  to: number;
}

/**
 * As `Log.read`. All segments are pinned before the first wait, so that none goes away in
 * between. The results are views into what was read.
 */
export async function readPlaces(handles: SegmentHandles, places: readonly Place[]): Promise<Uint8Array[]> {
  const pins = new Map<number, Pin>();
  try {
    for (const { segment } of places) if (!pins.has(segment)) pins.set(segment, handles.pin(segment));
    const found: Uint8Array[] = [];
    for (let at = 0; at < places.length; ) {
      const run = runFrom(places, at);
      const bytes = await readRun(run, await pins.get(run.segment)?.handle());
      for (; at < run.end; at++) {
        const place = places[at];
        if (place) found.push(bytes.subarray(place.offset - run.from, place.offset - run.from + place.length));
      }
    }
    return found;
  } finally {
    for (const pin of pins.values()) pin.release();
  }
}

/** Goes on as long as the next place lies close, before or behind: answers run in both directions. */
function runFrom(places: readonly Place[], first: number): Run {
  const run: Run = { segment: 0, first, end: first, from: 0, to: 0 };
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
    run.from = Math.min(run.from, from);
    run.to = Math.max(run.to, to);
  }
  return run;
}

async function readRun(run: Run, handle: Awaited<ReturnType<Pin['handle']>> | undefined): Promise<Uint8Array> {
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
