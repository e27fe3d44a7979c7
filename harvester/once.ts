import { createCourier } from './deliver/courier.ts';
import { createExchange } from './deliver/exchange.ts';
import { createLookup } from './deliver/lookup.ts';
import { createNesters } from './deliver/nesters.ts';
import { createPost } from './deliver/post.ts';
import { createTimeMender } from './deliver/time-mender.ts';
import type { Verdict } from './deliver/verdict.ts';
import { delay } from './clock.ts';
import { EXIT } from './exit.ts';
import type { Harvester } from './harvester.ts';
import { createTroubleLog } from './log.ts';
import type { Holder } from './outbox/holder.ts';
import { writeReport } from './round.ts';

/** A run before this one may still be delivering; cron starts the next one a minute later. */
const LOCK_WAIT_MS = 30_000;
const LOCK_POLL_MS = 100;
/** A Nester that is busy for a moment is asked once more. */
const PATIENCE_MS = 5_000;
/** For the backlog, so that the run is over before the next. What is left is the next run's. */
const BACKLOG_MS = 20_000;

/**
 * One run: measure, keep, deliver the fresh report, then what waited. Resolves to the exit code.
 * Two runs that overlap measure at the same time, and use the outbox one after the other.
 */
export async function runOnce(harvester: Harvester, signal: AbortSignal): Promise<number> {
  const { clock, config, lan, log, measure, outbox, resolver, sender } = harvester;
  const { exchange, prepare, close } = createExchange({ clock, lookup: createLookup(resolver), ca: config.ca, keepAlive: false });
  const post = createPost({ exchange, node: config.node, key: config.key, now: clock.now, version: sender.version });
  const bases = config.nesters.map(({ base }) => base) as [string, ...string[]]; // As many as there are Nesters.
  const mender = createTimeMender({ outbox, clock, troubles: createTroubleLog(log) });
  const courier = createCourier({ outbox, post, nesters: createNesters(bases, clock), mender, clock, log });
  try {
    const [measurement, heldBy] = await Promise.all([measure(signal), openOutbox(harvester, signal), prepare(bases[0])]);
    if (heldBy !== undefined) {
      log.error(
        heldBy.holder?.mode === 'agent'
          ? `an agent (process ${heldBy.holder.pid}) reports from ${config.stateDir} already; nothing was sent`
          : `another run (process ${heldBy.holder?.pid ?? 'unknown'}) has been using ${config.stateDir} for ${LOCK_WAIT_MS / 1000} s; nothing was sent`,
      );
      return heldBy.holder?.mode === 'agent' ? EXIT.badConfiguration : EXIT.kept;
    }
    if (signal.aborted) return EXIT.kept;
    const fresh = await outbox.keep(measurement.measuredAtMs, (facts) => writeReport(sender, measurement, facts));
    if (measurement.content.hosts !== undefined) await lan.taken();
    let verdict = await courier.deliver(fresh, signal);
    if (verdict.kind === 'later' && verdict.afterMs !== undefined && verdict.afterMs <= PATIENCE_MS) {
      await delay(clock, verdict.afterMs, signal);
      const [again] = await outbox.take(1, Infinity);
      if (again !== undefined) verdict = await courier.deliver(again, signal);
    }
    if (verdict.kind === 'delivered' || verdict.kind === 'rejected') {
      const until = clock.monotonic() + BACKLOG_MS;
      const backlog = await courier.deliverBacklog(() => clock.monotonic() < until, signal);
      if (verdict.kind === 'delivered' && backlog !== undefined) verdict = backlog;
    }
    return conclude(harvester, verdict, fresh.durable);
  } finally {
    close();
    await outbox.close();
  }
}

function conclude({ log, outbox }: Harvester, verdict: Verdict, durable: boolean): number {
  const waiting = durable ? `${outbox.count()} kept for later` : 'and the report could not be kept';
  switch (verdict.kind) {
    case 'delivered':
      return EXIT.delivered;
    case 'rejected':
      return EXIT.refused;
    case 'unauthorised':
      log.error(`the Nester does not accept the key, ${waiting}: ${verdict.reason}`);
      return EXIT.refused;
    case 'later':
      log.error(`not delivered, ${waiting}: ${verdict.reason}`);
      return EXIT.kept;
  }
}

/** Waits for another run to end. Resolves to who still uses the folder, if anyone does. */
async function openOutbox(
  { clock, outbox }: Harvester,
  signal: AbortSignal,
): Promise<{ holder: Holder | undefined } | undefined> {
  const until = clock.monotonic() + LOCK_WAIT_MS;
  for (;;) {
    const other = await outbox.open();
    if (other === undefined) return undefined;
    if (other.heldBy?.mode === 'agent' || clock.monotonic() >= until || signal.aborted) return { holder: other.heldBy };
    await delay(clock, LOCK_POLL_MS, signal);
  }
}
