import type { LiveDeps } from './live.ts';
import type { Segment } from './segment.ts';

/** Gathered text beyond this is sent without waiting for the rest of the time. */
const FULL_CHARACTERS = 256 * 1024;

/**
 * Lets a lone segment through at once, and gathers those that come within `gatherMs` of the
 * last that went, in order.
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
  gatherMs: number,
  send: (segments: readonly Segment[]) => void,
): Gathering {
  let gathered: Segment[] = [];
  let size = 0;
  let cancel: (() => void) | undefined;
  let held = false;

  function flush(): void {
    if (gathered.length === 0) return;
    const segments = gathered;
    gathered = [];
    size = 0;
    cancel?.();
    cancel = schedule(gatherMs, () => {
      cancel = undefined;
      flush();
    });
    send(segments);
  }

  function flushIfDue(): void {
    if (!held && (!cancel || size > FULL_CHARACTERS)) flush();
  }

  return {
    add(segment) {
      gathered.push(segment);
      size += segment.text.length;
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
