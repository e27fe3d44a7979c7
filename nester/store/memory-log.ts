import { randomBytes } from 'node:crypto';
import { createGroupCommit, type GroupCommit } from './group-commit.ts';
import { LogError } from './log-error.ts';
import { isReport } from './log-line.ts';
import type { Log, LogRecord, Place } from './log.ts';
import { createPurgeRule } from './purge-rule.ts';

/** What a memory log keeps: given to another one, that one goes on where this one ended. */
export interface MemoryLogBacking {
  epoch: string;
  nextSeq: number;
  nextSegment: number;
  segments: Map<number, MemorySegment>;
}

/** One batch. Records as a replay has them; their places are in `bytes`. */
interface MemorySegment {
  bytes: Uint8Array;
  records: LogRecord[];
}

export interface MemoryLogDeps {
  /** Told what the follower threw. */
  onBug: (error: unknown) => void;
  backing?: MemoryLogBacking;
  /** Asked before each batch: an error stands for a disk that refuses. */
  refusal?: () => Error | undefined;
  /** As for the segment log. */
  queueBytes?: number;
}

export function createMemoryLogBacking(): MemoryLogBacking {
  return { epoch: randomBytes(8).toString('hex'), nextSeq: 1, nextSegment: 1, segments: new Map() };
}

/** A log that keeps its promise as long as its backing lives. */
export function createMemoryLog(deps: MemoryLogDeps): Log {
  const { backing = createMemoryLogBacking(), onBug, refusal, queueBytes = Infinity } = deps;
  const { segments } = backing;
  let commits: GroupCommit | undefined;

  function opened(): GroupCommit {
    if (!commits) throw new Error('BUG: the log is not open');
    return commits;
  }

  async function read(places: readonly Place[]): Promise<Uint8Array[]> {
    const found = places.map(({ segment, offset, length }) => {
      const { bytes } = segments.get(segment) ?? {};
      if (!bytes) throw new LogError('NESTER_LOG_GONE', `segment ${segment} of the log is gone`);
      return bytes.subarray(offset, offset + length);
    });
    await Promise.resolve();
    return found;
  }

  return {
    epoch: backing.epoch,

    async open(replay) {
      for (const { records } of segments.values()) if (records.length > 0) await replay([...records]);
      commits = createGroupCommit({
        nextSeq: backing.nextSeq,
        queueBytes,
        onBug,
        async commit(batch) {
          const error = refusal?.();
          if (error) throw error;
          const segment = backing.nextSegment++;
          const records = batch.records(segment, 0).map(asReplayed);
          segments.set(segment, { bytes: new Uint8Array(batch.bytes()), records });
          backing.nextSeq = batch.summary().lastSeq + 1;
          return Promise.resolve({ segment, start: 0 });
        },
      });
      return { messages: [], damaged: false };
    },

    follow: (listener) => opened().follow(listener),

    async append(events) {
      return opened().append(events);
    },

    join: (event, text) => opened().join(event, text),

    async readJoined(places, before) {
      return Buffer.concat((await read(places)).flatMap((json) => [before, json]));
    },

    read,

    async removeThrough(seq) {
      await opened().between(() => Promise.resolve());
      for (const [number, { records }] of segments) {
        if ((records.at(-1)?.seq ?? 0) <= seq) segments.delete(number);
      }
    },

    async purge(isDead, moved) {
      // Whoever says what is dead must know of everything that is about to be looked through.
      const sealed = await opened().between(() => Promise.resolve([...segments]));
      await opened().followed();
      const all = sealed.flatMap(([, { records }]) => records);
      const rule = createPurgeRule(isDead, all.findLast(({ event }) => event.type === 'mirrored')?.seq ?? 0);
      for (const [number, segment] of sealed) {
        const kept = segment.records.filter((record) => rule.isOfUse(record));
        if (kept.length === segment.records.length) continue;
        const rewritten = withOnly(kept, segment.bytes);
        if (kept.length === 0) segments.delete(number);
        else segments.set(number, rewritten);
        for (const { seq, event, place } of rewritten.records) if (isReport(event)) moved(seq, place);
      }
    },

    async close() {
      await opened().close();
    },
  };
}

function asReplayed(record: LogRecord): LogRecord {
  const { event } = record;
  if (!isReport(event)) return record;
  const { seq, crc, place } = record;
  const { type, node, timestampMs, receivedAtMs } = event;
  return { seq, crc, place, event: { type, node, timestampMs, receivedAtMs, json: '' } };
}

function withOnly(records: LogRecord[], bytes: Uint8Array): MemorySegment {
  const parts = records.map(({ place }) => bytes.subarray(place.offset, place.offset + place.length));
  let at = 0;
  const moved = records.map((record) => {
    const place = { ...record.place, offset: at };
    at += place.length;
    return isReport(record.event) ? { ...record, place } : record;
  });
  return { bytes: Buffer.concat(parts), records: moved };
}
