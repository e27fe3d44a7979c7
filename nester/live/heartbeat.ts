import type { LiveDeps } from './live.ts';

/** A beat every `heartbeatMs` while it is wanted: one timer for all viewers. */
export interface Heartbeat {
  start(): void;
  stop(): void;
}

export function createHeartbeat(schedule: LiveDeps['schedule'], heartbeatMs: number, beat: () => void): Heartbeat {
  let cancel: (() => void) | undefined;

  function next(): void {
    cancel = schedule(heartbeatMs, () => {
      next();
      beat();
    });
  }

  return {
    start() {
      if (!cancel) next();
    },
    stop() {
      cancel?.();
      cancel = undefined;
    },
  };
}
