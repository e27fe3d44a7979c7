import type { LookupFunction } from 'node:net';
import ReconnectingWebSocket from 'reconnecting-websocket';
import { type AgentAnswer, decodeAgentAnswer } from '../../protocol/frames.ts';
import { type Clock, delay } from '../clock.ts';
import { createTroubleLog, type Log, oneLine } from '../log.ts';
import { createAgentSocket, HANDSHAKE_MS } from './agent-socket.ts';
import type { Backoff } from './backoff.ts';
import type { Nesters } from './nesters.ts';

/** The agent's socket to a Nester: one that comes back by itself, and keeps nothing. */
export interface AgentLink {
  start(handlers: AgentLinkHandlers): void;
  /** Whether a Nester has said welcome, and is still heard. */
  isReady(): boolean;
  /** The Nester's clock now, epoch ms, as it told at its welcome; `undefined` without one. */
  nesterNowMs(): number | undefined;
  /** `false`: there is no connection, nothing was sent. */
  send(frame: string): boolean;
  /** This connection is of no use; another is to be made. */
  fail(reason: string): void;
  stop(): void;
}

export interface AgentLinkHandlers {
  ready: () => void;
  /** What was sent and not answered may be lost. */
  down: () => void;
  answer: (answer: AgentAnswer) => void;
}

export interface AgentLinkDeps {
  nesters: Nesters;
  /** Whether a Nester answers at an address. */
  isThere: (base: string, signal: AbortSignal) => Promise<boolean>;
  key: string | undefined;
  /** Certificates (PEM) that alone may vouch for a Nester's. */
  ca?: string | undefined;
  version: string;
  lookup: LookupFunction;
  clock: Clock;
  backoff: Backoff;
  log: Log;
}

/** Nester pings every 25 s: two of them and some patience. */
const SILENCE_MS = 60_000;
const WELCOME_MS = 10_000;
/** A connection that lasted so long was a good one. */
const GOOD_MS = 5_000;
/** How often the first Nester is looked for while another has the reports. */
const RETURN_MS = 30_000;

export function createAgentLink(deps: AgentLinkDeps): AgentLink {
  const { nesters, isThere, key, ca, version, lookup, clock, backoff, log } = deps;
  const troubles = createTroubleLog(log);
  const stopped = new AbortController();
  let socket: ReconnectingWebSocket | undefined;
  let base = nesters.first;
  let attempts = 0;
  let ready = false;
  let reason = '';
  /** The Nester's clock minus this machine's monotonic one, which nobody sets. */
  let nesterClockMs: number | undefined;
  const timers = { silence: nothing, welcome: nothing, good: nothing, back: nothing };

  function clearTimers(): void {
    for (const name of ['silence', 'welcome', 'good', 'back'] as const) {
      timers[name]();
      timers[name] = nothing;
    }
  }

  /** Called by reconnecting-websocket before each attempt; the wait is here, where it is jittered. */
  async function nextAddress(): Promise<string> {
    if (attempts++ > 0) await delay(clock, Math.max(backoff.next(), nesters.waitMs()), stopped.signal);
    base = nesters.order()[0] ?? nesters.first;
    return `${base.replace(/^http/, 'ws')}ws/agent`;
  }

  function heard(): void {
    timers.silence();
    timers.silence = clock.after(SILENCE_MS, () => fail(`nothing was heard for ${SILENCE_MS / 1000} s`));
  }

  function fail(why: string): void {
    if (stopped.signal.aborted) return;
    reason = why;
    socket?.reconnect();
  }

  function onWelcome(handlers: AgentLinkHandlers, serverTimeMs: number): void {
    timers.welcome();
    ready = true;
    nesterClockMs = serverTimeMs - clock.monotonic();
    nesters.answered(base);
    timers.good = clock.after(GOOD_MS, () => backoff.reset());
    if (!nesters.isFirst(base)) timers.back = clock.after(RETURN_MS, () => void returnToFirst());
    troubles.settled('link', `connected to ${base} again`);
    log.debug(`connected to ${base}`);
    handlers.ready();
  }

  async function returnToFirst(): Promise<void> {
    const answers = await isThere(nesters.first, stopped.signal);
    if (!ready || nesters.isFirst(base)) return;
    if (answers) {
      nesters.answered(nesters.first);
      backoff.reset();
      fail(`${nesters.first} answers again`);
    } else {
      timers.back = clock.after(RETURN_MS, () => void returnToFirst());
    }
  }

  function onMessage(data: unknown, handlers: AgentLinkHandlers): void {
    if (typeof data !== 'string') return;
    const decoded = decodeAgentAnswer(data);
    // Later Nesters may say things that are not known yet.
    if (!decoded.ok) return;
    if (decoded.value.type === 'welcome') {
      if (!ready) onWelcome(handlers, decoded.value.serverTime);
    } else if (ready) {
      handlers.answer(decoded.value);
    }
  }

  function onDown(handlers: AgentLinkHandlers, code: number, said: string): void {
    clearTimers();
    const wasReady = ready;
    ready = false;
    if (stopped.signal.aborted) return;
    nesters.failed(base);
    const why = reason || oneLine(said) || `closed with code ${code}`;
    reason = '';
    troubles.trouble('link', `no connection to ${base} (${why}); reports go by POST or are kept meanwhile`);
    if (wasReady) handlers.down();
  }

  return {
    start(handlers) {
      const made = new ReconnectingWebSocket(nextAddress, [], {
        WebSocket: createAgentSocket({ key, ca, version, lookup, heard, broken: (why) => (reason ||= oneLine(why)) }),
        // The outbox is the only queue.
        maxEnqueuedMessages: 0,
        connectionTimeout: HANDSHAKE_MS,
        minReconnectionDelay: 0,
        maxReconnectionDelay: 0,
      });
      socket = made;
      made.addEventListener('open', () => {
        heard();
        timers.welcome = clock.after(WELCOME_MS, () => fail('it said no welcome'));
      });
      made.addEventListener('message', ({ data }: { data: unknown }) => onMessage(data, handlers));
      made.addEventListener('close', ({ code, reason: said }) => onDown(handlers, code, said));
    },
    isReady: () => ready,
    nesterNowMs: () => (nesterClockMs === undefined ? undefined : nesterClockMs + clock.monotonic()),
    send(frame) {
      if (!ready || socket?.readyState !== ReconnectingWebSocket.OPEN) return false;
      socket.send(frame);
      return true;
    },
    fail,
    stop() {
      stopped.abort();
      clearTimers();
      ready = false;
      socket?.close(1000);
    },
  };
}

function nothing(): void {
  // Stands for a timer that is not running.
}
