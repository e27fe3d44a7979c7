import { createLineBatch, type LineBatch } from './line-batch.ts';
import { LogUnavailableError, type LogEvent, type LogRecord, type ReportText } from './log.ts';

/**
 * Turns many appends into few writes: one batch is being written, what arrives meanwhile is
 * the next one.
 *
 * Order: a batch is handed to the follower when it is durable, while the next one is already
 * being written; appends resolve when the follower is done with their batch. The follower is
 * never called twice at once; small batches that became durable while it was busy go to it together.
 * What the follower throws is reported and fails nothing: the events are kept by then.
 *
 * In a flood a batch is bounded, and so is what the follower gets at once: all of it is followed
 * and settled in one turn of the event loop, in which nobody else is heard. By how long the last ones
 * took: a program that has just been started takes ten times as long for each.
 */
export interface GroupCommit {
  /** As `Log.append`. */
  append(events: readonly LogEvent[]): Promise<number[]>;
  /** As `Log.join`. */
  join(event: LogEvent, text?: ReportText): Promise<void>;
  follow(listener: (records: LogRecord[]) => Promise<void>): void;
  /** Runs `step` between two batches. */
  between<T>(step: () => Promise<T>): Promise<T>;
  /** Resolves when the follower is done with everything that is durable now. */
  followed(): Promise<void>;
  /** Appends reject from now on; resolves when all earlier ones are settled. */
  close(): Promise<void>;
}

export interface GroupCommitDeps {
  /** Makes a batch durable, and says where it is now. Rejects when nothing of it is kept. */
  commit: (batch: LineBatch) => Promise<{ segment: number; start: number }>;
  /** Next sequence number to give. */
  nextSeq: number;
  /** Bytes of events that wait or are under way, at most; more are refused. */
  queueBytes: number;
  /** The follower failed. */
  onBug: (error: unknown) => void;
  /** Milliseconds of a clock that never goes back. */
  monotonicMs?: () => number;
}

interface Waiting {
  seqs: number[];
  resolve: (seqs: number[]) => void;
  reject: (error: Error) => void;
}

/** A batch that is on disk, and where. What waits for all that is durable has none. */
interface DurableGroup {
  batch?: LineBatch;
  segment: number;
  start: number;
  waiting: Waiting[];
}

/** A batch on its way: its lines, and who waits for them. */
interface Group {
  batch: LineBatch;
  waiting: Waiting[];
  /** Of all that joined. */
  joined: Promise<void> | undefined;
}

/** Events in a batch, at most: few at first, more and more as long as they are followed in time. */
const GROUP_EVENTS = { least: 64, most: 1_024 };
/** How long the follower may take for a batch. */
const FOLLOW_MS = 8;
/** Batches that are kept to be used again: one fills, one is written, one is followed. */
const SPARE_BATCHES = 3;

export function createGroupCommit({ commit, nextSeq, queueBytes, onBug, monotonicMs = () => performance.now() }: GroupCommitDeps): GroupCommit {
  const spare: LineBatch[] = [];
  let filling = emptyGroup();
  /** Those before it, which have all they may have. */
  const filled: Group[] = [];
  const steps: (() => Promise<void>)[] = [];
  const durable: DurableGroup[] = [];
  let listener: ((records: LogRecord[]) => Promise<void>) | undefined;
  let writing: Promise<void> | undefined;
  let following: Promise<void> | undefined;
  /** Bytes of all appends not yet settled. */
  let held = 0;
  let closed = false;
  let groupEvents = GROUP_EVENTS.least;

  /** The batch for what comes now, or why nothing may. */
  function open(): LineBatch | LogUnavailableError {
    if (closed) return new LogUnavailableError(new Error('it is closed'));
    if (held >= queueBytes) return full();
    if (filling.batch.count() >= groupEvents) {
      filled.push(filling);
      filling = emptyGroup();
    }
    return filling.batch;
  }

  /** Lets in what was added after the batch held so much, or takes it back and returns why. */
  function admit(batch: LineBatch, count: number, size: number): LogUnavailableError | undefined {
    const bytes = batch.size() - size;
    // A single append may be larger than the bound: it would never get in otherwise.
    if (held > 0 && held + bytes > queueBytes) {
      takeBack(batch, count);
      return full();
    }
    held += bytes;
    return undefined;
  }

  function takeBack(batch: LineBatch, count: number): void {
    nextSeq -= batch.count() - count;
    batch.cut(count);
  }

  /** Puts events into the batch that is filling, all or none. */
  function enter(events: readonly LogEvent[]): LogUnavailableError | undefined {
    const batch = open();
    if (batch instanceof LogUnavailableError) return batch;
    const count = batch.count();
    const size = batch.size();
    try {
      for (const event of events) {
        batch.add(nextSeq, event);
        nextSeq++;
      }
    } catch (error) {
      takeBack(batch, count);
      throw error;
    }
    return admit(batch, count, size);
  }

  /** The same for one event, of which there are ten thousand a second. */
  function enterOne(event: LogEvent, text: ReportText | undefined): LogUnavailableError | undefined {
    const batch = open();
    if (batch instanceof LogUnavailableError) return batch;
    const count = batch.count();
    const size = batch.size();
    // What cannot be added throws, and nothing was added.
    batch.add(nextSeq, event, text);
    nextSeq++;
    return admit(batch, count, size);
  }

  function wait(seqs: number[]): Promise<number[]> {
    return new Promise((resolve, reject) => {
      filling.waiting.push({ seqs, resolve, reject });
      write();
    });
  }

  function full(): LogUnavailableError {
    return new LogUnavailableError(new Error(`more than ${queueBytes} bytes are waiting to be written`));
  }

  function write(): void {
    writing ??= writeAll();
  }

  async function writeAll(): Promise<void> {
    for (;;) {
      await endOfTurn();
      const step = steps.shift();
      if (step) await step();
      else if (filled.length > 0 || filling.waiting.length > 0) await writeGroup(filled.shift() ?? takeFilling());
      else break;
    }
    // Before anyone else gets a turn: what is appended from here on starts anew.
    writing = undefined;
  }

  function emptyGroup(): Group {
    return { batch: spare.pop() ?? createLineBatch(), waiting: [], joined: undefined };
  }

  /** Nobody looks at its bytes any more. */
  function free(batch: LineBatch): void {
    batch.clear();
    if (spare.length < SPARE_BATCHES) spare.push(batch);
  }

  function takeFilling(): Group {
    const group = filling;
    filling = emptyGroup();
    return group;
  }

  async function writeGroup({ batch, waiting }: Group): Promise<void> {
    try {
      const { segment, start } = batch.count() > 0 ? await commit(batch) : { segment: 0, start: 0 };
      durable.push({ batch, segment, start, waiting });
      following ??= followAll();
    } catch (cause) {
      held -= batch.size();
      for (const { reject } of waiting) reject(new LogUnavailableError(cause));
      free(batch);
    }
  }

  async function followAll(): Promise<void> {
    while (durable.length > 0) {
      await follow(takeDurable());
      // In a turn of its own: what waits for this one has to be answered first.
      if (durable.length > 0) await endOfTurn();
    }
    following = undefined;
  }

  /** Records are made only now, and let go of with the end of this: what waits from turn to turn is copied by the collector of garbage. */
  async function follow(groups: readonly DurableGroup[]): Promise<void> {
    const startedMs = monotonicMs();
    const records = groups.flatMap(({ batch, segment, start }) => batch?.records(segment, start) ?? []);
    try {
      await (records.length > 0 ? listener?.(records) : undefined);
    } catch (error) {
      onBug(error);
    }
    adapt(records.length, monotonicMs() - startedMs);
    for (const { batch, waiting } of groups) {
      held -= batch?.size() ?? 0;
      if (batch) free(batch);
      for (const { resolve, seqs } of waiting) resolve(seqs);
    }
  }

  /** Half as many where these took too long; twice as many where there were enough of them to tell, and time for more. */
  function adapt(events: number, tookMs: number): void {
    if (tookMs > FOLLOW_MS) groupEvents = Math.max(GROUP_EVENTS.least, groupEvents >> 1);
    else if (events * 2 > groupEvents && tookMs * 2 < FOLLOW_MS) groupEvents = Math.min(GROUP_EVENTS.most, groupEvents * 2);
  }

  /** The first, and those behind it that go with it. */
  function takeDurable(): DurableGroup[] {
    let count = 0;
    let events = 0;
    for (const { batch } of durable) {
      events += batch?.count() ?? 0;
      if (count > 0 && events > groupEvents) break;
      count++;
    }
    return durable.splice(0, count);
  }

  return {
    async append(events) {
      const firstSeq = nextSeq;
      const refusal = enter(events);
      if (refusal) throw refusal;
      return wait(events.map((_, index) => firstSeq + index));
    },
    join(event, text) {
      try {
        const refusal = enterOne(event, text);
        if (refusal) return Promise.reject(refusal);
      } catch (error) {
        return Promise.reject(error);
      }
      return (filling.joined ??= wait([]).then(() => undefined));
    },
    follow(to) {
      listener = to;
    },
    between: (step) =>
      new Promise((resolve, reject) => {
        steps.push(() => step().then(resolve, reject));
        write();
      }),
    followed: () =>
      new Promise((resolve, reject) => {
        durable.push({ segment: 0, start: 0, waiting: [{ seqs: [], resolve: () => resolve(), reject }] });
        following ??= followAll();
      }),
    async close() {
      closed = true;
      while (writing ?? following) {
        await writing;
        await following;
      }
    },
  };
}

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
