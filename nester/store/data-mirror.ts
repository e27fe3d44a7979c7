import { createArrivals } from './arrivals.ts';
import { createDataFile } from './data-file.ts';
import { createDataLines, type DataLines } from './data-lines.ts';
import { inspect, sameFacts, seenUntil, setAside, whenStill } from './data-inspection.ts';
import { createDataRewrite } from './data-rewrite.ts';
import { resumeDataFile } from './data-resume.ts';
import { importDataFile } from './data-import.ts';
import type { FileFacts, FilePort } from './file-port.ts';
import type { KnownBody } from './line-match.ts';
import type { Log } from './log.ts';
import type { ReportIndex } from './report-index.ts';
import type { SeqSet } from './seq-set.ts';
import { createSerial } from '../serial.ts';
import type { SerialisedReport } from './stored-report.ts';

/**
 * Keeps data.json equal to the log, in both directions: what Nester stores is appended to the
 * file, and what operators make of the file is told to the store.
 *
 * The log has the promise; this file never turns a stored report into a refusal: `append`
 * resolves although the disk refuses, and what is missing is written as soon as it can be.
 * What stands at the path and is neither ours nor a valid edit is set aside, never lost.
 */
export interface DataMirror {
  /** At start, the index being complete: compares, takes edits made meanwhile, mends, imports. */
  open(start: MirrorStart): Promise<void>;
  /** Reports that the log just took, in order; their JSON is copied. Resolves once the file has them, or after {@link PATIENCE_MS} of trouble. */
  append(reports: readonly FreshReport[]): Promise<void>;
  /**
   * Writes the file anew from the index, without what was removed. Resolves when it is in
   * place, or when the disk refused: then it is tried again and again, and `checkpoint` tells.
   */
  rewrite(): Promise<void>;
  /** Somebody may have touched the file: looks, and sees to it. Never rejects. */
  look(): Promise<void>;
  /** Syncs the file, and has it noted in the log how far it goes; `false`: it is in trouble just now. */
  checkpoint(): Promise<boolean>;
  close(): Promise<void>;
}

export interface FreshReport {
  seq: number;
  /** `undefined`: the file has it already, further up (a report carried forward). */
  json: Uint8Array | undefined;
}

/** What the log says of the file as the last Nester left it. */
export interface MirrorStart {
  /** What the file held, on disk, when that was last noted; `undefined`: nobody ever did. */
  known: KnownBody | undefined;
  /** Since then nothing was removed, replaced or moved: what it held is what it should begin with. */
  undisturbed: boolean;
  /** Identities of reports removed since then: the file may still have them. */
  leftovers: ReadonlySet<string>;
}

export interface MirrorDeps {
  files: FilePort;
  path: string;
  index: ReportIndex;
  log: Pick<Log, 'read' | 'readJoined'>;
  now: () => number;
  /** Resolves after so many ms. */
  pause: (ms: number) => Promise<void>;
  /** Makes an operator's edit durable: reports to keep (new or changed), sequence numbers to drop. */
  applyEdit: (edit: { added: SerialisedReport[]; dropped: number[] }) => Promise<void>;
  /** Notes in the log that the file is on disk, and how far it goes. */
  noteMirrored: (body: KnownBody) => Promise<void>;
  say: (level: 'info' | 'warn' | 'error', message: string) => void;
}

/** How long acknowledgements wait, in all, for a file that is in trouble. */
export const PATIENCE_MS = 3_000;
/** A file that changed must be still for so long before it is read. */
const STILL_MS = 100;
/** What looks like an accident must be still for longer: somebody may be in the middle of a save. */
const ACCIDENT_STILL_MS = 1_000;
const RETRY_MS = 1_000;
const NOTHING = createDataLines();

export function createDataMirror(deps: MirrorDeps): DataMirror {
  const { files, path, index, log, now, pause, say } = deps;
  const file = createDataFile(files, path);
  /** One at a time: whatever touches the file at the path. */
  const inTurn = createSerial();
  const arrivals = createArrivals();
  /** The file has every live report up to here. */
  let through = 0;
  /** What the log knows of the file. */
  let noted: KnownBody | undefined;
  /** Under way while the file is not ours; `patience` ends when nobody should wait for it any more. */
  let settling: { done: Promise<void>; patience: Promise<void> } | undefined;
  let waiting = createDataLines();
  /** Takes its place while it is written. */
  let spare = createDataLines();
  let flushing: Promise<void> | undefined;
  let rewriting: Promise<void> | undefined;
  let rewriteAgain = false;
  let closed = false;
  /** The file is not held any more. */
  let released = false;
  /** The file is being looked at for the first time: what is taken from it meanwhile is written with all the rest. */
  let opening = false;
  let troubled = false;
  /** The file still has what was removed: nothing but a rewrite will do. */
  let stale = false;
  /** What may still be in the file that was removed before the last stop. */
  let leftovers: ReadonlySet<string> = new Set();

  function trouble(error: unknown): void {
    if (!troubled) say('error', `data.json cannot be kept current: ${reasonOf(error)}. Reports are safe in the log.`);
    troubled = true;
  }

  function current(upTo: number): void {
    through = upTo;
    if (troubled) say('info', 'data.json is current again');
    troubled = false;
  }

  /** Brings our file up to the fresh reports, and what it lacks before them. In turn only. */
  async function catchUp(fresh: DataLines): Promise<void> {
    const end = fresh.lastSeq() ?? index.last();
    if (end <= through) return;
    // Before the fresh ones there is something only after a failed write.
    for (const batch of index.bySeq(through, (fresh.firstSeq() ?? end + 1) - 1)) {
      const lines = createDataLines();
      const texts = await log.read(batch.map((seq) => index.row(seq).place));
      for (const [n, text] of texts.entries()) lines.add(batch[n] ?? 0, text);
      if (!(await extend(lines, batch.at(-1) ?? through))) return;
    }
    fresh.only((seq) => seq > through && index.has(seq));
    await extend(fresh, end);
  }

  /** What came while the last write was under way goes in one. */
  async function flush(): Promise<void> {
    const fresh = waiting;
    waiting = spare;
    flushing = undefined;
    try {
      await catchUp(fresh);
    } catch (error) {
      trouble(error);
      settle();
    }
    fresh.clear();
    spare = fresh;
  }

  async function untilSettled(): Promise<void> {
    if (settling) await Promise.race([settling.done, settling.patience]);
  }

  /** `false`: the file is not ours any more; it is being seen to. */
  async function extend(lines: DataLines, upTo: number): Promise<boolean> {
    const finding = await file.append(lines);
    if (finding.kind !== 'ours') {
      settle();
      return false;
    }
    current(upTo);
    const facts = await file.ownFacts();
    if (facts) arrivals.note(upTo, facts.modifiedMs);
    return true;
  }

  function settle(): void {
    if (closed || settling) return;
    const done = settleUntilOurs().finally(() => {
      settling = undefined;
    });
    settling = { done, patience: pause(PATIENCE_MS) };
  }

  async function settleUntilOurs(): Promise<void> {
    // Asked once, before we read the file ourselves: see `seenUntil`.
    const own = await file.ownFacts().catch(() => undefined);
    for (;;) {
      try {
        if (await settleOnce(own)) return;
      } catch (error) {
        trouble(error);
        await pause(RETRY_MS);
      }
      if (isClosed()) return;
    }
  }

  async function settleOnce(own: FileFacts | undefined): Promise<boolean> {
    const finding = await file.check();
    if (finding.kind === 'broken' || (finding.kind === 'ours' && stale)) return placeRewrite(undefined);
    if (finding.kind === 'ours') {
      await inTurn(() => catchUp(NOTHING));
      return (await file.check()).kind === 'ours';
    }
    const facts = await whenStill(files, path, pause, STILL_MS);
    const inspection = await inspect(files, path, index, {
      nowMs: now(),
      heldReports: through > 0 && index.count() > 0,
      leftovers,
    });
    if (!inspection.ok) {
      const later = await whenStill(files, path, pause, ACCIDENT_STILL_MS);
      if (!sameFacts(facts, later)) return false;
      say('warn', await setAside(files, path, inspection, now(), index.count()));
      return placeRewrite(undefined);
    }
    if (!facts || !sameFacts(facts, await files.stat(path))) return false;
    const seen = arrivals.writtenBefore(seenUntil(own, facts));
    const dropped = missingFrom(inspection.present, through).filter(
      (seq) => seq < inspection.newestPresent || seq <= seen,
    );
    await takeEdit(inspection.added, dropped);
    return placeRewrite(facts);
  }

  async function takeEdit(added: SerialisedReport[], dropped: number[]): Promise<void> {
    if (added.length === 0 && dropped.length === 0) return;
    await deps.applyEdit({ added, dropped });
    say('info', `data.json was edited: ${added.length} reports added or changed, ${dropped.length} removed`);
  }

  /** Reports that the file had up to `upTo`, and has no more. */
  function missingFrom(present: SeqSet, upTo: number): number[] {
    const missing: number[] = [];
    for (const batch of index.bySeq(0, upTo)) missing.push(...batch.filter((seq) => !present.has(seq)));
    return missing;
  }

  /**
   * Writes the file anew and puts it in place, whatever stands there. `edited`: unless that
   * changed since it had these facts; `false` says so.
   */
  async function placeRewrite(edited: FileFacts | undefined): Promise<boolean> {
    const rewrite = createDataRewrite(files, path, index, log);
    try {
      await rewrite.catchUp();
      await rewrite.sync();
      await rewrite.catchUp();
      return await inTurn(async () => {
        const stands = edited ? sameFacts(edited, await files.stat(path)) : true;
        if (!stands) {
          await rewrite.abandon();
          return false;
        }
        await place(rewrite);
        return true;
      });
    } catch (error) {
      await rewrite.abandon();
      throw error;
    }
  }

  async function place(rewrite: ReturnType<typeof createDataRewrite>): Promise<void> {
    await rewrite.catchUp();
    const { replacement, body, through: end } = await rewrite.finish();
    await file.replace(replacement, body);
    stale = false;
    leftovers = new Set();
    current(end);
  }

  /** Rewrites until the file is without everything that was removed before the last call. */
  async function rewriteAll(): Promise<void> {
    do {
      rewriteAgain = false;
      await settling?.done;
      if (closed) return;
      const { kind } = await inTurn(() => file.check());
      stale = true;
      try {
        if (kind === 'foreign') rewriteAgain = true;
        else await placeRewrite(undefined);
      } catch (error) {
        trouble(error);
      }
      if (isStale()) settle();
    } while (isRewriteAgain());
  }

  // Functions, so that the compiler does not think these settled across an await.
  function isRewriteAgain(): boolean {
    return rewriteAgain;
  }
  function isStale(): boolean {
    return stale;
  }
  function isClosed(): boolean {
    return closed;
  }
  function isSettling(): boolean {
    return settling !== undefined;
  }

  async function checkpoint(): Promise<boolean> {
    if (isSettling()) return false;
    const synced = await inTurn(async () => {
      const body: KnownBody = { through, ...(await file.sync()) };
      return (await file.check()).kind === 'ours' ? body : undefined;
    });
    if (!synced || isSettling()) return false;
    if (synced.crc === noted?.crc && synced.bytes === noted.bytes && synced.through === noted.through) return true;
    await deps.noteMirrored(synced);
    noted = synced;
    return true;
  }

  async function begin(undisturbed: boolean): Promise<void> {
    const facts = await files.stat(path);
    const readable = facts?.kind === 'file' && facts.size > 0;
    if (readable) {
      const lastSeq = await resumeDataFile(facts, { files, path, file, index, noted, undisturbed });
      if (lastSeq !== undefined) {
        through = lastSeq;
        return catchUp(NOTHING);
      }
    }
    if (!facts && !noted) return catchUp(NOTHING);
    if (!readable || noted || !(await importDataFile({ ...deps, facts, leftovers }))) {
      const heldReports = index.count() > 0;
      const inspection = await inspect(files, path, index, { nowMs: now(), heldReports, leftovers });
      if (inspection.ok) await takeEdit(inspection.added, missingFrom(inspection.present, noted?.through ?? 0));
      else say('warn', await setAside(files, path, inspection, now(), index.count()));
    }
    await placeRewrite(undefined);
    await checkpoint();
  }

  return {
    async open(start) {
      noted = start.known;
      leftovers = start.leftovers;
      opening = true;
      try {
        await begin(start.undisturbed);
      } catch (error) {
        // Readable or not, current or not: the log is there, and so Nester starts.
        trouble(error);
        settle();
      } finally {
        opening = false;
      }
    },
    append(reports) {
      // An import would wait here in memory as a whole, and be read once more as if it were an edit.
      if (opening) return Promise.resolve();
      // What comes while the log is being closed is brought into the file at the next start.
      if (released) return Promise.resolve();
      // Once the file is ours again it gets everything of the index.
      if (settling) return untilSettled();
      for (const { seq, json } of reports) {
        if (json) waiting.add(seq, json);
        else waiting.addNothing(seq);
      }
      flushing ??= inTurn(flush);
      return flushing.then(untilSettled);
    },
    rewrite() {
      rewriteAgain = true;
      rewriting ??= rewriteAll().finally(() => {
        rewriting = undefined;
      });
      return rewriting;
    },
    async look() {
      if (settling || closed) return;
      try {
        if ((await inTurn(() => file.check())).kind !== 'ours') settle();
      } catch (error) {
        trouble(error);
      }
    },
    checkpoint,
    async close() {
      closed = true;
      await settling?.done;
      await rewriting;
      await checkpoint().catch(trouble);
      released = true;
      await inTurn(() => file.close());
    },
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
