import { delay } from './clock.ts';
import { createAgentLink } from './deliver/agent-link.ts';
import { createBackoff } from './deliver/backoff.ts';
import { createCourier } from './deliver/courier.ts';
import { createDispatch } from './deliver/dispatch.ts';
import { createExchange } from './deliver/exchange.ts';
import { createLookup } from './deliver/lookup.ts';
import { createNesters } from './deliver/nesters.ts';
import { createPost } from './deliver/post.ts';
import { createTimeMender } from './deliver/time-mender.ts';
import { EXIT } from './exit.ts';
import type { Harvester } from './harvester.ts';
import { createTroubleLog, reasonOf } from './log.ts';
import type { Pause } from './pause/pause-file.ts';
import { createPauseWatch } from './pause/pause-watch.ts';
import { createRhythm } from './rhythm.ts';
import { writeReport } from './round.ts';

/** A run from cron that has the folder is over by then. */
const LOCK_WAIT_MS = 90_000;
const LOCK_POLL_MS = 500;
/** For answers to what is on the way, when told to end. */
const FLUSH_MS = 2_000;

/**
 * Stays and reports until the signal. Order of the end, against the flow of data: no new round,
 * answers awaited, socket closed, outbox closed. Resolves to the exit code.
 */
export async function runAgent(harvester: Harvester, signal: AbortSignal, random = Math.random): Promise<number> {
  const { clock, config, lan, log, measure, outbox, pause, resolver, sender } = harvester;
  if (!(await openOutbox(harvester, signal))) return signal.aborted ? EXIT.delivered : EXIT.badConfiguration;

  const lookup = createLookup(resolver);
  const { exchange, close } = createExchange({ clock, lookup, ca: config.ca, keepAlive: true });
  const post = createPost({ exchange, node: config.node, key: config.key, now: clock.now, version: sender.version });
  const bases = config.nesters.map(({ base }) => base) as [string, ...string[]]; // As many as there are Nesters.
  const nesters = createNesters(bases, clock);
  const mender = createTimeMender({ outbox, clock, troubles: createTroubleLog(log) });
  const courier = createCourier({ outbox, post, nesters, mender, clock, log });
  const link = createAgentLink({
    nesters,
    isThere: (base, stop) => post.isThere(base, stop),
    key: config.key,
    ca: config.ca,
    version: sender.version,
    lookup,
    clock,
    backoff: createBackoff(random),
    log,
  });
  const dispatch = createDispatch({ outbox, link, courier, mender, clock, log });
  const rhythm = createRhythm({ clock, intervalMs: config.intervalSeconds * 1000, random, round });

  let reported: Pause | undefined;
  const pauseWatch = createPauseWatch({ file: pause, clock, reported: () => reported, report: () => rhythm.now() });

  async function round(): Promise<void> {
    try {
      const measurement = await measure(signal);
      // What was interrupted is no measurement.
      if (signal.aborted) return;
      reported = measurement.pause;
      const fresh = await outbox.keep(measurement.measuredAtMs, (facts) => writeReport(sender, measurement, facts));
      dispatch.deliver(fresh);
      if (measurement.content.hosts !== undefined) await lan.taken();
    } catch (error) {
      log.error(`a round failed: ${reasonOf(error)}`, { stack: error instanceof Error ? error.stack : undefined });
    }
  }

  log.info(`reporting as ${config.node} to ${bases.join(', ')} every ${config.intervalSeconds} s`, {
    waiting: outbox.count(),
    version: sender.version,
  });
  dispatch.start(() => rhythm.now());
  rhythm.start();
  pauseWatch.start();
  await aborted(signal);
  pauseWatch.stop();
  rhythm.stop();
  await dispatch.stop(FLUSH_MS);
  await outbox.close();
  close();
  log.info('stopped', { waiting: outbox.count() });
  return EXIT.delivered;
}

async function openOutbox({ clock, config, log, outbox }: Harvester, signal: AbortSignal): Promise<boolean> {
  const until = clock.monotonic() + LOCK_WAIT_MS;
  while (!signal.aborted) {
    const other = await outbox.open();
    if (other === undefined) return true;
    if (other.heldBy?.mode === 'agent' || clock.monotonic() >= until) {
      log.error(`another harvester (process ${other.heldBy?.pid ?? 'unknown'}) uses ${config.stateDir}; give this one a HARVESTER_STATE_DIR of its own`);
      return false;
    }
    await delay(clock, LOCK_POLL_MS, signal);
  }
  return false;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
