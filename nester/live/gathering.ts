import type { LiveDeps } from './live.ts';
import { type Segment, sizeOf } from './segment.ts';

/** Gathered text beyond this is sent without waiting for the rest of the time. */
const FULL_BYTES = 256 * 1024;

/**
 * Lets a few frames go at once, and gathers what comes beyond, in order: `early` frames may go
 * without waiting, and one more with every `gatherMs` that passes. So a report that comes now and
 * then is never kept waiting, a flood is one frame each `gatherMs`, and no crowd of viewers is sent
 * more frames than that in the long run.
 */
export interface Gathering {
  add(segment: Segment): void;
  /** What is added meanwhile counts as one: a lone report, and the status that it changed, go at once. */
  together(add: () => void): void;
  /** Sends what is gathered now. */
  flush(): void;
  close(): void;
}

export function createGathering(
  schedule: LiveDeps['schedule'],
  { gatherMs, early }: { gatherMs: number; early: number },
  send: (segments: readonly Segment[]) => void,
): Gathering {
  let gathered: Segment[] = [];
  let size = 0;
  /** Frames that may go at once. */
  let left = early;
  /** Of the time after which one more may; it runs while there are fewer than at first. */
  let cancel: (() => void) | undefined;
  let held = false;

  function flush(): void {
    if (gathered.length === 0) return;
    const segments = gathered;
    gathered = [];
    size = 0;
    left = Math.max(0, left - 1);
    waitForNext();
    send(segments);
  }

  function waitForNext(): void {
    cancel ??= schedule(gatherMs, () => {
      cancel = undefined;
      left++;
      if (gathered.length > 0) flush();
      else if (left < early) waitForNext();
    });
  }

  function flushIfDue(): void {
    if (!held && (left > 0 || size > FULL_BYTES)) flush();
  }

  return {
    add(segment) {
      gathered.push(segment);
      size += sizeOf(segment);
      flushIfDue();
    },
    together(add) {
      held = true;
      try {
        add();
      } finally {
        held = false;
        flushIfDue();
      }
    },
    flush,
    close() {
      flush();
      cancel?.();
    },
  };
}
