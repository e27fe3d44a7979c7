import { decodeCursor, isAtOrBefore } from './cursor.ts';
import { createGathering } from './gathering.ts';
import { createHeartbeat } from './heartbeat.ts';
import { createJournal } from './journal.ts';
import { type Live, LIVE_LIMITS, type LiveDeps } from './live.ts';
import { framesOf, type Segment } from './segment.ts';
import { createSnapshots } from './snapshots.ts';
import { createTextShelf } from './text-shelf.ts';
import { createViewer, type Viewer } from './viewer.ts';

const OPEN = 1;

/**
 * Tells every open page what happened.
 *
 * Each viewer is first brought up to date (what it missed, or a snapshot) and then follows: it
 * gets everything published since, in order, once. Frames are serialised once for all. A viewer
 * that falls behind is brought up to date again when its socket drained, so what is kept for it
 * is bounded, and what it shows is right.
 */
export function createLive({ snapshot, page, now, schedule, limits }: LiveDeps): Live {
  const { gatherMs, earlyFrames, snapshotPaceMs, bufferedBytes, messagesPerBeat, heartbeatMs, goodbyeMs, ...kept } = { ...LIVE_LIMITS, ...limits };
  const viewers = new Set<Viewer>();
  const shelf = createTextShelf();
  const journal = createJournal(kept, shelf);
  const gathering = createGathering(schedule, { gatherMs, early: earlyFrames }, send);
  const heartbeat = createHeartbeat(schedule, heartbeatMs, () => {
    for (const viewer of viewers) if (!viewer.beat()) viewer.cut();
  });
  let version = 0;
  let closed = false;
  let cancelCut: (() => void) | undefined;
  /** What the last viewer to come back had missed: those of one crowd mostly missed the same. */
  let lastMissed: { cursor: string; frames: Buffer[] } | undefined;
  const snapshots = createSnapshots({
    snapshot,
    page,
    now,
    schedule,
    paceMs: snapshotPaceMs,
    version: () => version,
    flush: () => gathering.flush(),
  });

  function send(segments: readonly Segment[]): void {
    const frames = viewers.size === 0 ? [] : framesOf(segments, shelf);
    // The first of them may be forgotten with the last.
    for (const segment of segments) journal.add(segment);
    for (const frame of frames) for (const viewer of viewers) viewer.follow(frame);
  }

  function publish(texts: readonly (string | Uint8Array)[], what: { type: 'reports'; cursor: string } | { type: 'nodes' | 'removed' }): void {
    if (texts.length === 0 || closed) return;
    version++;
    lastMissed = undefined;
    const segment = { items: texts.length, text: shelf.put(texts) };
    gathering.add(what.type === 'reports' ? { ...what, ...segment } : { ...what, ...segment });
  }

  /** Frames after the cursor; `undefined` if that cannot be told. */
  function missedSince(cursor: string): Buffer[] | undefined {
    if (lastMissed?.cursor === cursor) return lastMissed.frames;
    const position = decodeCursor(cursor);
    const segments = position && journal.after(position);
    if (!segments || isAhead(cursor)) return undefined;
    lastMissed = { cursor, frames: framesOf(segments, shelf) };
    return lastMissed.frames;
  }

  /** Whether the cursor is from a future that did not happen here: the log was put back to an older state. */
  function isAhead(cursor: string): boolean {
    const newest = journal.newest();
    if (newest !== undefined && isAtOrBefore(cursor, decodeCursor(newest))) return false;
    return !isAtOrBefore(cursor, decodeCursor(snapshot().cursor));
  }

  return {
    publishReports: (cursor, texts) => publish(texts, { type: 'reports', cursor }),
    publishNodes: (nodes) => publish(nodes.map(toText), { type: 'nodes' }),
    publishRemoved: (nodes) => publish(nodes.map(toText), { type: 'removed' }),
    together: (publishAll) => gathering.together(publishAll),
    accept(socket, cursor) {
      const viewer = createViewer(socket, {
        bufferedBytes,
        messagesPerBeat,
        needSnapshot(behind) {
          if (!closed) snapshots.give(behind);
        },
        closed(gone) {
          viewers.delete(gone);
          snapshots.withdraw(gone);
          if (viewers.size > 0) return;
          heartbeat.stop();
          cancelCut?.();
        },
      });
      if (socket.readyState > OPEN) return;
      if (closed) {
        viewer.goodbye();
        return;
      }
      viewers.add(viewer);
      heartbeat.start();
      if (cursor === undefined) {
        snapshots.give(viewer);
        return;
      }
      gathering.flush();
      const missed = missedSince(cursor);
      if (missed) viewer.catchUp(missed);
      else snapshots.give(viewer);
    },
    count: () => viewers.size,
    close() {
      if (closed) return;
      gathering.close();
      closed = true;
      snapshots.close();
      heartbeat.stop();
      for (const viewer of viewers) viewer.goodbye();
      if (viewers.size > 0) {
        cancelCut = schedule(goodbyeMs, () => {
          for (const viewer of viewers) viewer.cut();
        });
      }
    },
  };
}

function toText(value: unknown): string {
  return JSON.stringify(value);
}
