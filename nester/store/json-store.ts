import path from 'node:path';
import type { Report } from '../../protocol/report.ts';
import { formatTimestamp, parseTimestamp } from '../../protocol/timestamp.ts';
import { createDataMirror, type FreshReport } from './data-mirror.ts';
import { type FileWatch, watchFile } from './data-watch.ts';
import { removeLeftovers } from './durable-replace.ts';
import type { FilePort } from './file-port.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { LogUnavailableError, type LogEvent, type LogRecord, type ReportEvent } from './log.ts';
import { addFlight, awaitedOf, createInFlight, type NodeFlights } from './in-flight.ts';
import { applyToIndex } from './index-change.ts';
import { nodeHistories } from './node-history.ts';
import { createMirrorStart } from './mirror-start.ts';
import { createNodeFiles } from './node-files.ts';
import { createReportIndex } from './report-index.ts';
import { walkReports } from './report-walk.ts';
import {
  type AccountedReport,
  type Companion,
  type KeptReport,
  NO_COMPANION,
  type ReportStore,
  type Scanned,
  type StoreChange,
  StoreUnavailableError,
  type Taking,
  whenDurable,
} from './report-store.ts';
import { createRetirement } from './retirement.ts';
import { createStamps } from './stamps.ts';
import { createSegmentLog } from './segment-log.ts';
import { endOf, type Position, selectReports } from './selection.ts';
import { readAsOf } from './read-as-of.ts';
import { rangesOf } from './seq-set.ts';
import { completeReport, type SerialisedReport } from './stored-report.ts';

export interface JsonStoreOptions {
  /** Absolute path of the data folder; made when missing. */
  folder: string;
  retentionMs: number;
  maxReports: number;
  /** Epoch ms. */
  now: () => number;
  /** This process, told to whoever finds the folder in use. */
  pid: number;
  say: (level: 'info' | 'warn' | 'error', message: string) => void;
  files?: FilePort;
  /** Resolves after so many ms, without keeping the process alive. */
  pause?: (ms: number) => Promise<void>;
  /** Calls back every so many ms until the returned function is called. */
  every?: (ms: number, task: () => void) => () => void;
  lock?: (folder: string, pid: number) => Promise<FolderLock>;
  watch?: typeof watchFile;
  segmentBytes?: number;
  reserveBytes?: number;
}

/** Reports that go to the disk in one write. */
interface AppendGroup {
  written: Promise<void>;
  /** Their nodes, and their times of measurement. */
  flights: NodeFlights<Promise<void>>[];
  times: number[];
  /** Settles when they are in the log, the follower has seen them, and data.json has them. */
  kept: Promise<void>;
}

/** Of a report that is there already. */
const KEPT = Promise.resolve();

/** How often data.json is synced and noted in the log, when it was written. */
const CHECKPOINT_MS = 5_000;
/** How often data.json is looked at in any case: watches miss what happens in quick succession. */
const LOOK_MS = 1_000;
/** Retention by age is looked after 64 times in the period, but between these bounds. */
const RETIRE = { parts: 64, leastMs: 1_000, mostMs: 3_600_000 };
/** Events in one append when an edit is large. */
const EDIT_BATCH = 1_000;

/**
 * The store on disk: the log (`log/`) has the promise, the index says where everything is, and
 * data.json follows.
 *
 * Start: lock, replay the log into the index, bring data.json and the index together, retire
 * what is too old, watch. Stop: in the opposite order.
 */
export function createJsonStore(options: JsonStoreOptions): ReportStore {
  const { folder, now, say, files = createNodeFiles(), pause = pauseUnreferenced, every = everyUnreferenced } = options;
  const dataPath = path.join(folder, 'data.json');
  const index = createReportIndex();
  const log = createSegmentLog({
    files,
    folder: path.join(folder, 'log'),
    now,
    onBug: (error) => say('error', `BUG: ${reasonOf(error)}`),
    ...(options.segmentBytes === undefined ? {} : { segmentBytes: options.segmentBytes }),
    ...(options.reserveBytes === undefined ? {} : { reserveBytes: options.reserveBytes }),
  });
  const mirror = createDataMirror({
    files,
    path: dataPath,
    index,
    log,
    now,
    pause,
    say,
    applyEdit,
    noteMirrored: async (body) => {
      await log.append([{ type: 'mirrored', ...body }]);
    },
  });

  const retirement = createRetirement({
    index,
    log,
    mirror,
    limits: options,
    now,
    say,
    companion: () => companion,
    drop: (seqs) => appendDrops(seqs),
    keep: appendEvents,
  });

  let listener: (change: StoreChange) => void = () => undefined;
  let companion: Companion = NO_COMPANION;
  /** Stored, and the companion has not heard of it yet. */
  let untold: AccountedReport[] = [];
  let opened = false;
  let writable = false;
  /** Last sequence number the follower saw. */
  let seen = 0;
  /** Counts changes that take reports away: see `version`. */
  let removals = 0;
  /** Settles when data.json has what the follower saw last. */
  let inFile: Promise<void> = Promise.resolve();
  /** Reports on their way, and when each is kept. */
  const inFlight = createInFlight<Promise<void>>();
  let lastGroup: AppendGroup | undefined;
  const stamps = createStamps((node, ms) => index.find(node, ms) !== 0 || inFlight.of(node, ms) !== undefined);
  let stops: (() => Promise<void> | void)[] = [];

  /** Everything that happens comes through here, in order: at start from the log, then as it is stored. */
  function apply(record: LogRecord): string[] {
    const { removed, touched, taken } = applyToIndex(index, record);
    const { seq, event } = record;
    seen = seq;
    if (removed) removals++;
    if (taken.length > 0 || event.type === 'forget') {
      // Who keeps account is told in the order of the log.
      tellStored();
      if (taken.length > 0) companion.taken(taken);
      if (event.type === 'forget') companion.forgotten(event.node, seq);
    }
    return touched;
  }

  function tellStored(): void {
    if (untold.length > 0) companion.stored(untold);
    untold = [];
  }

  async function follower(records: LogRecord[]): Promise<void> {
    const fresh: FreshReport[] = [];
    let reports: KeptReport[] = [];
    const announce = (): void => {
      if (reports.length > 0 && opened) listener({ type: 'reports', cursor: cursor(), reports });
      reports = [];
    };
    // All of a batch is in the index before anyone is told of the first: a reader who is told
    // finds what it was told of.
    const toTell: { newer: KeptReport[]; touched: string[] }[] = [];
    for (const record of records) {
      const touched = apply(record);
      const { seq, event, json } = record;
      if (event.type === 'report') {
        if (!json) throw new Error(`BUG: the log says of report ${seq} that it is kept, and not what it says`);
        // One object for all who are told: there are tens of thousands a second.
        const stored = storedReport(seq, event, json);
        fresh.push(stored);
        reports.push(stored);
        if (opened) untold.push(stored);
      } else if (event.type === 'keep') {
        fresh.push({ seq, json: undefined });
      }
      if (touched.length > 0) {
        toTell.push({ newer: reports, touched });
        reports = [];
      }
    }
    tellStored();
    if (fresh.length > 0) inFile = mirror.append(fresh);
    const newest = reports;
    for (const { newer, touched } of toTell) {
      reports = newer;
      announce();
      await announceRebuilt(touched);
    }
    reports = newest;
    announce();
    if (opened && index.count() > options.maxReports) retirement.begin();
  }

  async function announceRebuilt(nodes: readonly string[]): Promise<void> {
    if (!opened) return;
    const histories = new Map((await nodeHistories(index, log, nodes)).map((history) => [history.node, history]));
    listener({ type: 'rebuilt', cursor: cursor(), nodes: nodes.map((node) => ({ node, history: histories.get(node) })) });
  }

  function cursor(): string {
    return `${log.epoch}-${seen}`;
  }

  /** What a cursor of this log stands for; any other text stands for the beginning. */
  function positionOf(text: string): Position {
    const [epoch, digits, ...rest] = text.split('-');
    const isOurs = epoch === log.epoch && digits !== undefined && rest.length === 0 && /^\d{1,15}$/.test(digits);
    const seq = Number(isOurs ? digits : NaN);
    return seq <= seen ? { seq, isKnown: true } : { seq: 0, isKnown: false };
  }

  async function appendEvents(events: readonly LogEvent[]): Promise<number[]> {
    const seqs = await log.append(events).catch(noteRefused);
    noteWritten();
    return seqs;
  }

  function noteWritten(): void {
    writable = true;
  }

  function noteRefused(error: unknown): never {
    if (!(error instanceof LogUnavailableError)) throw error;
    writable = false;
    throw new StoreUnavailableError(error.cause);
  }

  /**
   * After a refusal: whether the disk takes anything again. Who asks `writable` may be keeping
   * reports away until it says so.
   */
  async function probe(): Promise<void> {
    if (writable) return;
    await appendEvents([{ type: 'drop', ranges: [] }]).catch(() => undefined);
  }

  /** Not for the follower, nor waited for by data.json: its own file is being settled. */
  async function applyEdit({ added, dropped }: { added: SerialisedReport[]; dropped: number[] }): Promise<void> {
    for (let at = 0; at < added.length; at += EDIT_BATCH) {
      await appendEvents(added.slice(at, at + EDIT_BATCH).map(reportEvent));
    }
    await appendDrops(dropped, { edit: true });
  }

  async function appendDrops(seqs: readonly number[], why: { edit?: true } = {}): Promise<void> {
    const ranges = rangesOf(seqs);
    for (let at = 0; at < ranges.length; at += EDIT_BATCH) {
      await appendEvents([{ type: 'drop', ranges: ranges.slice(at, at + EDIT_BATCH), ...why }]);
    }
  }

  /** Hot path: nothing in it waits on its own, since all that go to the disk together are settled together. */
  function take(report: Report, receivedAtMs: number, scanned?: Scanned): Taking {
    const { node } = report;
    const given = report.timestamp === undefined ? undefined : (scanned?.timestampMs ?? parseTimestamp(report.timestamp));
    const timestampMs = given ?? stamps.next(node, receivedAtMs);
    const timestamp = report.timestamp ?? formatTimestamp(timestampMs);
    const flights = inFlight.ofNode(node);
    if (given !== undefined) {
      // The same report may be on its way to the disk: it is kept when that one is.
      const durable = awaitedOf(flights, timestampMs) ?? (index.find(node, timestampMs) === 0 ? undefined : KEPT);
      if (durable) return { node, timestamp, duplicate: true, durable };
    }
    const stored = completeReport(report, timestampMs, receivedAtMs);
    const json = scanned ? '' : JSON.stringify(stored);
    const group = groupOf(log.join({ type: 'report', node, timestampMs, receivedAtMs, json, report: stored }, scanned?.completed(timestamp, receivedAtMs)));
    group.flights.push(flights);
    group.times.push(timestampMs);
    addFlight(flights, timestampMs, group.kept);
    return { node, timestamp, duplicate: false, durable: group.kept };
  }

  /** Reports that share a write share all that comes after it. */
  function groupOf(written: Promise<void>): AppendGroup {
    if (lastGroup?.written === written) return lastGroup;
    const flights: AppendGroup['flights'] = [];
    const times: number[] = [];
    lastGroup = { written, flights, times, kept: settleGroup(written, flights, times) };
    return lastGroup;
  }

  async function settleGroup(written: Promise<void>, flights: AppendGroup['flights'], times: readonly number[]): Promise<void> {
    try {
      await written.then(noteWritten, noteRefused);
    } finally {
      let at = 0;
      for (const entry of flights) inFlight.remove(entry, times[at++] ?? NaN);
    }
    await inFile;
  }

  return {
    async open() {
      await files.makeFolder(folder);
      const lock = await (options.lock ?? lockFolder)(folder, options.pid);
      stops.unshift(() => lock.release());
      try {
        await removeLeftovers(files, folder, (name) => name === path.basename(dataPath));
        const start = createMirrorStart(index);
        const repairs = await log.open((records) => {
          for (const record of records) start.replayed(record, () => apply(record));
        });
        stops.unshift(() => log.close());
        for (const message of repairs.messages) say('warn', message);
        log.follow(follower);
        await mirror.open(start.result(repairs.damaged));
        stops.unshift(() => mirror.close());
        // A companion has to look at what goes before it goes; nobody waits for that.
        const isAlone = companion === NO_COMPANION;
        if (isAlone) {
          retirement.begin();
          await retirement.done();
        }
        writable = true;
        startWatching();
        const histories = await nodeHistories(index, log, [...index.nodes()]);
        opened = true;
        if (!isAlone) retirement.begin();
        return histories;
      } catch (error) {
        await stopAll();
        throw error;
      }
    },
    follow(to) {
      listener = to;
    },
    accompany(other) {
      companion = other;
    },
    append: (report, receivedAtMs) => whenDurable(take(report, receivedAtMs)),
    take,
    async forget(node) {
      if (index.newestOf(node) === 0) return false;
      const [seq = 0] = await appendEvents([{ type: 'forget', node }]);
      stamps.forget(node);
      const isErased = await companion.erased(node, seq).then(
        () => true,
        (error: unknown) => {
          say('error', `history.json still has what was forgotten, and will be seen to at the next start: ${reasonOf(error)}`);
          return false;
        },
      );
      await mirror.rewrite();
      // While another file still has them on disk, the log must not forget that they are gone.
      if (isErased && (await mirror.checkpoint())) {
        await log.purge(
          (seq) => !index.has(seq),
          (seq, place) => index.move(seq, place),
        );
      }
      return true;
    },
    select(query) {
      const after = query.after === undefined ? undefined : positionOf(query.after);
      const end = endOf(index, query, after, seen);
      return {
        cursorKnown: after?.isKnown ?? true,
        cursor: `${log.epoch}-${end}`,
        batches: () => selectReports(index, (places) => log.read(places), query, after, end),
        joined: (before) => selectReports(index, (places) => log.readJoined(places, before), query, after, end),
      };
    },
    walk: (visit, node) => walkReports(index, log, visit, node),
    asOf: (receivedUntilMs, node) => readAsOf(index, log, receivedUntilMs, node),
    position: () => ({ epoch: log.epoch, seq: seen }),
    cursor,
    version: () => `${log.epoch}-${seen}-${removals}`,
    writable: () => writable,
    count: () => index.count(),
    async close() {
      await retirement.done();
      await stopAll();
    },
  };

  function startWatching(): void {
    const watched: FileWatch = (options.watch ?? watchFile)(
      dataPath,
      () => void mirror.look(),
      (error) => say('warn', `data.json is not watched, edits are noticed at the next report: ${reasonOf(error)}`),
    );
    stops.unshift(() => watched.close());
    const { parts, leastMs, mostMs } = RETIRE;
    const retireMs = Math.min(mostMs, Math.max(leastMs, options.retentionMs / parts));
    stops.unshift(every(retireMs, () => retirement.begin()));
    stops.unshift(
      every(LOOK_MS, () => {
        void mirror.look();
        void probe();
      }),
    );
    stops.unshift(
      every(CHECKPOINT_MS, () => {
        mirror.checkpoint().catch((error: unknown) => say('warn', `data.json could not be synced: ${reasonOf(error)}`));
      }),
    );
  }

  async function stopAll(): Promise<void> {
    for (const stop of stops.splice(0)) await stop();
    stops = [];
    writable = false;
  }
}

function reportEvent({ report, json, timestampMs, receivedAtMs }: SerialisedReport): ReportEvent {
  return { type: 'report', node: report.node, timestampMs, receivedAtMs, json, report };
}

function storedReport(seq: number, { timestampMs, report }: ReportEvent, json: Buffer): AccountedReport & KeptReport {
  // Another Nester of a shared log sends text alone; ours hands the object on.
  return { seq, timestampMs, report: report ?? (JSON.parse(json.toString()) as KeptReport['report']), json };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function pauseUnreferenced(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

function everyUnreferenced(ms: number, task: () => void): () => void {
  const timer = setInterval(task, ms);
  timer.unref();
  return () => clearInterval(timer);
}
