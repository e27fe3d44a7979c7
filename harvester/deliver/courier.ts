import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Outbox, Sendable } from '../outbox/outbox.ts';
import { createBatchSize } from './batch-size.ts';
import type { Nesters } from './nesters.ts';
import type { Post } from './post.ts';
import type { TimeMender } from './time-mender.ts';
import type { Rejection, Verdict } from './verdict.ts';

/** Takes reports from the outbox to a Nester by POST, and tells the outbox what became of them. */
export interface Courier {
  /** One report, to the first Nester that takes it. */
  deliver(fresh: Sendable, signal?: AbortSignal): Promise<Verdict>;
  /**
   * What waits, oldest first, in batches, until nothing does, `isWanted` is false, or a batch
   * fails. Resolves to that failure.
   */
  deliverBacklog(isWanted: () => boolean, signal?: AbortSignal): Promise<Verdict | undefined>;
}

export interface CourierDeps {
  outbox: Outbox;
  post: Post;
  nesters: Nesters;
  mender: TimeMender;
  clock: Pick<Clock, 'monotonic'>;
  log: Log;
}

/** Small enough that a slow line is not blocked for long, large enough to catch up quickly. */
const BATCH_REPORTS = 500;

export function createCourier({ outbox, post, nesters, mender, clock, log }: CourierDeps): Courier {
  const size = createBatchSize(clock);

  /** Resolves to the report under another time, on its way, where the time was all that was wrong and could be mended. */
  async function reject(refused: Sendable, base: string, { reason, timestamp }: Pick<Rejection, 'reason' | 'timestamp'>, nesterMs: number | undefined): Promise<Sendable | undefined> {
    const mended = timestamp ? await mender.mend(refused, nesterMs) : undefined;
    if (mended !== undefined) return mended;
    const { parcel } = refused;
    log.error(`${base} refuses the report of ${new Date(parcel.timestampMs).toISOString()}, which is given up: ${reason}`);
    outbox.remove([parcel]);
    return undefined;
  }

  function note(base: string, verdict: Exclude<Verdict, { kind: 'delivered' } | { kind: 'rejected' }>): void {
    nesters.failed(base);
    if (verdict.kind === 'later' && verdict.afterMs !== undefined) nesters.wait(base, verdict.afterMs);
  }

  /** Tries each Nester in turn until one has judged. */
  async function tryEach<T extends { kind: string }>(
    attempt: (base: string) => Promise<T | Exclude<Verdict, { kind: 'delivered' } | { kind: 'rejected' }>>,
  ): Promise<{ base: string; verdict: T } | { base: undefined; failure: Verdict }> {
    const failures: { base: string; verdict: Verdict & { kind: 'unauthorised' | 'later' } }[] = [];
    for (const base of nesters.order()) {
      const verdict = await attempt(base);
      if (isFailure(verdict)) {
        note(base, verdict);
        failures.push({ base, verdict });
      } else {
        nesters.answered(base);
        return { base, verdict };
      }
    }
    const reason = failures.map(({ base, verdict }) => `${base}: ${verdict.reason}`).join('; ');
    if (failures.some(({ verdict }) => verdict.kind === 'unauthorised')) {
      return { base: undefined, failure: { kind: 'unauthorised', reason } };
    }
    const afterMs = nesters.waitMs();
    return {
      base: undefined,
      failure: { kind: 'later', reason: reason || 'it asked for patience', afterMs: afterMs > 0 ? afterMs : undefined },
    };
  }

  /** A batch that is not understood is made smaller; a single report is judged by itself. */
  async function deliverBatch(batch: Sendable[], signal: AbortSignal | undefined): Promise<Verdict | 'smaller'> {
    const [only] = batch;
    if (batch.length === 1 && only !== undefined) return deliver(only, signal);
    const result = await tryEach((base) => post.batch(base, batch.map(({ json }) => json), signal));
    if (result.base === undefined) {
      outbox.putBack(batch.map(({ parcel }) => parcel));
      return result.failure;
    }
    if (result.verdict.kind === 'unfit') {
      outbox.putBack(batch.map(({ parcel }) => parcel));
      return 'smaller';
    }
    const { rejected, nesterMs } = result.verdict;
    outbox.remove(batch.filter((_, at) => !rejected.has(at)).map(({ parcel }) => parcel));
    let forbidden: string | undefined;
    for (const [at, refusal] of rejected) {
      const sendable = batch[at];
      if (sendable && refusal.forbidden) {
        // With the right key it will be taken.
        outbox.putBack([sendable.parcel]);
        forbidden = refusal.reason;
        continue;
      }
      const mended = sendable && (await reject(sendable, result.base, refusal, nesterMs));
      // It goes with the next batch.
      if (mended) outbox.putBack([mended.parcel]);
    }
    return forbidden === undefined ? { kind: 'delivered' } : { kind: 'unauthorised', reason: `${result.base}: ${forbidden}` };
  }

  async function deliver(fresh: Sendable, signal?: AbortSignal): Promise<Verdict> {
    const result = await tryEach((base) => post.report(base, fresh.json, signal));
    if (result.base === undefined) {
      outbox.putBack([fresh.parcel]);
      return result.failure;
    }
    const { base, verdict } = result;
    if (verdict.kind !== 'rejected') {
      outbox.remove([fresh.parcel]);
      return verdict;
    }
    const mended = await reject(fresh, base, verdict, verdict.nesterMs);
    return mended === undefined ? verdict : deliver(mended, signal);
  }

  return {
    deliver,
    async deliverBacklog(isWanted, signal) {
      let limit = BATCH_REPORTS;
      let refused: Verdict | undefined;
      while (isWanted() && !signal?.aborted) {
        const batch = await outbox.take(limit, size.bytes());
        if (batch.length === 0) return refused;
        const answered = size.begin();
        const verdict = await deliverBatch(batch, signal);
        answered();
        if (verdict === 'smaller') {
          limit = Math.max(1, Math.floor(batch.length / 2));
          continue;
        }
        if (verdict.kind === 'rejected') refused = verdict;
        else if (verdict.kind !== 'delivered') return verdict;
        limit = Math.min(BATCH_REPORTS, limit * 2);
      }
      return refused;
    },
  };
}

function isFailure(verdict: { kind: string }): verdict is Verdict & { kind: 'unauthorised' | 'later' } {
  return verdict.kind === 'unauthorised' || verdict.kind === 'later';
}
