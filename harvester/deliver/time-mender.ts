import type { Clock } from '../clock.ts';
import type { TroubleLog } from '../log.ts';
import type { Outbox, Sendable } from '../outbox/outbox.ts';

/**
 * Reports whose time a Nester refuses, because this machine's clock was ahead when they were
 * measured. They were measured all the same: with the Nester's own time at hand they are kept
 * anew, as much earlier as this clock is ahead. A refused report was never stored, so its new
 * time makes no second one of it.
 */
export interface TimeMender {
  /**
   * Puts the report back into the outbox under a time that the Nester can believe, on its way;
   * the old one is gone. `undefined`: nothing is known that would mend it.
   *
   * @param nesterNowMs the Nester's clock at this moment, epoch ms, if it told
   */
  mend(refused: Sendable, nesterNowMs: number | undefined): Promise<Sendable | undefined>;
}

/** A time less than this ahead was refused for another reason: a new one would be refused as well. */
const AHEAD_MS = 60_000;

export function createTimeMender({ outbox, clock, troubles }: { outbox: Outbox; clock: Pick<Clock, 'now'>; troubles: TroubleLog }): TimeMender {
  /** Times must not meet: two reports of one time would be one to the Nester. */
  let newestMs = 0;

  return {
    async mend({ parcel, json }, nesterNowMs) {
      // Times given out by the wrong clock bind no longer.
      outbox.timesRefused();
      if (nesterNowMs === undefined || parcel.timestampMs - nesterNowMs < AHEAD_MS) return undefined;
      const aheadMs = clock.now() - nesterNowMs;
      troubles.trouble('clock', 'this machine\'s clock is or was ahead of the Nester\'s, which refuses such times; the reports get the Nester\'s time (harvester doctor tells how far ahead)');
      // When the clock was set right meanwhile, nobody knows any more how far ahead it was.
      newestMs = Math.max(Math.min(parcel.timestampMs - aheadMs, nesterNowMs), newestMs + 1);
      const mended = await outbox.keep(newestMs, ({ timestampMs }) => stamped(json, timestampMs));
      outbox.remove([parcel]);
      return mended;
    },
  };
}

/** The report as it was written, with another time; its keys stay in their order. */
function stamped(json: string, timestampMs: number): string {
  return JSON.stringify({ ...(JSON.parse(json) as object), timestamp: new Date(timestampMs).toISOString() });
}
