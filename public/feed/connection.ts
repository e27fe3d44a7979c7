/**
 * What the page may say of its link to Nester. `sinceMs` is by this device's clock:
 * `opening`: since the page was opened, nothing has come yet; `live`: since what is shown has
 * been current; `lost`: the last moment at which what is shown was known to be current.
 */
export interface Connection {
  phase: 'opening' | 'live' | 'lost';
  sinceMs: number;
}

export type ConnectionEvent =
  /** Nester was heard: what is shown is now current. */
  | { type: 'heard' }
  /** The link broke, or is as good as broken: nothing was heard since `lastHeardMs`. */
  | { type: 'broken'; lastHeardMs: number };

/** The next state; the same object where nothing changes. Trying again in vain keeps `sinceMs`. */
export function afterEvent(connection: Connection, event: ConnectionEvent, nowMs: number): Connection {
  if (event.type === 'heard') return connection.phase === 'live' ? connection : { phase: 'live', sinceMs: nowMs };
  return connection.phase === 'live' ? { phase: 'lost', sinceMs: event.lastHeardMs } : connection;
}
