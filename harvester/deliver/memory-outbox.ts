import { createTroubleLog } from '../log.ts';
import { createLock } from '../outbox/lock.ts';
import { createMemoryFiles } from '../outbox/memory-files.ts';
import type { Outbox, Sendable } from '../outbox/outbox.ts';
import { createOutbox } from '../outbox/spooled-outbox.ts';

const nothing = (): void => undefined;

/** A real outbox, on a disk in memory, for tests of delivery. */
export function createMemoryOutbox(): Outbox {
  const files = createMemoryFiles();
  const self = { pid: 1, birth: 'a', mode: 'once' as const, silentMs: 1 };
  return createOutbox({
    folder: '/state',
    files,
    lock: createLock({ files, folder: '/state', self, isRunning: () => false, birthOf: () => '', now: () => 0 }),
    keep: 100_000,
    limitBytes: { disk: 1e9, memory: 1e9 },
    troubles: createTroubleLog({ debug: nothing, info: nothing, warn: nothing, error: nothing }),
  });
}

/** Keeps a report of node `a`, on its way; its number is its latency. */
export function keepReport(outbox: Outbox, number: number): Promise<Sendable> {
  return outbox.keep(Date.parse('2026-11-22T08:00:00.000Z') + number, ({ timestampMs }) =>
    JSON.stringify({ node: 'a', timestamp: new Date(timestampMs).toISOString(), latency: number }),
  );
}

/** Keeps reports that wait. */
export async function keepBacklog(outbox: Outbox, count: number): Promise<void> {
  for (let number = 1; number <= count; number++) {
    const { parcel } = await keepReport(outbox, number);
    outbox.putBack([parcel]);
  }
}

/** The number of a report made by {@link keepReport}. */
export function numberOf(json: string): number {
  return (JSON.parse(json) as { latency: number }).latency;
}
