/** Where long polls wait for news. */
export interface WaitingRoom {
  /** Something was stored: everyone is called. */
  announce(): void;
  isFull(): boolean;
  /** Resolves to whether there is news; `false` after `waitMs`, at close, or when `signal` says that nobody listens any more. */
  wait(waitMs: number, signal: AbortSignal): Promise<boolean>;
  /** Calls everyone, and lets nobody wait any more. */
  close(): void;
}

/** At most `limit` wait at a time: each holds a connection and costs a look at the store with every news. */
export function createWaitingRoom({ limit }: { limit: number }): WaitingRoom {
  const waiting = new Set<(isNews: boolean) => void>();
  let closed = false;

  function callAll(isNews: boolean): void {
    for (const call of [...waiting]) call(isNews);
  }

  return {
    announce: () => callAll(true),
    isFull: () => waiting.size >= limit,
    wait(waitMs, signal) {
      if (closed || signal.aborted) return Promise.resolve(false);
      return new Promise((resolve) => {
        const call = (isNews: boolean): void => {
          clearTimeout(alarm);
          signal.removeEventListener('abort', giveUp);
          waiting.delete(call);
          resolve(isNews);
        };
        const giveUp = (): void => call(false);
        const alarm = setTimeout(giveUp, waitMs);
        signal.addEventListener('abort', giveUp);
        waiting.add(call);
      });
    },
    close() {
      closed = true;
      callAll(false);
    },
  };
}
