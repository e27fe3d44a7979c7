import type { Log, ReportEvent } from './log.ts';
import type { ReportIndex } from './report-index.ts';
import type { Companion } from './report-store.ts';
import { retiredSeqs, type RetentionLimits } from './retention.ts';

export interface RetirementDeps {
  index: ReportIndex;
  log: Pick<Log, 'read' | 'removeThrough'>;
  mirror: { rewrite(): Promise<void>; checkpoint(): Promise<boolean> };
  limits: RetentionLimits;
  now: () => number;
  say: (level: 'error', message: string) => void;
  companion: () => Pick<Companion, 'leaving' | 'carrying' | 'left'>;
  /** Appends to the log that these are gone. */
  drop: (seqs: number[]) => Promise<void>;
  /** Appends to the log. */
  keep: (events: ReportEvent[]) => Promise<unknown>;
}

/**
 * Carries out retention, one pass at a time: once what old reports tell is kept by the companion,
 * they leave the index, then data.json, then, by whole segments, the log. A pass cut short by a crash is made again at the next start.
 */
export interface Retirement {
  /** Begins a pass, unless one is under way, which then sees to what came meanwhile, too. */
  begin(): void;
  /** Resolves when no pass is under way. */
  done(): Promise<void>;
}

/** Reports a companion is told of, and that leave the index, before everything else gets its turn. */
const BATCH = 1_024;

export function createRetirement({ index, log, mirror, limits, now, say, companion, drop, keep }: RetirementDeps): Retirement {
  let running: Promise<void> | undefined;

  async function all(): Promise<void> {
    try {
      while (await once());
    } catch (error) {
      sayFailed(error);
    }
  }

  function sayFailed(error: unknown): void {
    say('error', `old reports could not be removed: ${error instanceof Error ? error.message : String(error)}`);
  }

  /** `false`: there was nothing to retire. */
  async function once(): Promise<boolean> {
    const retired = await retiredSeqs(index, limits, now());
    if (retired.length === 0) return false;
    await companion().leaving(batchesOf(retired));
    try {
      for (let at = 0; at < retired.length; at += BATCH) {
        // Some may have been taken away meanwhile, others be the last of their node by now.
        await drop(retired.slice(at, at + BATCH).filter((seq) => index.has(seq) && index.newestOf(index.row(seq).node) !== seq));
      }
    } catch (error) {
      companion().left(false);
      throw error;
    }
    companion().left(true);
    const through = await carryForward().catch((error: unknown) => {
      sayFailed(error);
      return 0;
    });
    await mirror.rewrite();
    // Not before data.json is on disk without them: it would bring them back.
    if ((await mirror.checkpoint()) && through > 0) await log.removeThrough(through);
    return true;
  }

  /**
   * The newest report of a site that went dark long ago holds a whole segment. It is written
   * again at the end, so that the segment can go. Resolves to what may be removed.
   */
  async function carryForward(): Promise<number> {
    const { stragglers, frontier } = headOfLog();
    if (frontier === 0) return 0;
    const { segment } = index.row(frontier).place;
    const rows = stragglers.map((seq) => index.row(seq)).filter(({ place }) => place.segment < segment);
    if (rows.length === 0) return frontier - 1;
    await companion().carrying([rows]);
    const texts = await log.read(rows.map(({ place }) => place));
    const events = rows.map(
      ({ node, timestampMs, receivedAtMs }, n): ReportEvent => ({
        type: 'keep',
        node,
        timestampMs,
        receivedAtMs,
        json: Buffer.from(texts[n] ?? []).toString(),
      }),
    );
    await keep(events);
    return frontier - 1;
  }

  /** Reports past their time that stay, and the first one within it (0: there is none). */
  function headOfLog(): { stragglers: number[]; frontier: number } {
    const stragglers: number[] = [];
    const oldestMs = now() - limits.retentionMs;
    for (const batch of index.bySeq(0, index.last())) {
      for (const seq of batch) {
        const { node, receivedAtMs } = index.row(seq);
        if (index.newestOf(node) !== seq || receivedAtMs >= oldestMs) return { stragglers, frontier: seq };
        stragglers.push(seq);
      }
    }
    return { stragglers, frontier: 0 };
  }

  function* batchesOf(seqs: readonly number[]) {
    for (let at = 0; at < seqs.length; at += BATCH) {
      yield seqs
        .slice(at, at + BATCH)
        .filter((seq) => index.has(seq))
        .map((seq) => index.row(seq));
    }
  }

  return {
    begin() {
      running ??= all().finally(() => {
        running = undefined;
      });
    },
    async done() {
      await running;
    },
  };
}
