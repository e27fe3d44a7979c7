import type { LookupFunction } from 'node:net';
import { type Clock, systemClock } from '../clock.ts';
import { createTroubleLog } from '../log.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { type AgentLink, createAgentLink } from './agent-link.ts';
import { createBackoff } from './backoff.ts';
import { createCourier } from './courier.ts';
import { createDispatch, type Dispatch } from './dispatch.ts';
import { createExchange } from './exchange.ts';
import { createNesters } from './nesters.ts';
import { createPost } from './post.ts';
import { createTimeMender } from './time-mender.ts';

const lookup: LookupFunction = (_host, _options, callback) => callback(null, '127.0.0.1', 4);

export interface WayOut {
  dispatch: Dispatch;
  link: AgentLink;
}

export interface WayOutOptions {
  bases: [string, ...string[]];
  outbox: Outbox;
  clock: Clock;
  /** HTTP's deadlines go by real time, and may be so many times shorter than an agent's. */
  hurry?: number;
  say: (message: string) => void;
}

/** The agent's whole way out for tests, real but for time: its clock moves when told, HTTP's by itself. */
export function aWayOut({ bases, outbox, clock, hurry = 1, say }: WayOutOptions): WayOut {
  const log = { debug: say, info: say, warn: say, error: say };
  const nesters = createNesters(bases, clock);
  const hurried: Clock = { ...systemClock, after: (ms, action) => systemClock.after(ms / hurry, action) };
  const { exchange } = createExchange({ clock: hurried, lookup, keepAlive: false });
  const post = createPost({ exchange, node: 'a', key: 'secret', now: Date.now, version: '1' });
  const link = createAgentLink({
    nesters,
    isThere: (base, signal) => post.isThere(base, signal),
    key: 'secret',
    version: '1',
    lookup,
    clock,
    backoff: createBackoff(() => 0.5),
    log,
  });
  const mender = createTimeMender({ outbox, clock, troubles: createTroubleLog(log) });
  const courier = createCourier({ outbox, post, nesters, mender, clock, log });
  return { link, dispatch: createDispatch({ outbox, link, courier, mender, clock, log }) };
}
