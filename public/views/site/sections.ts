import { whenNear } from './near.ts';

/** A part of the page that is fetched when it is first seen, and again when it may be out of date. */
export interface Section {
  /** Something may have changed: fetches anew, now or when it is seen. Not more often than every few seconds. */
  touch(): void;
  close(): void;
}

/** What changes more often is shown a little later. */
const REST_MS = 3_000;

export function createSection(element: Element, refresh: () => Promise<void>, now: () => number): Section {
  let isSeen = false;
  let isStale = true;
  let refreshedMs = -Infinity;
  let timer: number | undefined;

  function run(): void {
    timer = undefined;
    isStale = false;
    refreshedMs = now();
    void refresh();
  }

  function look(): void {
    if (!isSeen || !isStale || timer !== undefined) return;
    const restMs = refreshedMs + REST_MS - now();
    if (restMs <= 0) run();
    else timer = window.setTimeout(run, restMs);
  }

  const stopWaiting = whenNear(element, () => {
    isSeen = true;
    look();
  });

  return {
    touch() {
      isStale = true;
      look();
    },
    close() {
      stopWaiting();
      window.clearTimeout(timer);
    },
  };
}
