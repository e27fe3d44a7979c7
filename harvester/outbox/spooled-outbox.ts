import { join } from 'node:path';
import { reasonOf, type TroubleLog } from '../log.ts';
import type { FilePort } from './file-port.ts';
import type { Holder } from './holder.ts';
import type { Lock } from './lock.ts';
import type { Outbox, Sendable } from './outbox.ts';
import type { SpoolRecord } from './record.ts';
import { createSerial } from './serial.ts';
import { createShelf, type Kept, keptOf } from './shelf.ts';
import { createSpool, type Spool } from './spool.ts';

export interface OutboxDeps {
  folder: string;
  files: FilePort;
  lock: Lock;
  /** Reports kept at most. */
  keep: number;
  /** Bytes of reports kept at most, on disk and, while that cannot be used, in memory. */
  limitBytes: { disk: number; memory: number };
  troubles: TroubleLog;
}

/** Garbage in the spool that is not worth a new file. */
const SPARE_BYTES = 64 * 1024;

/** The outbox on disk, in a spool of its own folder; in memory while that cannot be used. */
export function createOutbox({ folder, files, lock, keep, limitBytes, troubles }: OutboxDeps): Outbox {
  const serial = createSerial();
  const shelf = createShelf();
  let dropped = 0;
  let newestMs = 0;
  let next = 1;
  let spool: Spool | undefined;
  /** Known here, not yet in the spool. */
  let gone: number[] = [];
  let lost = { count: 0, seqs: [] as number[] };
  let newestForgotten = false;
  let flushing = false;
  /** Below this size the spool is not rewritten, so that a failure is not repeated at once. */
  let rewriteAboveBytes = SPARE_BYTES;

  async function openSpool(): Promise<{ heldBy: Holder | undefined } | undefined> {
    await files.makeFolder(folder);
    const other = await lock.acquire();
    if (other !== undefined) return other;
    const fresh = createSpool({ files, folder });
    try {
      const contents = await fresh.open();
      if (contents.damagedLines > 0) {
        troubles.trouble('damage', `${contents.damagedLines} damaged lines in ${join(folder, 'outbox.spool')} were skipped; their reports are lost`);
      }
      const older = contents.entries.map(
        (entry): Kept => ({ timestampMs: entry.timestampMs, bytes: entry.bytes, onTheWay: false, entry, json: undefined }),
      );
      // Those in memory were made after: they go behind.
      shelf.addBefore(older);
      dropped += contents.dropped;
      newestMs = Math.max(newestMs, contents.newestMs);
      next = contents.next;
      spool = fresh;
    } catch (error) {
      await fresh.close().catch(() => undefined);
      await lock.release().catch(() => undefined);
      throw error;
    }
    return undefined;
  }

  /** Opens if that is still to be done. `true`: the spool can be used. */
  async function reopened(): Promise<boolean> {
    if (spool !== undefined) return true;
    try {
      const other = await openSpool();
      if (other === undefined) return true;
      troubles.trouble('folder', `another harvester (process ${other.heldBy?.pid ?? 'unknown'}) uses ${folder}; reports are kept in memory only`);
    } catch (error) {
      complain(error);
    }
    return false;
  }

  function complain(error: unknown): void {
    troubles.trouble('folder', `${folder} cannot be written (${reasonOf(error)}); reports are kept in memory only, and are lost if this process ends`);
  }

  /** Writes what the spool does not know yet, the reports in memory included. */
  async function flush(durable: boolean): Promise<boolean> {
    if (!(await reopened()) || spool === undefined) return false;
    const inMemory = shelf.all().filter(({ entry }) => entry === undefined);
    const numbered = inMemory.map((report, at) => ({ report, seq: next + at }));
    const written = { gone, lost, newestForgotten };
    const records: SpoolRecord[] = numbered.map(({ report, seq }) => {
      if (report.json === undefined) throw new Error('BUG: a report is neither on disk nor in memory');
      return { kind: 'report', seq, timestampMs: report.timestampMs, json: report.json };
    });
    if (gone.length > 0) records.push({ kind: 'gone', seqs: gone });
    if (lost.count > 0) records.push({ kind: 'dropped', ...lost });
    // After the reports, whose times would raise it again.
    if (newestForgotten) records.push({ kind: 'newest', newestMs });
    if (records.length === 0) return true;
    [gone, lost, newestForgotten] = [[], { count: 0, seqs: [] }, false];
    try {
      const places = await spool.append(records, durable && numbered.length > 0);
      next += numbered.length;
      numbered.forEach(({ report, seq }, at) => {
        const place = places[at];
        if (place === undefined) throw new Error('BUG: the spool wrote fewer records than it was given');
        report.entry = { seq, timestampMs: report.timestampMs, ...place };
        // The copy in memory goes: from now on the file is the outbox.
        report.json = undefined;
        // Removed or dropped while it was being written: the file must hear of it.
        if (!shelf.has(report)) gone.push(seq);
      });
    } catch (error) {
      gone = [...written.gone, ...gone];
      lost = { count: written.lost.count + lost.count, seqs: [...written.lost.seqs, ...lost.seqs] };
      newestForgotten ||= written.newestForgotten;
      complain(error);
      return false;
    }
    troubles.settled('folder', `${folder} can be written again; nothing is kept in memory only`);
    await rewriteIfWorthIt();
    return true;
  }

  async function rewriteIfWorthIt(): Promise<void> {
    if (spool === undefined || spool.size() <= Math.max(rewriteAboveBytes, 2 * shelf.bytes())) return;
    const entries = shelf.all().flatMap((report) => (report.entry === undefined ? [] : [{ report, entry: report.entry }]));
    try {
      const head = { kind: 'head', dropped: dropped - lost.count, newestMs, next } as const;
      const offsets = await spool.rewrite(head, entries.map(({ entry }) => entry));
      entries.forEach(({ report, entry }, at) => {
        report.entry = { ...entry, offset: offsets[at] ?? entry.offset };
      });
      rewriteAboveBytes = SPARE_BYTES;
    } catch {
      // A full disk: the old file goes on. Tried again when it has grown as much once more.
      rewriteAboveBytes = spool.size() + SPARE_BYTES;
    }
  }

  /** Flushes soon, once for all that is asked meanwhile. */
  function flushSoon(): void {
    if (flushing || spool === undefined) return;
    flushing = true;
    void serial(async () => {
      flushing = false;
      await flush(false);
    });
  }

  function dropOldest(): void {
    for (const { entry } of shelf.takeBeyond(keep, spool === undefined ? limitBytes.memory : limitBytes.disk)) {
      dropped++;
      lost.count++;
      if (entry !== undefined) lost.seqs.push(entry.seq);
    }
  }

  /** `undefined`: its line is spoiled. Rejects when the disk does not answer now. */
  async function load(report: Kept): Promise<string | undefined> {
    if (report.json !== undefined) return report.json;
    if (report.entry === undefined || spool === undefined) throw new Error('BUG: a report is neither on disk nor in memory');
    return spool.read(report.entry);
  }

  return {
    open: () =>
      serial(async () => {
        try {
          return await openSpool();
        } catch (error) {
          complain(error);
          return undefined;
        }
      }),

    keep: (measuredAtMs, write) =>
      serial(async () => {
        await reopened();
        const timestampMs = Math.max(measuredAtMs, newestMs + 1);
        const json = write({ timestampMs, kept: shelf.count(), dropped });
        newestMs = timestampMs;
        const report: Kept = { timestampMs, bytes: Buffer.byteLength(json), onTheWay: true, entry: undefined, json };
        shelf.add(report);
        dropOldest();
        const durable = await flush(true);
        if (durable) await lock.refresh().catch(() => undefined);
        return { parcel: report, json, durable };
      }),

    take: (limit, limitTakenBytes) =>
      serial(async () => {
        const taken: Sendable[] = [];
        let takenBytes = 0;
        for (const report of shelf.waiting()) {
          if (taken.length >= limit) break;
          if (taken.length > 0 && takenBytes + report.bytes > limitTakenBytes) break;
          let json: string | undefined;
          try {
            json = await load(report);
          } catch (error) {
            // It may be readable the next time.
            troubles.trouble('read', `${folder} cannot be read (${reasonOf(error)}); what waits there waits on`);
            break;
          }
          troubles.settled('read', `${folder} can be read again`);
          if (json === undefined) {
            troubles.trouble('damage', `a report in ${folder} cannot be read any more and is lost`);
            shelf.takeAway(report);
            if (report.entry !== undefined) gone.push(report.entry.seq);
            continue;
          }
          shelf.setOnTheWay(report, true);
          takenBytes += report.bytes;
          taken.push({ parcel: report, json });
        }
        return taken;
      }),

    remove(parcels) {
      for (const parcel of parcels) {
        const { entry } = keptOf(parcel);
        if (shelf.takeAway(parcel) && entry !== undefined) gone.push(entry.seq);
      }
      flushSoon();
    },

    putBack(parcels) {
      for (const parcel of parcels) shelf.setOnTheWay(parcel, false);
    },

    timesRefused() {
      newestMs = 0;
      newestForgotten = true;
      flushSoon();
    },

    count: shelf.count,
    waiting: shelf.countWaiting,
    dropped: () => dropped,

    close: () =>
      serial(async () => {
        if (spool === undefined) return;
        await flush(true);
        await spool.close().catch(() => undefined);
        spool = undefined;
        await lock.release().catch(() => undefined);
      }),
  };
}
