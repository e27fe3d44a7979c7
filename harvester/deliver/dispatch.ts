import type { AgentAnswer } from '../../protocol/frames.ts';
import type { Clock } from '../clock.ts';
import { createTroubleLog, type Log } from '../log.ts';
import type { Outbox, Sendable } from '../outbox/outbox.ts';
import type { AgentLink } from './agent-link.ts';
import type { Courier } from './courier.ts';
import { createInFlight } from './in-flight.ts';
import type { TimeMender } from './time-mender.ts';
import { errorsOf, namesTimestamp, type Verdict } from './verdict.ts';

/**
 * The agent's way from outbox to Nester: over the socket where there is one, else by POST.
 *
 * A fresh report is sent the moment it is kept, whatever waits; behind it goes the backlog,
 * oldest first, with little of it on the way at a time, so that the next fresh report finds the
 * line free. A report leaves the outbox when Nester says it is on disk, or refuses it for ever.
 */
export interface Dispatch {
  start(measure: () => void): void;
  deliver(fresh: Sendable): void;
  /** Waits until what is on the way has been answered, at most so long; then stops. */
  stop(withinMs: number): Promise<void>;
}

export interface DispatchDeps {
  outbox: Outbox;
  link: AgentLink;
  courier: Courier;
  mender: TimeMender;
  clock: Clock;
  log: Log;
}

/** Fresh reports being posted at the same time; more only pile up on a dead line. */
const POSTS = 3;
/** Reports read from the outbox together. */
const TAKEN_REPORTS = 32;
const LONGEST_PAUSE_MS = 60 * 60_000;
/** How often it is tried whether the key is right by now. */
const FORBIDDEN_PAUSE_MS = 60_000;

export function createDispatch({ outbox, link, courier, mender, clock, log }: DispatchDeps): Dispatch {
  const stopped = new AbortController();
  const inFlight = createInFlight(clock, (reason) => link.fail(reason));
  const troubles = createTroubleLog(log);
  let posts = 0;
  let pumping = false;
  let draining = false;
  let [isFailing, isRefused] = [false, false];
  let pausedUntilMs = -Infinity;
  let onIdle = (): void => undefined;

  const isPaused = (): boolean => clock.monotonic() < pausedUntilMs;

  function sendFrame(sendable: Sendable, fresh: boolean): boolean {
    if (!link.isReady()) return false;
    const id = inFlight.add(sendable, fresh);
    // The report is JSON already; to parse it only to write it again would be waste.
    if (link.send(`{"type":"report","id":${id},"report":${sendable.json}}`)) return true;
    inFlight.answered(id);
    return false;
  }

  function checkIdle(): void {
    if (inFlight.count() === 0 && posts === 0) onIdle();
  }

  function onAnswer(answer: AgentAnswer, measure: () => void): void {
    switch (answer.type) {
      case 'ack': {
        const found = inFlight.answered(answer.id);
        if (found !== undefined) outbox.remove([found.parcel]);
        break;
      }
      case 'reject': {
        const found = inFlight.answered(answer.id);
        if (found === undefined) break;
        if (answer.status === 403) forbidden(found, answer.errors);
        else void refused(found, answer.errors);
        break;
      }
      case 'retry': {
        const found = inFlight.answered(answer.id);
        if (found !== undefined) outbox.putBack([found.parcel]);
        pause(Math.min(answer.after * 1000, LONGEST_PAUSE_MS), 'the Nester cannot keep reports now');
        break;
      }
      case 'measure':
        measure();
        break;
      case 'error':
        log.warn(`the Nester did not understand: ${answer.message.slice(0, 200)}`);
        break;
      case 'welcome':
        break;
    }
    checkIdle();
    void pump();
  }

  async function refused(sendable: Sendable, errors: unknown): Promise<void> {
    const mended = namesTimestamp(errors) ? await mender.mend(sendable, link.nesterNowMs()) : undefined;
    if (mended === undefined) {
      const when = new Date(sendable.parcel.timestampMs).toISOString();
      log.error(`the Nester refuses the report of ${when}, which is given up: ${errorsOf(errors)}`);
      outbox.remove([sendable.parcel]);
    } else if (stopped.signal.aborted || !sendFrame(mended, true)) {
      outbox.putBack([mended.parcel]);
    }
  }

  /** With another key it would be taken: it waits until somebody gives it one, here or at the Nester. */
  function forbidden({ parcel }: Sendable, errors: unknown): void {
    outbox.putBack([parcel]);
    pause(FORBIDDEN_PAUSE_MS, `the Nester does not take it: ${errorsOf(errors)}`);
  }

  /** Reports wait here for so long. */
  function pause(ms: number, why: string): void {
    const untilMs = clock.monotonic() + Math.max(ms, 100);
    if (untilMs <= pausedUntilMs) return;
    if (!isPaused()) log.warn(`${why}; reports wait here for ${Math.ceil(ms / 1000)} s`);
    pausedUntilMs = untilMs;
    clock.after(untilMs - clock.monotonic(), () => void pump());
  }

  /**
   * Sends the backlog over the socket, as far as the window allows. Not beside a batch that is
   * being posted: should Nester fail in the middle, later reports would be there before older ones.
   */
  async function pump(): Promise<void> {
    if (pumping || draining) return;
    pumping = true;
    try {
      while (link.isReady() && !isPaused() && !stopped.signal.aborted && outbox.waiting() > 0) {
        const room = inFlight.backlogRoom();
        if (room.reports <= 0 || room.bytes <= 0) break;
        const batch = await outbox.take(Math.min(room.reports, TAKEN_REPORTS), room.bytes);
        if (batch.length === 0) break;
        const unsent = batch.filter((sendable) => !sendFrame(sendable, false));
        outbox.putBack(unsent.map(({ parcel }) => parcel));
        // It is closing, and will say so; until then there is no use in trying.
        if (unsent.length > 0) break;
      }
    } finally {
      pumping = false;
    }
  }

  async function postFresh(fresh: Sendable): Promise<void> {
    posts++;
    const verdict = await courier.deliver(fresh, stopped.signal);
    posts--;
    checkIdle();
    if (verdict.kind === 'delivered' || verdict.kind === 'rejected') {
      [isFailing, isRefused] = [false, false];
      troubles.settled('post', 'reports are delivered by POST');
      await drain();
    } else {
      noteFailure(verdict);
    }
    // The socket may have come up meanwhile.
    await pump();
  }

  /**
   * Said once for as long as it lasts, whatever words the next failure has: an outage has many.
   * Only that the key is refused is said again, since people must do something about it.
   */
  function noteFailure({ kind, reason }: Exclude<Verdict, { kind: 'delivered' }>): void {
    log.debug(`not delivered: ${reason}`);
    if (isFailing && (isRefused || kind !== 'unauthorised')) return;
    isFailing = true;
    isRefused = kind === 'unauthorised';
    troubles.trouble('post', `reports wait here, since they cannot be posted either: ${reason}`);
  }

  /** Posts the backlog, as long as there is no socket. */
  async function drain(): Promise<void> {
    if (draining) return;
    draining = true;
    try {
      const failure = await courier.deliverBacklog(() => !link.isReady(), stopped.signal);
      if (failure !== undefined && failure.kind !== 'delivered') log.debug(`the backlog waits: ${failure.reason}`);
    } finally {
      draining = false;
    }
  }

  return {
    start(measure) {
      link.start({
        ready: () => void pump(),
        down() {
          outbox.putBack(inFlight.clear().map(({ parcel }) => parcel));
          checkIdle();
        },
        answer: (answer) => onAnswer(answer, measure),
      });
    },

    deliver(fresh) {
      if (link.isReady()) {
        if (!isPaused() && inFlight.hasRoom() && sendFrame(fresh, true)) return;
        outbox.putBack([fresh.parcel]);
        void pump();
      } else if (posts < POSTS && !stopped.signal.aborted) {
        void postFresh(fresh);
      } else {
        outbox.putBack([fresh.parcel]);
      }
    },

    async stop(withinMs) {
      if (inFlight.count() > 0 || posts > 0) {
        await new Promise<void>((resolve) => {
          const cancel = clock.after(withinMs, resolve);
          onIdle = () => {
            cancel();
            resolve();
          };
        });
      }
      stopped.abort();
      inFlight.clear();
      link.stop();
    },
  };
}
