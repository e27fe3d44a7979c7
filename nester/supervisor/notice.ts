/**
 * What systemd wants to hear of a service of `Type=notify` with a watchdog (sd_notify(3)). A
 * supervisor that did not ask hears nothing.
 */
export interface Notice {
  /** Reports are taken from now on. Tells of being alive until `end`. */
  ready(): void;
  /** It is on its way out. */
  end(): void;
}

export interface NoticeDeps {
  /** `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` say what is asked for. */
  environment: Record<string, string | undefined>;
  pid: number;
  /** Sends `NAME=VALUE` lines. Node knows no datagrams over Unix sockets, so that it is another program which does. */
  send: (...lines: string[]) => void;
  /** Calls back every so many ms, for as long as it is not cancelled. Returns what cancels it. */
  every: (ms: number, task: () => void) => () => void;
}

/** While it starts it says this often that it still does, and asks for this much more time. */
const STARTING_MS = 15_000;
const MORE_TIME_MS = 60_000;

/** Begins to tell of the start at once: reading a long log again takes as long as it takes. */
export function createNotice({ environment, pid, send, every }: NoticeDeps): Notice {
  if (!environment['NOTIFY_SOCKET']) return { ready: () => undefined, end: () => undefined };
  const watchdogMs = watchdogOf(environment, pid);
  let cancel = every(STARTING_MS, () => send(`EXTEND_TIMEOUT_USEC=${MORE_TIME_MS * 1000}`));
  return {
    ready() {
      cancel();
      send('READY=1');
      // Half of what is allowed, as sd_watchdog_enabled(3) advises. That the timer rings at all is the sign of life.
      cancel = watchdogMs === undefined ? () => undefined : every(watchdogMs / 2, () => send('WATCHDOG=1'));
    },
    end() {
      cancel();
      send('STOPPING=1');
    },
  };
}

/** Within how many ms a sign of life is expected; `undefined` where none is, or of another process. */
function watchdogOf(environment: NoticeDeps['environment'], pid: number): number | undefined {
  const limitMs = Number(environment['WATCHDOG_USEC'] ?? '') / 1000;
  const whose = environment['WATCHDOG_PID'];
  return limitMs > 0 && (whose === undefined || whose === String(pid)) ? limitMs : undefined;
}
