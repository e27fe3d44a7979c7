import { LIMITS } from '../../protocol/limits.ts';
import type { Clock } from '../clock.ts';
import type { Sendable } from '../outbox/outbox.ts';
import { createLineWindow } from './line-window.ts';

/** Reports sent over the socket and not answered yet, and how many more may be sent. */
export interface InFlight {
  /** Puts a report on the way; returns the number it goes by. */
  add(sendable: Sendable, fresh: boolean): number;
  /** Whether one more fresh report may be sent. */
  hasRoom(): boolean;
  /** How much of the backlog may be sent: little at a time, so that fresh reports find the line free. */
  backlogRoom(): { reports: number; bytes: number };
  /** An answer came; `undefined`: to nothing that is known. */
  answered(id: number): Sendable | undefined;
  /** The connection is gone: everything is off the way again. */
  clear(): Sendable[];
  count(): number;
}

/** What the backlog may have unanswered; the rest of {@link LIMITS.inFlight} is for fresh reports. */
const BACKLOG_REPORTS = LIMITS.inFlight - 64;
/** An answer takes a disk's sync and a round trip. */
const ANSWER_MS = 20_000;

/** `onSilence` is called when nothing was answered for too long, with the reason. */
export function createInFlight(clock: Clock, onSilence: (reason: string) => void): InFlight {
  const sent = new Map<number, Sendable & { fresh: boolean; sentMs: number }>();
  const lineWindow = createLineWindow(clock);
  let nextId = 1;
  let backlogReports = 0;
  let backlogBytes = 0;
  let cancelTimer = (): void => undefined;

  function awaitAnswer(): void {
    cancelTimer();
    cancelTimer = (): void => undefined;
    if (sent.size > 0) cancelTimer = clock.after(ANSWER_MS, () => onSilence(`no answer for ${ANSWER_MS / 1000} s`));
  }

  return {
    add(sendable, fresh) {
      const id = nextId++;
      sent.set(id, { ...sendable, fresh, sentMs: clock.monotonic() });
      if (!fresh) {
        backlogReports++;
        backlogBytes += sendable.parcel.bytes;
      }
      if (sent.size === 1) awaitAnswer();
      return id;
    },
    hasRoom: () => sent.size < LIMITS.inFlight,
    backlogRoom: () => ({
      reports: Math.min(BACKLOG_REPORTS - backlogReports, LIMITS.inFlight - sent.size),
      bytes: lineWindow.bytes() - backlogBytes,
    }),
    answered(id) {
      const found = sent.get(id);
      if (found === undefined) return undefined;
      sent.delete(id);
      if (!found.fresh) {
        backlogReports--;
        backlogBytes -= found.parcel.bytes;
        lineWindow.answered(found.parcel.bytes, found.sentMs);
      }
      awaitAnswer();
      return found;
    },
    clear() {
      const all = [...sent.values()];
      sent.clear();
      [backlogReports, backlogBytes] = [0, 0];
      lineWindow.reset();
      awaitAnswer();
      return all;
    },
    count: () => sent.size,
  };
}
