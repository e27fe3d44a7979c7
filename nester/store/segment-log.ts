import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { FilePort } from './file-port.ts';
import { createGroupCommit, type GroupCommit } from './group-commit.ts';
import { createLineDecoder } from './line-decoder.ts';
import { LogError, errorMessage } from './log-error.ts';
import type { Log } from './log.ts';
import { recoverLog } from './log-recovery.ts';
import { createSegmentHandles } from './segment-handles.ts';
import { purgeSegments } from './segment-purge.ts';
import { joinPlaces, readPlaces } from './segment-reader.ts';
import { createSegmentWriter, type SegmentWriter } from './segment-writer.ts';
import type { Segment } from './segment.ts';

export interface SegmentLogDeps {
  files: FilePort;
  /** Holds the segments; made when missing. */
  folder: string;
  /** Epoch ms. */
  now: () => number;
  /** Told what the follower threw: a fault of ours, and no reason to refuse anything. */
  onBug: (error: unknown) => void;
  /** A segment is not made longer than this; 16 MiB unless told. */
  segmentBytes?: number;
  /** Room made in a segment at a time for what is to come; 256 KiB unless told. */
  reserveBytes?: number;
  /** Appended and not yet settled, at most; 64 MiB unless told. More is refused. */
  queueBytes?: number;
}

const MIB = 1024 * 1024;

/**
 * The log as text files in a folder, for one process at a time (the lock is the caller's).
 *
 * An append is written and synced before it resolves. Neither `append` nor `purge` may be
 * awaited inside the follower: both wait for it.
 */
export function createSegmentLog(deps: SegmentLogDeps): Log {
  const { files, folder, segmentBytes = 16 * MIB, reserveBytes = MIB / 4, queueBytes = 64 * MIB } = deps;
  const decoder = createLineDecoder();
  const handles = createSegmentHandles(files);
  const segments = new Map<number, Segment>();
  let epoch = '';
  let mirroredSeq = 0;
  let nextSeq = 1;
  let running: { writer: SegmentWriter; commits: GroupCommit } | undefined;
  let maintenance: Promise<unknown> = Promise.resolve();
  /** The folder could not be synced after something was removed from it. */
  let folderUnsynced = false;

  function opened(): { writer: SegmentWriter; commits: GroupCommit } {
    if (!running) throw new Error('BUG: the log is not open');
    return running;
  }

  /** One after the other: each may change which segments there are. */
  function maintain(step: () => Promise<void>): Promise<void> {
    const done = maintenance.then(async () => {
      // What was removed before must be gone for good before anything later goes.
      if (folderUnsynced) await files.syncFolder(folder);
      folderUnsynced = true;
      await step();
      folderUnsynced = false;
    });
    maintenance = done.catch(() => undefined);
    return done;
  }

  function forget(segment: Segment): void {
    segments.delete(segment.number);
    handles.remove(segment.number);
  }

  return {
    get epoch() {
      return epoch;
    },

    async open(replay) {
      try {
        await files.makeFolder(folder);
        await files.syncFolder(path.dirname(folder));
        const { now } = deps;
        const newEpoch = (): string => randomBytes(8).toString('hex');
        const found = await recoverLog({ files, folder, decoder, replay, now, newEpoch });
        epoch = found.epoch;
        mirroredSeq = found.mirroredSeq;
        nextSeq = found.nextSeq;
        const known = (segment: Segment): void => {
          segments.set(segment.number, segment);
          handles.put(segment.number, segment.path);
        };
        found.segments.forEach(known);
        const { last, nextNumber } = found;
        const writer = createSegmentWriter({ files, folder, epoch, segmentBytes, reserveBytes, last, nextNumber, onBegin: known });
        const commits = createGroupCommit({
          nextSeq,
          queueBytes,
          onBug: deps.onBug,
          async commit(batch) {
            const lines = batch.summary();
            const { segment, start } = await writer.write(batch.bytes(), lines.firstSeq);
            segment.firstSeq ||= lines.firstSeq;
            segment.lastSeq = lines.lastSeq;
            segment.controls += lines.controls;
            nextSeq = lines.lastSeq + 1;
            if (lines.mirroredSeq > 0) mirroredSeq = lines.mirroredSeq;
            return { segment: segment.number, start };
          },
        });
        running = { writer, commits };
        return found.repairs;
      } catch (error) {
        if (error instanceof LogError || !(error instanceof Error && 'code' in error)) throw error;
        throw new LogError('NESTER_LOG_UNUSABLE', `the log in ${folder} cannot be used: ${errorMessage(error)}`, error);
      }
    },

    follow(listener) {
      opened().commits.follow(listener);
    },

    async append(events) {
      return opened().commits.append(events);
    },

    join: (event, text) => opened().commits.join(event, text),

    async readJoined(places, before) {
      return joinPlaces(handles, places, before);
    },
    async read(places) {
      return readPlaces(handles, places);
    },

    removeThrough: (seq) =>
      maintain(async () => {
        const { writer, commits } = opened();
        const newest = writer.active();
        if (newest && newest.lastSeq > 0 && newest.lastSeq <= seq) await commits.between(() => writer.seal(nextSeq));
        for (const segment of segments.values()) {
          if (segment.lastSeq > seq) break;
          if (segment === writer.active()) break;
          const pin = handles.pin(segment.number);
          try {
            // Opened before its name goes, for those who begin to read until it is gone.
            await pin.handle();
            await files.unlink(segment.path);
            await files.syncFolder(folder);
          } finally {
            pin.release();
          }
          forget(segment);
        }
      }),

    purge: (isDead, moved) =>
      maintain(async () => {
        const { writer, commits } = opened();
        // Those that are whole now: what is written from here on, the follower may not have seen.
        const sealed = await commits.between(async () => {
          await writer.seal(nextSeq);
          return [...segments.values()].filter((segment) => segment !== writer.active());
        });
        // Whoever says what is dead must know of everything that is about to be looked through.
        await commits.followed();
        await purgeSegments({ files, epoch, decoder, handles, sealed, mirroredSeq, onEmpty: forget }, isDead, moved);
      }),

    async close() {
      const { writer, commits } = opened();
      await commits.close();
      await maintenance;
      await writer.close();
      await handles.close();
    },
  };
}
